// Who a record is, wherever a person chooses, changes or finds one.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { until } from '../../scripts/real-n8n/until.mts';
import { byId } from '../fixtures.mts';
import { withCrm } from './crm.mts';
import { dialects } from './dialects.mts';
import { startEngine } from './engine.mts';
import { useStage } from './stage.mts';

const LEAD = 12401;
const CLIENT = 12345;
const jane = { firstName: 'Jane', lastName: 'Smith', email: '={{ $json.email }}' };

const { sandbox, engine, engineWith } = useStage();

const run = async (parameters: object, items: IDataObject[] = [{}]) => {
	const output = await engine.execute(parameters as INodeParameters, items);
	return output.map(({ json }) => json);
};

describe('Four people of one name', () => {
	const emails = ['a@smith.example', 'b@smith.example', 'c@smith.example', 'd@smith.example'];
	let ids: number[];

	beforeEach(async () => {
		sandbox.setDialect({ clientScope: 'all-records' });
		const made = await run(
			{ resource: 'lead', operation: 'create', ...jane, firstName: 'Joe' },
			emails.map((email) => ({ email })),
		);
		ids = made.map(({ client_id }) => client_id as number);
	});

	it('are four different lines of the list, each with email and ID', async () => {
		const { results } = await engine.listSearch('searchClients', 'joe smith');
		expect(results).toEqual(
			emails.map((email, i) => ({ name: `Joe Smith · ${email} · #${ids[i]}`, value: String(ids[i]) })),
		);
	});

	it('are told from each other by ID where the account tells no emails', async () => {
		sandbox.setDialect({ clientScope: 'all-records', lookupEmails: 'left-out' });
		const { results } = await engine.listSearch('searchClients', 'joe smith');
		expect(results.map(({ name }) => name)).toEqual(ids.map((id) => `Joe Smith · #${id}`));
	});

	it('are found by the whole of their email', async () => {
		const { results } = await engine.listSearch('searchClients', ' c@smith.example ');
		expect(results.map(({ value }) => value)).toEqual([String(ids[2])]);
	});

	it('are offered though the exact search beside the list fails', async () => {
		sandbox.faults.inject({ route: 'GET .*/(search|find)', kind: 'status-before', status: 400 });
		expect((await engine.listSearch('searchClients', '999999')).results).toEqual([]);
		expect((await engine.listSearch('searchClients', 'joe')).results).toHaveLength(4);
	});

	it('are offered within some seconds though the exact search beside the list hangs', async () => {
		sandbox.faults.inject({ route: 'GET .*/(search|find)', kind: 'latency', ms: 7000 });
		const began = Date.now();
		expect((await engine.listSearch('searchClients', '999999')).results).toEqual([]);
		expect(Date.now() - began).toBeLessThan(6000);
	});
});

describe.each(dialects)('On an account with %s', (_name, dialect) => {
	beforeEach(() => {
		sandbox.setDialect(dialect);
	});

	it.each(['lead', 'client'])(
		'%s: Create and Create or Update name the record first, with the same fields for each item',
		async (resource) => {
			const created = await run({ resource, operation: 'create', ...jane }, [{ email: 'one@example.com' }]);
			expect(created).toEqual([
				{
					client_id: expect.anything(),
					full_name: 'Jane Smith',
					email: 'one@example.com',
					status: expect.any(String),
					created_utc: expect.any(String),
					confirmed_by_search: false,
				},
			]);
			const upserted = await run({ resource, operation: 'createOrUpdate', ...jane }, [
				{ email: 'one@example.com' },
				{ email: 'two@example.com' },
			]);
			expect(upserted).toMatchObject([
				{
					action: 'updated',
					client_id: created[0]?.client_id,
					email: 'one@example.com',
					status: created[0]?.status,
				},
				{ action: 'created', email: 'two@example.com', updated_utc: null },
			]);
			const [updated = {}, added = {}] = upserted.map((item) => Object.keys(item));
			expect(updated).toEqual(added);
			for (const [first] of [...created, ...upserted].map((item) => Object.keys(item)))
				expect(first).toBe('client_id');
		},
	);

	it.each([
		['lead', LEAD, 12],
		['client', CLIENT, 44],
	])('%s: Update and Update Status name the record first', async (resource, id, status) => {
		const clientId = byId(id);
		const [changed = {}] = await run({
			resource,
			operation: 'update',
			clientId,
			updateFields: { city: 'Reno', email: 'new@example.com' },
		});
		expect(changed).toMatchObject({ client_id: id, email: 'new@example.com', success: true });
		expect(changed).not.toHaveProperty('full_name');
		const [moved = {}] = await run({ resource, operation: 'updateStatus', clientId, status: byId(status) });
		for (const item of [changed, moved]) expect(Object.keys(item)[0]).toBe('client_id');
		expect(moved).toMatchObject({
			client_id: id,
			previous_status: expect.any(String),
			new_status: expect.any(String),
		});
	});

	it.each([
		['lead', LEAD, 'Leo Lead'],
		['client', CLIENT, 'Jane Smith'],
	])('%s: Get gets the record that was chosen', async (resource, id, full_name) => {
		const [item = {}] = await run({ resource, operation: 'get', clientId: byId(id) });
		expect(item).toMatchObject({ full_name, status: expect.any(String) });
		expect(Number(item.client_id)).toBe(id);
	});

	it.each(['update', 'updateStatus', 'get'])(
		'Lead: %s on a client says that it is none any more, and which operation to use',
		async (operation) => {
			const changes = operation === 'update' ? { updateFields: { city: 'Reno' } } : { status: byId(12) };
			await expect(
				run({ resource: 'lead', operation, clientId: byId(CLIENT), ...changes }),
			).rejects.toMatchObject({
				message: 'This person is no longer a lead',
				description: expect.stringMatching(/^Use 'Client: (Update|Update Status|Get)'\.$/),
			});
		},
	);

	it.each(['update', 'updateStatus', 'get'])(
		'Lead: %s on nobody says that there is no such record',
		async (operation) => {
			const changes = operation === 'update' ? { updateFields: { city: 'Reno' } } : { status: byId(12) };
			await expect(run({ resource: 'lead', operation, clientId: byId(999_999), ...changes })).rejects.toThrow(
				/no such/,
			);
		},
	);
});

it('Client: Get on a lead says so, where clients are searched for among clients only', async () => {
	sandbox.setDialect({ clientScope: 'clients-only' });
	await expect(run({ resource: 'client', operation: 'get', clientId: byId(LEAD) })).rejects.toMatchObject({
		message: 'This person is still a lead',
		description: "Use 'Lead: Get'.",
	});
});

it('Where the key may not search, a lead that is not there is reported as before', async () => {
	const key = sandbox.createKey(['integrations:write']);
	const writer = await engineWith(key);
	const update = {
		resource: 'lead',
		operation: 'update',
		clientId: byId(CLIENT),
		updateFields: { city: 'Reno' },
	};
	await expect(writer.execute(update)).rejects.toMatchObject({
		message: 'WhiteLabelCRO has no such record',
		messages: [`PATCH /api/v1/integrations/leads/${CLIENT} was answered with HTTP 404`],
	});
});

describe('Where the API answers a write with its own or with empty fields', () => {
	const answers = (answer: IDataObject, found?: IDataObject) => ({
		run: async (parameters: object) =>
			await withCrm(
				({ method }) => (method === 'GET' ? (found ?? {}) : answer),
				async (baseUrl) => {
					const other = await startEngine({ apiKey: 'wlcro_live_1', baseUrl });
					const [item] = await other.execute(parameters as INodeParameters);
					return item?.json;
				},
			),
	});

	it.each(['lead', 'client'])('%s: a change keeps the ID that was chosen', async (resource) => {
		const { run: change } = answers({ success: true, client_id: null });
		const chosen = { resource, clientId: byId(7) };
		expect(await change({ ...chosen, operation: 'update', updateFields: { city: 'Reno' } })).toEqual({
			client_id: 7,
			success: true,
			updated_utc: null,
		});
		expect(await change({ ...chosen, operation: 'updateStatus', status: byId(44) })).toMatchObject({
			client_id: 7,
		});
	});

	it('Affiliate: Update keeps the ID that was chosen', async () => {
		const { run: change } = answers({ success: true, affiliate_id: null });
		const update = { resource: 'affiliate', operation: 'update', affiliateId: byId(7) };
		expect(await change({ ...update, updateFields: { phone: '5' } })).toMatchObject({ affiliate_id: 7 });
	});

	it('Note: Create keeps the ID that was chosen', async () => {
		const { run: change } = answers({ client_note_id: 3, client_id: null });
		const create = { resource: 'note', operation: 'create', clientId: byId(7), text: 'Called.' };
		expect(await change(create)).toMatchObject({ client_id: 7, client_note_id: 3 });
	});

	it('a creation keeps who was sent', async () => {
		const { run: change } = answers({ client_id: 7, full_name: null, email: null });
		expect(
			await change({ resource: 'lead', operation: 'create', ...jane, email: 'a@b.example' }),
		).toMatchObject({
			client_id: 7,
			full_name: 'Jane Smith',
			email: 'a@b.example',
		});
	});

	it('Create or Update keeps the ID that it found, and says itself what it did', async () => {
		const { run: change } = answers(
			{ success: true, client_id: null, action: 'save' },
			{ client_id: 7, email: 'a@b.example' },
		);
		expect(
			await change({ resource: 'lead', operation: 'createOrUpdate', ...jane, email: 'a@b.example' }),
		).toMatchObject({ client_id: 7, action: 'updated' });
	});
});

describe('A new status from an expression in place of the whole choice', () => {
	it.each([
		['={{ 44 }}', { new_status_id: 44 }],
		['={{ "44" }}', { new_status_id: 44 }],
		['={{ " Client - Graduated " }}', { new_status: 'Client - Graduated' }],
	])('%s is the ID or the name that it looks like', async (status, body) => {
		await run({ resource: 'client', operation: 'updateStatus', clientId: byId(CLIENT), status });
		expect(sandbox.requests.find(({ method }) => method === 'PATCH')?.body).toEqual(body);
	});

	it.each(['={{ null }}', '={{ "" }}'])('%s is refused in words', async (status) => {
		await expect(
			run({ resource: 'client', operation: 'updateStatus', clientId: byId(CLIENT), status }),
		).rejects.toThrow("'New Status' is empty");
	});
});

it('Find says "found" in every case, if it is to say so for a miss', async () => {
	const find = (email: string) => ({
		resource: 'client',
		operation: 'find',
		whenNothingFound: 'foundFalse',
		criteria: { email },
	});
	expect(await run(find('jane.smith@example.com'))).toMatchObject([{ found: true, client_id: CLIENT }]);
	expect(await run(find('nobody@example.com'))).toEqual([{ found: false }]);
});

describe('The list of webhook subscriptions', () => {
	const names = async (filter?: string) =>
		(await engine.listSearch('searchSubscriptions', filter)).results.map(({ name }) => name);

	it('says which workflow, whether it is on, and for which events', async () => {
		const trigger = engine.trigger({ triggerOn: ['lead.created', 'payment.failed'] });
		await trigger.publish();
		const [subscription] = [...sandbox.store.subscriptions.values()];
		if (subscription === undefined) throw new Error('There is no subscription.');
		subscription.description =
			'last seen well 2026-11-24T07:15:00Z, event log read to 7: n8n workflow "Welcome (new) leads" (abc), production';
		expect(await names()).toEqual(['Welcome (new) leads · on · lead.created, payment.failed']);
		subscription.isActive = false;
		expect(await names('welcome')).toEqual(['Welcome (new) leads · off · lead.created, payment.failed']);
		expect(await names('payment.succeeded')).toEqual([]);
		subscription.description = 'n8n workflow "Trying" (abc), test';
		expect(await names()).toEqual(['Trying (test) · off · lead.created, payment.failed']);
		subscription.description = null;
		expect(await names()).toEqual([
			expect.stringMatching(/^[\w.:-]+ · off · lead\.created, payment\.failed$/),
		]);
	});

	it('is read at once whatever the descriptions look like', async () => {
		const trigger = engine.trigger({ triggerOn: ['lead.created'] });
		await trigger.publish();
		for (const description of [
			'n8n workflow "' + '" ('.repeat(30_000),
			'last seen well ' + 'Z,'.repeat(50_000),
		]) {
			for (const subscription of sandbox.store.subscriptions.values()) subscription.description = description;
			const began = Date.now();
			await names();
			expect(Date.now() - began).toBeLessThan(1000);
		}
	});

	it('stays short for a subscription to everything and for a description as long as a page', async () => {
		const trigger = engine.trigger({ triggerOn: ['*'] });
		await trigger.publish();
		for (const subscription of sandbox.store.subscriptions.values())
			subscription.description = 'x'.repeat(5000);
		const [name = ''] = await names();
		expect(name).toMatch(/ and 7 more$|, 7 more$/);
		expect(name.length).toBeLessThan(200);
	});

	it('cuts a long name between characters, never within one', async () => {
		await engine.trigger({ triggerOn: ['*'] }).publish();
		for (const subscription of sandbox.store.subscriptions.values())
			subscription.description = `${'x'.repeat(59)}😀 and more`;
		const [name = ''] = await names();
		expect(name).toMatch(/^x{59}😀 · on/u);
	});
});

const posts = () => sandbox.requests.filter(({ method }) => method === 'POST');

it('A run that is stopped says in the log what is written and what is not', async () => {
	const stop = new AbortController();
	sandbox.faults.inject({ route: 'POST', kind: 'latency', ms: 300 });
	const items = Array.from({ length: 20 }, (_, i) => ({ email: `stopped-${i}@example.com` }));
	const create = { resource: 'lead', operation: 'create', ...jane, options: { itemsAtOnce: 2 } };
	const warned: string[] = [];
	const running = engine.execute(create, items, { abortSignal: stop.signal, warned });
	void until('one that is written', 10_000, () => posts().length > 2 || undefined).then(() => {
		stop.abort();
	});
	await expect(running).rejects.toThrow();
	expect(warned).toEqual([
		expect.stringMatching(
			/^"WhiteLabelCRO" was stopped\. Already in WhiteLabelCRO: items? [\d–]+.* Not started: items \d+–20\./,
		),
	]);
	// That is for failures: it would not have kept anybody from stopping the run.
	expect(warned[0]).not.toMatch(/On Error/);
});

it('A run that is stopped does not call an item untouched that had failed before, with On Error set to Continue', async () => {
	const stop = new AbortController();
	sandbox.faults.inject({ route: 'POST', kind: 'reset-after', times: 1 });
	sandbox.faults.inject({ route: 'POST', kind: 'latency', ms: 5000 });
	const create = { resource: 'affiliate', operation: 'create', ...jane, options: { itemsAtOnce: 1 } };
	const items = ['a', 'b', 'c'].map((name) => ({ email: `${name}@example.com` }));
	const warned: string[] = [];
	const running = engine.execute(create, items, {
		abortSignal: stop.signal,
		warned,
		settings: { onError: 'continueRegularOutput', continueOnFail: true },
	});
	void until('the second item', 10_000, () => posts().length > 1 || undefined).then(() => {
		stop.abort();
	});
	await expect(running).rejects.toThrow();
	expect(warned).toEqual([expect.stringMatching(/Not started: item 3\. Not confirmed: items? 1/)]);
});
