// Several items of a run under way at the same time: what stays in order, and what a failure leaves behind.
import { getEventListeners } from 'node:events';

import { describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import type { CrmRecord } from '../../sandbox/store/model.mts';
import { byId, createLead } from '../fixtures.mts';
import { useStage } from './stage.mts';

const createNote: INodeParameters = {
	resource: 'note',
	operation: 'create',
	clientId: byId('={{ $json.client }}'),
	text: '={{ $json.text }}',
};

const cityOf: INodeParameters = {
	resource: 'client',
	operation: 'createOrUpdate',
	matchBy: ['external_id', 'phone'],
	firstName: 'Jane',
	lastName: 'Smith',
	email: '={{ $json.city }}@example.com',
	externalId: '={{ $json.external }}',
	phone: '={{ $json.phone }}',
	additionalFields: { city: '={{ $json.city }}' },
};

const { sandbox, engine } = useStage({ scopes: ['integrations:read', 'integrations:write'] });

const leads = (count: number) =>
	Array.from({ length: count }, (_, i) => ({ email: `lead-${i}@example.com` }));
const posts = () => sandbox.requests.filter(({ method }) => method === 'POST');
const slowly = (ms: number) => {
	sandbox.faults.inject({ route: '.', kind: 'latency', ms });
};

/** The most calls that the CRM had to answer at the same time while `work` went on. */
async function mostUnderWay(work: Promise<unknown>): Promise<number> {
	let most = 0;
	const timer = setInterval(() => {
		most = Math.max(most, sandbox.requests.filter(({ status }) => status === null).length);
	}, 5);
	await work.finally(() => {
		clearInterval(timer);
	});
	return most;
}

describe('the items of a run', () => {
	it.each([
		['fifty at a time by default', {}, 50, 60, 1500],
		['three at a time, if so chosen', { options: { itemsAtOnce: 3 } }, 3, 7, 300],
		['one after the other, if so chosen', { options: { itemsAtOnce: 1 } }, 1, 3, 100],
	])('are worked on %s, and come out in their order', async (_how, options, most, count, latencyMs) => {
		await engine.execute(createLead, [{ email: 'first@example.com' }]);
		// Longer than a busy machine takes to send all that may be under way.
		slowly(latencyMs);
		const running = engine.execute({ ...createLead, ...options }, leads(count));
		expect(await mostUnderWay(running)).toBe(most);
		const output = await running;
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual(leads(count).map((_, item) => ({ item })));
		const emails = output.map(({ json }) => sandbox.store.records.get(json.client_id as number)?.email);
		expect(emails).toEqual(leads(count).map(({ email }) => email));
	});

	it('that write the same client do so in their order', async () => {
		// Were they sent at the same time, later ones would overtake the first.
		sandbox.faults.inject({ route: 'POST', kind: 'latency', ms: 60, every: 3 });
		const rows = Array.from({ length: 12 }, (_, i) => ({ client: 12345 + (i % 2), text: `note ${i}` }));
		await engine.execute(createNote, rows);
		for (const client of [12345, 12346]) {
			const texts = sandbox.store.notes
				.filter(({ client_id }) => client_id === client)
				.map(({ text }) => text);
			expect(texts).toEqual(rows.filter((row) => row.client === client).map(({ text }) => text));
		}
	});

	it('with the same key are created once and then updated, in their order', async () => {
		slowly(20);
		const rows = Array.from({ length: 9 }, (_, i) => ({
			email: `${i % 2 === 0 ? 'even' : 'ODD'}@example.com`,
			city: `city ${i}`,
		}));
		const output = await engine.execute(
			{
				...createLead,
				operation: 'createOrUpdate',
				additionalFields: { city: '={{ $json.city }}' },
			},
			rows,
		);
		expect(output.map(({ json }) => json.action)).toEqual([
			...Array.from({ length: 2 }, () => 'created'),
			...Array.from({ length: 7 }, () => 'updated'),
		]);
		const cities = sandbox.store.records.all().filter(({ email }) => /^(even|odd)@/i.test(email));
		expect(cities.map(({ city }) => city).sort()).toEqual(['city 7', 'city 8']);
	});

	it('that write the same client do so in their order also where they know it by different fields', async () => {
		const record = sandbox.store.records.get(12345) as CrmRecord;
		sandbox.store.records.update(record, { external_id: 'x-1', phone: '+14155551234' });
		await engine.execute(cityOf, [{ city: 'Before', external: 'x-1' }]);
		sandbox.faults.inject({ route: 'PATCH', kind: 'latency', ms: 1500, times: 1 });
		await engine.execute(cityOf, [
			{ city: 'First', external: 'x-1' },
			{ city: 'Second', phone: '+14155551234' },
		]);
		expect(record.city).toBe('Second');
	});

	it.each([0, 51, 2.5, -1, 'many'])('cannot be %s at once', async (itemsAtOnce) => {
		await expect(engine.execute({ ...createLead, options: { itemsAtOnce } }, leads(1))).rejects.toThrow(
			"'Items at Once' must be a whole number from 1 to 50",
		);
	});
});

describe('when an item fails and the run is to stop', () => {
	const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

	it('nothing new is begun, what is under way is brought to its end, and the error says what is where', async () => {
		await engine.execute(createLead, [{ email: 'first@example.com' }]);
		slowly(100);
		sandbox.faults.inject({ route: 'POST .*/leads', kind: 'status-before', status: 422, every: 5, times: 1 });
		const options = { options: { itemsAtOnce: 6 } };
		await expect(engine.execute({ ...createLead, ...options }, leads(40))).rejects.toMatchObject({
			description: expect.stringMatching(
				/ Item 5 of 40 failed \(index 4\)\. Already in WhiteLabelCRO: items 1–4 and 6–(\d+)\. Not started: items \d+–40\. To go on, run items 5 and \d+–40 again, or set 'On Error' to Continue\.$/,
			),
			context: { itemIndex: 4 },
		});
		const created = sandbox.store.records.all().filter(({ email }) => email.startsWith('lead-'));
		expect(created.length).toBeGreaterThanOrEqual(5);
		expect(created.length).toBeLessThanOrEqual(4 + 6);
		expect(sandbox.requests.every(({ status }) => status !== null)).toBe(true);
	});

	it('the error of Create or Update says that all of it can be run again', async () => {
		const rows = [{ email: 'a@x.example' }, { email: 'b@x.example' }, { email: 'not one' }];
		const upsert = { ...createLead, operation: 'createOrUpdate', options: { itemsAtOnce: 1 } };
		await expect(engine.execute(upsert, rows)).rejects.toMatchObject({
			description: expect.stringContaining(
				"Fix the item and run everything again: saved items are only updated. Or set 'On Error' to Continue.",
			),
		});
	});

	it('the error advises no start again where nothing was done', async () => {
		const error = await engine
			.execute({ ...createLead, email: 'not one' }, leads(3))
			.catch((thrown: unknown) => thrown as Error);
		expect(error).toMatchObject({ description: expect.stringMatching(/Nothing was written\.$/) });
	});

	it('those behind it that write the same record are not begun', async () => {
		const rows = [1, 2, 3, 4, 5].map((n) => ({ client: 12345, text: `note ${n}` }));
		slowly(20);
		sandbox.faults.inject({ route: 'POST .*/notes', kind: 'status-before', status: 422, every: 3, times: 1 });
		await expect(engine.execute(createNote, rows)).rejects.toMatchObject({
			description: expect.stringContaining(
				"Item 3 of 5 failed (index 2). Already in WhiteLabelCRO: items 1–2. Not started: items 4–5. To go on, start again from item 3, or set 'On Error' to Continue.",
			),
		});
		expect(sandbox.store.notes.map(({ text }) => text)).toEqual(['note 1', 'note 2']);
	});

	it('the error says of each item whose outcome is unknown that it is, and does not send it again', async () => {
		const rows = [4711, 12345, 12346, 12347].map((client) => ({ client, text: 'Hello' }));
		sandbox.faults.inject({ route: 'POST .*/1234[56]/notes', kind: 'reset-after' });
		// The others are under way before the first fails.
		sandbox.faults.inject({ route: 'POST .*/notes', kind: 'latency', ms: 500 });
		await engine.execute({ ...createLead, email: 'first@example.com' });
		await expect(engine.execute(createNote, rows)).rejects.toMatchObject({
			description: expect.stringMatching(
				/ Item 1 of 4 failed \(index 0\)\. So did items 2–3\. Already in WhiteLabelCRO: item 4\. Not confirmed: items 2–3\. Check in WhiteLabelCRO first\. To go on, run item 1 again, or set 'On Error' to Continue\.$/,
			),
		});
	});

	it('Retry On Fail writes nothing again that was written, and everything once', async () => {
		sandbox.setDialect({ idempotency: 'ignored' });
		slowly(20);
		sandbox.faults.inject({ route: 'POST .*/notes', kind: 'status-before', status: 422, every: 7, times: 2 });
		const rows = Array.from({ length: 30 }, (_, i) => ({ client: 12345 + (i % 3), text: `note ${i}` }));
		const run = await engine.runWorkflow(createNote, rows, settings);
		expect(run.status).toBe('success');
		const output = run.data.resultData.runData.WhiteLabelCRO?.[0]?.data?.main?.[0] ?? [];
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual(rows.map((_, item) => ({ item })));
		expect(sandbox.store.notes.map(({ text }) => text).sort()).toEqual(rows.map(({ text }) => text).sort());
	});

	it('the error of a single item says nothing of others', async () => {
		await expect(engine.execute(createNote, [{ client: 4711, text: 'x' }])).rejects.toMatchObject({
			description: expect.not.stringContaining('Item 1'),
		});
	});
});

it('a run of which fifty items are under way, has no more than one listener to its end, as Node warns of a leak above ten', async () => {
	const { signal } = new AbortController();
	slowly(500);
	const listeners: number[] = [];
	const timer = setInterval(() => {
		listeners.push(getEventListeners(signal, 'abort').length);
	}, 5);
	const running = engine.execute(createLead, leads(60), { abortSignal: signal });
	expect(await mostUnderWay(running)).toBeGreaterThan(10);
	clearInterval(timer);
	expect(Math.max(...listeners)).toBeLessThanOrEqual(1);
});

it('once the user cancels, nothing more is begun', async () => {
	slowly(300);
	const cancel = new AbortController();
	const running = engine.execute(createLead, leads(200), { abortSignal: cancel.signal });
	await new Promise((resolve) => setTimeout(resolve, 700));
	cancel.abort();
	await expect(running).rejects.toThrow();
	// What was on its way still arrives.
	await new Promise((resolve) => setTimeout(resolve, 2000));
	expect(posts().length).toBeLessThanOrEqual(150);
});
