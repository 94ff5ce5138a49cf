import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { FaultBox } from '../../../sandbox/faults.mts';
import { type Sandbox, startSandbox } from '../../../sandbox/server.mts';
import { until } from '../../../scripts/real-n8n/until.mts';
import { ada, call, makeLead, type Receiver, startReceiver, subscribe } from './support.mts';

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox({ limits: { write: 10_000, read: 10_000 } });
});
afterEach(() => {
	sandbox.reset();
});
afterAll(() => sandbox.close());

const route = 'POST /api/v1/integrations/leads$';
const post = () => call(sandbox, 'POST', '/integrations/leads', { body: ada });
const written = () => sandbox.store.records.find({ email: ada.email }).length;

describe('a fault in a request', () => {
	test('5xx before: the write took no effect', async () => {
		sandbox.faults.inject({ route, kind: 'status-before', status: 502 });
		expect(await post()).toMatchObject({ status: 502 });
		expect(written()).toBe(0);
	});

	test('5xx after: the write took effect', async () => {
		sandbox.faults.inject({ route, kind: 'status-after' });
		expect(await post()).toMatchObject({ status: 503 });
		expect(written()).toBe(1);
	});

	test.each([
		['reset-before', 0],
		['reset-after', 1],
	] as const)('%s: the connection is cut and %d records were written', async (kind, count) => {
		sandbox.faults.inject({ route, kind });
		const error = await post().catch((reason: unknown) => reason as Error);
		expect(error).toMatchObject({ cause: { code: 'ECONNRESET' } });
		expect(written()).toBe(count);
		expect(sandbox.requests.at(-1)).toMatchObject({ status: null, bucket: 'write' });
	});

	test.each([
		['garbage', 'application/json'],
		['html', 'text/html'],
	] as const)(
		'%s: the status is a success, the body is no JSON, and the write took effect',
		async (kind, type) => {
			sandbox.faults.inject({ route, kind });
			const reply = await post();
			expect(reply).toMatchObject({ status: 201, json: undefined });
			expect(reply.text).not.toBe('');
			expect(reply.headers.get('content-type')).toContain(type);
			expect(written()).toBe(1);
		},
	);

	test('html can come with a status of its own', async () => {
		sandbox.faults.inject({ route, kind: 'html', status: 502 });
		expect(await post()).toMatchObject({ status: 502 });
	});

	test.each([
		['status-late', 503],
		['reset-late', 'ECONNRESET'],
	] as const)('%s: the write takes effect only after the answer', async (kind, answer) => {
		sandbox.faults.inject({ route, kind, ms: 300 });
		const outcome = await post().then(
			({ status }) => status,
			(reason: unknown) => ((reason as Error).cause as { code: string }).code,
		);
		expect(outcome).toBe(answer);
		expect(written()).toBe(0);
		await until('the late write', 5000, () => written() === 1 || undefined);
	});

	test('a late write is dropped when the sandbox starts afresh', async () => {
		sandbox.faults.inject({ route, kind: 'status-late', ms: 100 });
		await post();
		sandbox.reset();
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(written()).toBe(0);
	});

	test('declined: the status is a success, the body says otherwise, and nothing was written', async () => {
		sandbox.faults.inject({ route, kind: 'declined' });
		expect(await post()).toMatchObject({
			status: 200,
			json: { success: false, message: expect.any(String) },
		});
		expect(written()).toBe(0);
	});

	test.each([
		['proxy-page', 'text/html'],
		['proxy-text', 'text/plain'],
	] as const)(
		'%s: something else answers, without a request id, and nothing was written',
		async (kind, type) => {
			sandbox.faults.inject({ route, kind, status: 404 });
			const reply = await post();
			expect(reply).toMatchObject({ status: 404, json: undefined });
			expect(reply.headers.get('content-type')).toContain(type);
			expect(reply.headers.has('x-request-id')).toBe(false);
			expect(written()).toBe(0);
		},
	);

	test('latency holds the answer back, and adds to another fault', async () => {
		sandbox.faults.inject({ route, kind: 'latency', ms: 60 });
		sandbox.faults.inject({ route, kind: 'status-before' });
		const started = performance.now();
		expect(await post()).toMatchObject({ status: 503 });
		expect(performance.now() - started).toBeGreaterThanOrEqual(58);
	});

	test('a 429 on demand has the headers of the dialect', async () => {
		sandbox.faults.inject({ route, kind: 'status-before', status: 429 });
		expect((await post()).headers.has('retry-after')).toBe(true);
	});

	test('strikes its own route only', async () => {
		sandbox.faults.inject({ route, kind: 'status-before' });
		expect(await call(sandbox, 'POST', '/integrations/clients', { body: ada })).toMatchObject({
			status: 201,
		});
		expect(await call(sandbox, 'PATCH', '/integrations/leads/12401', { body: {} })).toMatchObject({
			status: 200,
		});
		sandbox.faults.inject({ route: /GET .*lookups/, kind: 'status-before' });
		expect(await call(sandbox, 'GET', '/integrations/lookups/employees')).toMatchObject({ status: 503 });
	});

	test('strikes so many times and no more', async () => {
		sandbox.faults.inject({ route, kind: 'status-before', times: 2 });
		const statuses = [];
		for (let n = 0; n < 3; n += 1) statuses.push((await post()).status);
		expect(statuses).toEqual([503, 503, 201]);
		expect(sandbox.faults.list()).toMatchObject([{ kind: 'status-before', struck: 2 }]);
	});

	test('strikes every nth time', async () => {
		sandbox.faults.inject({ route, kind: 'status-before', every: 3 });
		const statuses = [];
		for (let n = 0; n < 6; n += 1) statuses.push((await post()).status);
		expect(statuses).toEqual([201, 201, 503, 201, 201, 503]);
	});

	test('is over when the faults are cleared', async () => {
		sandbox.faults.inject({ route, kind: 'status-before' });
		sandbox.faults.clear();
		expect(await post()).toMatchObject({ status: 201 });
	});

	test('retried with its idempotency key after a cut, a write is not done twice', async () => {
		sandbox.faults.inject({ route, kind: 'reset-after', times: 1 });
		const headers = { 'Idempotency-Key': 'k' };
		const send = () => call(sandbox, 'POST', '/integrations/leads', { body: ada, headers });
		await expect(send()).rejects.toThrow();
		expect(await send()).toMatchObject({ status: 201 });
		expect(written()).toBe(1);
	});
});

describe('the drawing of faults', () => {
	const draws = (seed: number) => {
		const box = new FaultBox();
		box.inject({ route: 'x', kind: 'reset-before', probability: 0.1, seed });
		return Array.from({ length: 2000 }, () => box.draw('x').fault !== undefined);
	};

	test('keeps to its probability and repeats itself with the same seed', () => {
		const struck = draws(7).filter(Boolean).length;
		expect(struck).toBeGreaterThan(150);
		expect(struck).toBeLessThan(250);
		expect(draws(7)).toEqual(draws(7));
		expect(draws(7)).not.toEqual(draws(8));
	});

	test('a kind that does not fit its route is refused', () => {
		const box = new FaultBox();
		expect(() => {
			box.inject({ route: 'delivery', kind: 'reset-before' });
		}).toThrow(TypeError);
		expect(() => {
			box.inject({ route, kind: 'late-delivery' });
		}).toThrow(TypeError);
	});
});

describe('a fault in deliveries', () => {
	let receiver: Receiver;
	beforeAll(async () => {
		receiver = await startReceiver();
	});
	afterEach(() => {
		receiver.received.length = 0;
	});
	afterAll(() => receiver.close());
	const ids = () => receiver.received.map(({ eventId }) => eventId);

	test('a duplicate arrives twice', async () => {
		await subscribe(sandbox, receiver.url, ['lead.created']);
		sandbox.faults.inject({ route: 'delivery', kind: 'duplicate-delivery', times: 1 });
		await makeLead(sandbox);
		await makeLead(sandbox);
		await sandbox.settled();
		expect(ids().sort()).toEqual([45679, 45679, 45680]);
	});

	test('a late one arrives after the time that was set', async () => {
		await subscribe(sandbox, receiver.url, ['lead.created']);
		sandbox.faults.inject({ route: 'delivery', kind: 'late-delivery', ms: 80 });
		const started = performance.now();
		sandbox.raise('lead.created');
		await sandbox.settled();
		expect(performance.now() - started).toBeGreaterThanOrEqual(78);
		expect(ids()).toEqual([45679]);
	});

	test('a reordered one is overtaken by the next event', async () => {
		await subscribe(sandbox, receiver.url, ['lead.created']);
		const fault = { route: 'delivery', kind: 'reorder-deliveries', ms: 60_000 } as const;
		sandbox.raise('lead.created');
		sandbox.faults.inject({ ...fault, times: 1 });
		sandbox.raise('lead.created');
		sandbox.raise('lead.created');
		await sandbox.settled();
		expect(ids()).toEqual([45679, 45681, 45680]);
	});

	test('a reordered one without a successor still arrives', async () => {
		await subscribe(sandbox, receiver.url, ['lead.created']);
		sandbox.faults.inject({ route: 'delivery', kind: 'reorder-deliveries', ms: 20 });
		sandbox.raise('lead.created');
		await sandbox.settled();
		expect(ids()).toEqual([45679]);
	});
});
