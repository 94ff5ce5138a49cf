import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { byId } from '../fixtures.mts';
import { dialects, eventLogs } from './dialects.mts';
import { useStage } from './stage.mts';

const { sandbox, engine, credential, reset } = useStage();

// As people paste them.
beforeEach(() => {
	credential.apiKey = `  ${credential.apiKey}\n`;
	credential.baseUrl += '/';
});

describe.each(dialects)('on an account with %s', (_name, dialect) => {
	beforeEach(() => {
		sandbox.setDialect(dialect);
	});

	it('Lead: Create adds a lead with every field', async () => {
		const [item] = await engine.execute({
			resource: 'lead',
			operation: 'create',
			firstName: ' 美咲 ',
			lastName: 'مريم',
			email: 'misaki@example.jp',
			additionalFields: {
				affiliateId: byId(301),
				city: 'São Paulo',
				state: 'CA',
				zip: '94105',
				externalId: 'form-1',
				packageKeyword: 'gold',
				phone: '+14155550000',
				extraFields: { field: [{ name: 'source', value: 'website' }] },
				extraFieldsJson: '{"source": "loses to the row", "city": "loses to the field", "score": 7}',
			},
		});
		const clientId = item?.json.client_id as number;
		expect(item).toMatchObject({ json: { status: 'Lead - New' }, pairedItem: { item: 0 } });
		expect(sandbox.store.records.get(clientId)).toMatchObject({
			first_name: '美咲',
			last_name: 'مريم',
			email: 'misaki@example.jp',
			affiliate_id: 301,
			city: 'São Paulo',
			state: 'CA',
			zip: '94105',
			external_id: 'form-1',
			phone: '+14155550000',
			extra: { source: 'website', score: 7 },
		});
	});

	it.each([
		['email, in any case', { email: 'JANE.smith@example.com' }],
		['client ID', { clientId: '12345' }],
		['email and phone together', { email: 'jane.smith@example.com', phone: '+14155551234' }],
	])('Client: Find finds a client by %s', async (_how, criteria) => {
		const items = await engine.execute({ resource: 'client', operation: 'find', criteria });
		expect(items).toMatchObject([
			{ json: { client_id: 12345, full_name: 'Jane Smith' }, pairedItem: { item: 0 } },
		]);
	});

	it('Client: Find by external ID finds what was created with it', async () => {
		const [created] = await engine.execute({
			resource: 'lead',
			operation: 'create',
			firstName: 'Ext',
			lastName: 'Ernal',
			email: 'ext@example.com',
			additionalFields: { externalId: 'crm-77' },
		});
		const found = await engine.execute({
			resource: 'client',
			operation: 'find',
			criteria: { externalId: 'crm-77' },
		});
		expect(found[0]?.json.client_id).toBe(created?.json.client_id);
	});

	it('Client: Find returns nothing, an item that says so, or fails, as chosen, and goes on with the next item', async () => {
		const find = (whenNothingFound: string) =>
			engine.execute(
				{
					resource: 'client',
					operation: 'find',
					whenNothingFound,
					criteria: { email: '={{ $json.email }}' },
				},
				[{ email: 'nobody@example.com' }, { email: 'jane.smith@example.com' }],
				{ settings: { onError: 'continueErrorOutput' } },
			);
		const jane = { json: { client_id: 12345 }, pairedItem: { item: 1 } };
		expect(await find('noItem')).toMatchObject([jane]);
		expect(await find('foundFalse')).toMatchObject([
			{ json: { found: false }, pairedItem: { item: 0 } },
			jane,
		]);
		expect(await find('fail')).toMatchObject([
			{ json: { error: expect.stringMatching(/^Item 1: No record matches\. /) }, pairedItem: { item: 0 } },
			jane,
		]);
	});

	it.each([
		['chosen from the list', { __rl: true, mode: 'list', value: 44 }],
		['given by ID', { __rl: true, mode: 'id', value: '44' }],
		['given by name', { __rl: true, mode: 'name', value: ' Client - Graduated ' }],
	])('Client: Update Status moves a client to a status %s', async (_how, status) => {
		const [item] = await engine.execute({
			resource: 'client',
			operation: 'updateStatus',
			clientId: byId(12345),
			status,
			additionalFields: { changedByEmployeeId: byId(7), statusNote: 'Done 🎉' },
		});
		expect(item?.json).toMatchObject({
			previous_status: 'Client - Active',
			new_status: 'Client - Graduated',
		});
		expect(sandbox.store.records.get(12345)?.status.status_id).toBe(44);
		expect(sandbox.store.events.at(-1)).toMatchObject({
			type: 'client.status_changed',
			payload: { status_note: 'Done 🎉', changed_by_employee_id: 7 },
		});
	});

	it('Note: Create adds a note to a client', async () => {
		const text = 'Called. '.repeat(1250);
		const [item] = await engine.execute({
			resource: 'note',
			operation: 'create',
			clientId: byId(12345),
			text,
			additionalFields: { noteType: 'call', visibility: 'internal', externalId: 'n-1' },
		});
		expect(item?.json).toHaveProperty('client_note_id');
		expect(sandbox.store.notes).toMatchObject([{ client_id: 12345, text: text.trim(), note_type: 'call' }]);
	});

	it('a record that does not exist is an error on its item only', async () => {
		const items = await engine.execute(
			{
				resource: 'note',
				operation: 'create',
				clientId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
				text: 'Hi',
			},
			[{ id: 12345 }, { id: 4711 }, { id: 12346 }],
			{ settings: { onError: 'continueRegularOutput' } },
		);
		expect(items.map(({ json, pairedItem }) => [json.error, pairedItem])).toEqual([
			[undefined, { item: 0 }],
			[expect.stringMatching(/^Item 2: WhiteLabelCRO has no such record\. /), { item: 1 }],
			[undefined, { item: 2 }],
		]);
	});

	it.each(['lead', 'client'])(
		'%s: Create or Update creates once, then updates, also within one run',
		async (resource) => {
			const upsert = {
				resource,
				operation: 'createOrUpdate',
				firstName: '={{ $json.name }}',
				lastName: 'Upsert',
				email: '={{ $json.email }}',
				additionalFields: { externalId: '={{ $json.id }}' },
			};
			const items = [
				{ name: 'One', email: 'one@example.com', id: 'u-1' },
				{ name: 'Two', email: 'two@example.com', id: 'u-2' },
				{ name: 'One again', email: 'ONE@example.com', id: '' },
			];
			const first = await engine.execute(upsert, items);
			expect(first.map(({ json }) => json.action)).toEqual(['created', 'created', 'updated']);
			expect(first[2]?.json.client_id).toBe(first[0]?.json.client_id);
			const second = await engine.execute(upsert, items);
			expect(second.map(({ json }) => json.action)).toEqual(['updated', 'updated', 'updated']);
			const records = sandbox.store.records.all().filter(({ last_name }) => last_name === 'Upsert');
			expect(records.map(({ first_name }) => first_name)).toEqual(['One again', 'Two']);
		},
	);

	it('Create or Update matches by the chosen field only', async () => {
		const upsert = {
			resource: 'client',
			operation: 'createOrUpdate',
			matchBy: ['phone'],
			firstName: 'Jane',
			lastName: 'Other',
			email: 'jane.smith@example.com',
		};
		const [created] = await engine.execute({ ...upsert, phone: '+4930123456' });
		expect(created?.json).toMatchObject({ action: 'created' });
		const [updated] = await engine.execute({ ...upsert, phone: '+14155551234' });
		expect(updated?.json).toMatchObject({ action: 'updated', client_id: 12345 });
		await expect(engine.execute(upsert)).rejects.toThrow(/Match By/);
	});

	it.each([
		['lead', 12401],
		['client', 12345],
	])('%s: Update changes the given fields and keeps the others', async (resource, id) => {
		const before = sandbox.store.records.get(id);
		const { email, zip } = { ...before };
		const [item] = await engine.execute({
			resource,
			operation: 'update',
			clientId: byId(id),
			updateFields: { city: 'Köln', employeeId: byId(8), extraFieldsJson: { nickname: '小美' } },
		});
		expect(item?.json).toMatchObject({ client_id: id, success: true });
		expect(sandbox.store.records.get(id)).toMatchObject({
			city: 'Köln',
			employee_id: 8,
			email,
			zip,
			extra: { nickname: '小美' },
		});
	});

	it('Lead: Find finds a lead, but not a client', async () => {
		const find = (clientId: string) =>
			engine.execute({ resource: 'lead', operation: 'find', criteria: { clientId } });
		expect(await find('12401')).toMatchObject([{ json: { client_id: 12401, full_name: 'Leo Lead' } }]);
		expect(await find('12345')).toEqual([]);
	});

	it('Lead: Update Status moves a lead among the Lead statuses, and only there', async () => {
		const move = (value: number) =>
			engine.execute({
				resource: 'lead',
				operation: 'updateStatus',
				clientId: byId(12401),
				status: byId(value),
			});
		expect(await move(12)).toMatchObject([{ json: { new_status: 'Lead - Contacted' } }]);
		await expect(move(42)).rejects.toThrow(/WhiteLabelCRO refused/);
		const { results } = await engine.listSearch('searchLeadStatuses');
		expect(results.map(({ name }) => name)).toEqual(['Lead - Contacted', 'Lead - New', 'Lead - Qualified']);
	});

	it('Affiliate: Create, Update and Find work on one affiliate', async () => {
		const [created] = await engine.execute({
			resource: 'affiliate',
			operation: 'create',
			firstName: 'Ann',
			lastName: 'Partner',
			email: 'ann@partner.example',
			additionalFields: { affiliateCode: 'ANN', phone: '+14155550001' },
		});
		const id = created?.json.affiliate_id as number;
		await engine.execute({
			resource: 'affiliate',
			operation: 'update',
			affiliateId: byId(id),
			updateFields: { affiliateCode: 'ANN2' },
		});
		expect(sandbox.store.affiliates.get(id)).toMatchObject({
			affiliate_code: 'ANN2',
			email: 'ann@partner.example',
		});
		const find = (criteria: IDataObject) =>
			engine.execute({ resource: 'affiliate', operation: 'find', criteria } as INodeParameters);
		expect(await find({ affiliateId: String(id) })).toMatchObject([{ json: { affiliate_id: id } }]);
		expect(await find({ name: 'ann PARTNER' })).toMatchObject([{ json: { affiliate_id: id } }]);
		expect(await find({ name: 'Nobody' })).toEqual([]);
		if (dialect.lookupEmails === 'left-out') {
			await expect(find({ email: 'ann@partner.example' })).rejects.toThrow(/has no email addresses/);
		} else {
			expect(await find({ email: 'ANN@partner.example' })).toMatchObject([{ json: { affiliate_id: id } }]);
		}
	});

	it.each([
		['client', { search: 'smith' }, { client_id: 12345, full_name: 'Jane Smith' }],
		['affiliate', {}, { affiliate_id: 301, full_name: 'Paula Partner' }],
		['employee', {}, { employee_id: 7, full_name: 'John Advisor' }],
		['clientStatus', {}, { status_id: 11, status_name: 'Lead - New' }],
	])('%s: Get Many lists what there is', async (resource, parameters, first) => {
		const list = (limit: object) =>
			engine.execute({ resource, operation: 'getMany', ...parameters, ...limit } as INodeParameters);
		const all = await list({ returnAll: true });
		expect(all[0]).toMatchObject({ json: first, pairedItem: { item: 0 } });
		expect(await list({ returnAll: false, limit: 1 })).toEqual(all.slice(0, 1));
	});

	it('Event: Get Many pages through the log, and goes on from its next cursor', async () => {
		for (let i = 0; i < 250; i++) sandbox.raise(i % 2 === 0 ? 'payment.failed' : 'invoice.created');
		const get = (parameters: object) =>
			engine.execute({ resource: 'event', operation: 'getMany', ...parameters } as INodeParameters);
		const all = await get({ returnAll: true });
		expect(all.map(({ json }) => json.id)).toEqual(sandbox.store.events.map(({ id }) => id));
		expect(all[5]?.json).toEqual(sandbox.store.events[5]);
		const failed = await get({ returnAll: true, eventTypes: ['payment.failed'] });
		expect(failed).toHaveLength(125);

		const first = await get({ limit: 130, includeNextCursor: true });
		const cursor = first.at(-1)?.json.next_cursor as string;
		const rest = await get({ returnAll: true, includeNextCursor: true, cursor });
		expect([...first, ...rest].map(({ json }) => json.id)).toEqual(all.map(({ json }) => json.id));
		const end = rest.at(-1)?.json.next_cursor as string;
		expect(await get({ includeNextCursor: true, cursor: end })).toEqual([
			{ json: { next_cursor: end }, pairedItem: { item: 0 } },
		]);
	});

	it('Event: Send Test Event makes an event with the given payload', async () => {
		await engine.execute({
			resource: 'event',
			operation: 'sendTest',
			eventType: 'payment.failed',
			payload: '{"client_id": 12345}',
		});
		expect(sandbox.store.events.at(-1)).toMatchObject({
			type: 'payment.failed',
			payload: { client_id: 12345 },
		});
	});

	it('Webhook Subscription: Get Many, Enable and Delete manage a subscription, and never show its secret', async () => {
		const trigger = engine.trigger({ triggerOn: ['lead.created', 'client.created'] });
		await trigger.publish();
		const subscription = (parameters: object) =>
			engine.execute({ resource: 'webhookSubscription', ...parameters } as INodeParameters);
		const [listed] = await subscription({ operation: 'getMany' });
		expect(listed?.json).toEqual({
			id: expect.any(String),
			description:
				dialect.subscriptionDescription === 'hidden' ? null : expect.stringMatching(/: n8n workflow "/),
			event_types: ['lead.created', 'client.created'],
			url: expect.stringContaining(trigger.url()),
			enabled: dialect.subscriptionStateWords === 'lively/weary' ? null : true,
		});
		for (const held of sandbox.store.subscriptions.values()) held.isActive = false;
		const id = listed?.json.id as string;
		const subscriptionId = byId(id);
		const enabling = subscription({ operation: 'enable', subscriptionId });
		if (dialect.subscriptionReenable === 'ignored') await expect(enabling).rejects.toThrow(/did not turn/);
		else expect((await enabling)[0]?.json).toEqual(listed?.json);
		const remove = () => subscription({ operation: 'delete', subscriptionId });
		expect(await remove()).toMatchObject([{ json: { id, deleted: true } }]);
		expect(sandbox.store.subscriptions.size).toBe(0);
		expect(await remove()).toMatchObject([{ json: { deleted: false } }]);
		await expect(subscription({ operation: 'enable', subscriptionId })).rejects.toThrow(/no such webhook/);
	});

	it.each([
		['searchClients', 'jane', 'Jane Smith', 'jane.smith@example.com', '12345'],
		['searchClients', 'jane.smith@example.com', 'Jane Smith', 'jane.smith@example.com', '12345'],
		['searchEmployees', 'john', 'John Advisor', undefined, '7'],
		['searchEmployees', '#7', 'John Advisor', undefined, '7'],
		['searchAffiliates', 'paula', 'Paula Partner', 'paula@partner.example', '301'],
		['searchAffiliates', '301', 'Paula Partner', 'paula@partner.example', '301'],
	])(
		'the list of %s offers, for %j, who it is: the name, the email if the account tells it, and the ID',
		async (method, filter, name, email, value) => {
			// Searched for by it, the email comes from the search.
			const isTold = dialect.lookupEmails !== 'left-out' || filter === email;
			const told = [name, isTold && email, `#${value}`];
			const { results } = await engine.listSearch(method, filter);
			expect(results).toEqual([{ name: told.filter(Boolean).join(' · '), value }]);
		},
	);

	it.each([
		['searchClientStatuses', '44'],
		['searchClientStatusNames', 'Client - Graduated'],
	])('the list of %s offers statuses by name', async (method, value) => {
		const { results } = await engine.listSearch(method, 'graduated');
		expect(results).toEqual([{ name: 'Client - Graduated', value }]);
	});

	it.each(['12345', '#12401', '12401'])(
		'the list of people finds the ID %j, though the lookup does not search by it',
		async (filter) => {
			const value = filter.replace('#', '');
			const { results } = await engine.listSearch('searchClients', filter);
			expect(results).toEqual([{ name: expect.stringMatching(new RegExp(` · #${value}$`)), value }]);
		},
	);
});

describe.each(eventLogs)('Event: Get Many over a log with %s', (_name, dialect) => {
	const getMany = async (parameters: object) => {
		const output = await engine.execute({
			resource: 'event',
			operation: 'getMany',
			includeNextCursor: true,
			...parameters,
		} as INodeParameters);
		const cursor = output.at(-1)?.json.next_cursor as string;
		return { cursor, ids: output.map(({ json }) => json.id).filter((id) => id !== undefined) };
	};

	it('returns all events, and with Event Types all of these', async () => {
		sandbox.setDialect(dialect);
		for (let i = 0; i < 120; i++) sandbox.raise(i % 40 === 39 ? 'payment.failed' : 'lead.created');
		const { events } = sandbox.store;
		expect((await getMany({ returnAll: true })).ids).toEqual(events.map(({ id }) => id));
		const failed = events.filter(({ type }) => type === 'payment.failed').map(({ id }) => id);
		expect((await getMany({ returnAll: true, eventTypes: ['payment.failed'] })).ids).toEqual(failed);
	});

	it('returns each event exactly once over runs that go on from next_cursor, whatever happens in between', async () => {
		const step = fc.oneof(
			fc.record({ raise: fc.integer({ min: 0, max: 130 }) }),
			fc.record({ limit: fc.integer({ min: 1, max: 130 }) }),
			fc.record({ returnAll: fc.constant(true) }),
		);
		await fc.assert(
			fc.asyncProperty(
				fc.boolean(),
				fc.array(step, { maxLength: 12, size: 'max' }),
				async (fromEmpty, steps) => {
					reset();
					sandbox.setDialect(dialect);
					if (fromEmpty) sandbox.store.events.length = 0;
					const seen: unknown[] = [];
					let cursor = '';
					for (const each of [...steps, { returnAll: true }]) {
						if ('raise' in each) {
							for (let i = 0; i < each.raise; i++) sandbox.raise('lead.created');
							continue;
						}
						const run = await getMany({ ...each, cursor });
						if ('limit' in each) expect(run.ids.length).toBeLessThanOrEqual(each.limit);
						seen.push(...run.ids);
						({ cursor } = run);
					}
					expect(seen).toEqual(sandbox.store.events.map(({ id }) => id));
				},
			),
			{ numRuns: 10 },
		);
	});
});

describe('a found record', () => {
	const find = { resource: 'client', operation: 'find', criteria: { clientId: '12345' } };

	it('is simplified to what is needed most, unless every field is wanted', async () => {
		const [simple] = await engine.execute(find);
		const [raw] = await engine.execute({ ...find, simplify: false });
		expect(Object.keys(simple?.json ?? {}).length).toBeLessThanOrEqual(10);
		expect(Object.keys(raw?.json ?? {})).toHaveLength(14);
		expect(raw?.json).toMatchObject(simple?.json ?? {});
	});
});

it('a list that is longer than a page is offered page by page', async () => {
	const first = await engine.listSearch('searchClients');
	expect(first.results.length).toBeLessThanOrEqual(100);
	sandbox.setDialect({ clientScope: 'all-records' });
	for (let i = 0; i < 150; i++) sandbox.createLead({ first_name: `Page ${i}`, last_name: 'Turner' });
	const pages = [await engine.listSearch('searchClients', 'turner')];
	for (let token = pages[0]?.paginationToken; token !== undefined; token = pages.at(-1)?.paginationToken) {
		pages.push(await engine.listSearch('searchClients', 'turner', token));
	}
	const names = pages.flatMap(({ results }) => results.map(({ name }) => name));
	expect(pages).toHaveLength(2);
	expect(new Set(names).size).toBe(150);
});
