import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { type Sandbox, startSandbox } from '../../../sandbox/server.mts';
import { eventTypes } from '../../../sandbox/store/model.mts';
import { call, startReceiver, subscribe } from './support.mts';

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox({ limits: { read: 10_000 } });
});
afterEach(() => {
	sandbox.reset();
});
afterAll(() => sandbox.close());

interface Page {
	events: { id: number; type: string }[];
	nextCursor: string | null;
	hasMore: boolean;
}
async function read(query: Record<string, string> = {}): Promise<Page> {
	const reply = await call(sandbox, 'GET', `/events?${new URLSearchParams(query).toString()}`);
	expect(reply.status).toBe(200);
	return reply.json as Page;
}
const raise = (count: number) => Array.from({ length: count }, () => sandbox.raise('payment.succeeded').id);

describe('polling', () => {
	test("the log begins with the vendor's sample", async () => {
		expect((await read()).events).toEqual([
			{
				id: 45678,
				type: 'client.created',
				createdUtc: '2026-01-28T10:30:00Z',
				companyId: 92,
				payload: {
					client_id: 12345,
					first_name: 'Jane',
					last_name: 'Smith',
					email: 'jane.smith@example.com',
					phone: '+14155551234',
					status: 'Client - Active',
					status_id: 42,
					employee_id: 7,
					employee_name: 'John Advisor',
					affiliate_id: null,
					created_date: '2026-01-28T10:30:00Z',
				},
				metadata: { source: 'web_portal', user_id: 7 },
			},
		]);
	});

	test('following the cursor gives every event once, in order', async () => {
		const raised = raise(7);
		const seen: number[] = [];
		let page = await read({ limit: '3' });
		for (;;) {
			seen.push(...page.events.map(({ id }) => id));
			if (!page.hasMore) break;
			page = await read({ limit: '3', cursor: page.nextCursor ?? '' });
		}
		expect(seen).toEqual([45678, ...raised]);
	});

	test('the cursor of the last page waits for what comes next', async () => {
		const { nextCursor } = await read();
		expect(await read({ cursor: nextCursor ?? '' })).toMatchObject({
			events: [],
			nextCursor,
			hasMore: false,
		});
		const [id] = raise(1);
		expect(await read({ cursor: nextCursor ?? '' })).toMatchObject({ events: [{ id }] });
	});

	test('the last page can have no cursor', async () => {
		sandbox.setDialect({ eventsCursorAtEnd: 'null' });
		raise(1);
		expect(await read({ limit: '1' })).toMatchObject({ nextCursor: expect.any(String), hasMore: true });
		expect(await read()).toMatchObject({ nextCursor: null, hasMore: false });
	});

	test('types are filtered, and the cursor moves past what was not wanted', async () => {
		sandbox.raise('invoice.created');
		const failed = sandbox.raise('payment.failed').id;
		sandbox.raise('invoice.created');
		const page = await read({ types: 'payment.failed,client.status_changed' });
		expect(page.events.map(({ id }) => id)).toEqual([failed]);
		expect(await read({ cursor: page.nextCursor ?? '' })).toMatchObject({ events: [] });
	});

	test('the log can lag behind: it shows each event only so long after it happened, and the deliveries do not wait', async () => {
		const receiver = await startReceiver();
		await subscribe(sandbox, receiver.url, ['payment.succeeded']);
		const before = raise(2);
		await sandbox.settled();
		sandbox.setDialect({ eventLogDelayMs: 60_000 });
		const { events, nextCursor, hasMore } = await read();
		expect({ events, hasMore }).toMatchObject({ events: [{ id: 45678 }], hasMore: false });
		expect(receiver.received.map(({ eventId }) => eventId)).toEqual(before);
		await receiver.close();

		const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_001);
		const [late] = raise(1);
		const shown = await read({ cursor: nextCursor ?? '' });
		clock.mockRestore();
		expect(shown.events.map(({ id }) => id)).toEqual(before);
		sandbox.setDialect({ eventLogDelayMs: 0 });
		expect(await read({ cursor: shown.nextCursor ?? '' })).toMatchObject({ events: [{ id: late }] });
	});

	test.each([-1, 0.5, '5'])('a lag of %j is none', (eventLogDelayMs) => {
		expect(() => {
			sandbox.setDialect({ eventLogDelayMs } as object);
		}).toThrow('must be zero or a whole number above it');
	});

	test('a page is never longer than the page size of the dialect', async () => {
		sandbox.setDialect({ eventsPageSize: 2 });
		raise(3);
		expect((await read({ limit: '50' })).events).toHaveLength(2);
		expect((await read()).events).toHaveLength(2);
	});

	test.each([
		['a limit of 0', { limit: '0' }],
		['a limit that is no number', { limit: 'many' }],
		['a made-up cursor', { cursor: 'made-up' }],
		['an event id in place of the opaque cursor', { cursor: '45678' }],
		['an unknown type', { types: 'Client.Created' }],
	])('%s is a validation error', async (_name, query) => {
		const reply = await call(sandbox, 'GET', `/events?${new URLSearchParams(query).toString()}`);
		expect(reply.status).toBe(400);
	});

	test('cursors expire when the epoch of the dialect moves on, and new ones hold', async () => {
		const { nextCursor } = await read();
		sandbox.setDialect({ cursorEpoch: 2 });
		expect(await call(sandbox, 'GET', `/events?cursor=${nextCursor ?? ''}`)).toMatchObject({ status: 400 });
		const { nextCursor: fresh } = await read();
		expect(await read({ cursor: fresh ?? '' })).toMatchObject({ events: [] });
	});

	test.each([
		['items', 'next_cursor', 'has_more'],
		['data', 'cursor', 'none'],
		['results', 'nextCursor', 'hasMore'],
	] as const)('the answer can be %s, %s, %s', async (eventsList, eventsCursorKey, eventsMoreKey) => {
		sandbox.setDialect({ eventsList, eventsCursorKey, eventsMoreKey });
		const { json } = await call(sandbox, 'GET', '/events');
		const keys = [eventsList, eventsCursorKey, ...(eventsMoreKey === 'none' ? [] : [eventsMoreKey])];
		expect(Object.keys(json as object)).toEqual(keys);
		expect(json).toMatchObject({ [eventsList]: [{ id: 45678 }], [eventsCursorKey]: expect.any(String) });
	});

	test("the answer can be a bare array, whose last event's id is then the cursor", async () => {
		sandbox.setDialect({ eventsList: 'array' });
		const [id] = raise(1);
		expect((await call(sandbox, 'GET', '/events')).json).toMatchObject([{ id: 45678 }, { id }]);
		expect((await call(sandbox, 'GET', '/events?cursor=45678')).json).toMatchObject([{ id }]);
		expect((await call(sandbox, 'GET', '/events?cursor=1')).json).toHaveLength(2);
	});

	test('a server can take no notice of the limit', async () => {
		sandbox.setDialect({ eventsLimit: 'ignored', eventsPageSize: 3 });
		raise(4);
		expect((await read({ limit: '1' })).events).toHaveLength(3);
	});

	test('pages can be cut before their events are filtered by type: they are short or empty, and more follow', async () => {
		sandbox.setDialect({ eventsFiltered: 'after-paging', eventsPageSize: 2 });
		raise(2);
		const failed = sandbox.raise('payment.failed').id;
		const types = 'payment.failed';
		const first = await read({ types });
		expect(first).toMatchObject({ events: [], hasMore: true });
		const second = await read({ types, cursor: first.nextCursor ?? '' });
		expect(second).toMatchObject({ events: [{ id: failed }], hasMore: false });
	});

	test('another company has a log of its own, and its key sees no other', async () => {
		const key = sandbox.createKey(['events:read'], 93);
		expect((await call(sandbox, 'GET', '/events', { key })).json).toMatchObject({ events: [] });
		const own = sandbox.store.appendEvent('lead.created', {}, undefined, 93);
		expect(own).toMatchObject({ id: 45678, companyId: 93 });
		expect((await call(sandbox, 'GET', '/events', { key })).json).toMatchObject({ events: [own] });
		expect(await read()).toMatchObject({ events: [{ companyId: 92 }] });
		sandbox.reset();
		expect(sandbox.store.eventLog(93)).toEqual([]);
	});

	test('metadata can be absent', async () => {
		sandbox.setDialect({ eventMetadata: 'absent' });
		sandbox.raise('client.created');
		expect((await read()).events.at(-1)).not.toHaveProperty('metadata');
	});
});

describe('test events', () => {
	const send = (body: unknown) => call(sandbox, 'POST', '/events/test', { body });

	test.each(eventTypes)('%s is made with a sample payload and the source "test"', async (type) => {
		const reply = await send({ type });
		expect(reply).toMatchObject({ status: 201, json: { id: 45679, type, metadata: { source: 'test' } } });
		expect((await read()).events.at(-1)).toEqual(reply.json);
		expect((reply.json as { payload: object }).payload).not.toEqual({});
	});

	test('the payload can be given', async () => {
		const reply = await send({ type: 'payment.failed', payload: { amount_attempted: 12.5 } });
		expect(reply.json).toMatchObject({ payload: { amount_attempted: 12.5 } });
	});

	test.each([
		['no type', {}],
		['an unknown type', { type: 'refund.created' }],
		['a type in capitals', { type: 'CLIENT.CREATED' }],
		['a payload that is no object', { type: 'client.created', payload: [] }],
	])('%s is a validation error and makes no event', async (_name, body) => {
		expect(await send(body)).toMatchObject({ status: 400 });
		expect(sandbox.store.events).toHaveLength(1);
	});

	test('a type of the future can be let in', async () => {
		sandbox.setDialect({ unknownEventTypes: 'accepted' });
		expect(await send({ type: 'refund.created' })).toMatchObject({ status: 201, json: { payload: {} } });
		expect(await read({ types: 'refund.created' })).toMatchObject({ events: [{ id: 45679 }] });
	});
});

test('a changed sample payload does not change the next one', () => {
	const { payload } = sandbox.raise('invoice.created');
	Object.assign(payload, { amount: 0 });
	expect(sandbox.raise('invoice.created').payload).toMatchObject({ amount: 99 });
});
