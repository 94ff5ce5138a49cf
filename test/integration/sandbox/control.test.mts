import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { type Sandbox, startSandbox } from '../../../sandbox/server.mts';
import { call, makeLead, startReceiver, subscribe } from './support.mts';

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox({ control: true, dialect: { searchPath: 'both' }, limits: { read: 50 } });
});
afterEach(() => {
	sandbox.reset();
});
afterAll(() => sandbox.close());

const control = (method: string, path: string, body?: unknown) =>
	call(sandbox, method, `/__sandbox${path}`, { body, key: '' });

describe('the control endpoints', () => {
	test('are not there unless they were asked for', async () => {
		const plain = await startSandbox();
		expect(await call(plain, 'GET', '/__sandbox/state', { key: '' })).toMatchObject({ status: 404 });
		expect(await call(plain, 'POST', '/__sandbox/reset', { key: '' })).toMatchObject({ status: 404 });
		expect(plain.requests).toEqual([]);
		await plain.close();
	});

	test('leave no trace among the API requests, not even when they fail', async () => {
		await control('GET', '/state');
		await control('GET', '/nothing');
		await control('POST', '/raise', {});
		await control('POST', '/raise', '{');
		expect(sandbox.requests).toEqual([]);
	});

	test('show state, requests and deliveries', async () => {
		const receiver = await startReceiver();
		await subscribe(sandbox, receiver.url, ['lead.created']);
		const client_id = await makeLead(sandbox);
		expect(await control('GET', '/settled')).toMatchObject({ status: 200 });
		expect((await control('GET', '/state')).json).toMatchObject({
			records: expect.arrayContaining([expect.objectContaining({ client_id })]),
			employees: expect.arrayContaining([expect.objectContaining({ employee_id: 7 })]),
			events: [{ id: 45678 }, { id: 45679, type: 'lead.created' }],
			subscriptions: [{ id: 501, isActive: true }],
			dialect: { searchPath: 'both' },
			limits: { read: 50 },
			faults: [],
		});
		expect((await control('GET', '/requests')).json).toMatchObject([
			{ path: '/api/v1/webhooks/subscriptions' },
			{ path: '/api/v1/integrations/leads', status: 201 },
		]);
		expect((await control('GET', '/deliveries')).json).toMatchObject([{ eventId: 45679, status: 200 }]);
		await receiver.close();
	});

	test('raise events that no write of the API causes, and deliver one again', async () => {
		const raised = await control('POST', '/raise', { type: 'document.uploaded', payload: { client_id: 1 } });
		expect(raised).toMatchObject({ status: 200, json: { id: 45679, payload: { client_id: 1 } } });
		expect(await control('POST', '/redeliver', { eventId: 45679 })).toMatchObject({ status: 200 });
		expect(await control('POST', '/redeliver', { eventId: 1 })).toMatchObject({ status: 400 });
	});

	test('make a lead for a demo, with the fields that are given', async () => {
		expect(await control('POST', '/leads')).toMatchObject({ status: 200, json: { status: 'Lead - New' } });
		await control('POST', '/leads', { first_name: 'Mei' });
		expect(sandbox.store.records.all().at(-1)).toMatchObject({ first_name: 'Mei', last_name: 'Demo' });
		expect(await control('POST', '/leads', { email: 'x' })).toMatchObject({ status: 400 });
		const headers = { 'Content-Type': 'text/plain' };
		const asText = await call(sandbox, 'POST', '/__sandbox/leads', { body: {}, headers });
		expect(asText).toMatchObject({ status: 400 });
	});

	test('change dialect and limits, and list the choices', async () => {
		expect(await control('PATCH', '/dialect', { searchHit: 'data' })).toMatchObject({
			json: { searchHit: 'data' },
		});
		expect(sandbox.dialect.searchHit).toBe('data');
		expect(await control('PATCH', '/dialect', { searchHit: 'date' })).toMatchObject({ status: 400 });
		expect((await control('GET', '/dialect')).json).toMatchObject({
			choices: { searchPath: ['search', 'find', 'both'] },
		});
		await control('PATCH', '/limits', { read: 3 });
		expect(sandbox.limits.read).toBe(3);
		expect(await control('PATCH', '/limits', { read: -1 })).toMatchObject({ status: 400 });
	});

	test("take a share of a key's bucket", async () => {
		const body = { key: sandbox.apiKey, bucket: 'read', count: 50 };
		expect(await control('POST', '/limits/consume', body)).toMatchObject({ json: { remaining: 0 } });
		expect(await call(sandbox, 'GET', '/events')).toMatchObject({ status: 429 });
	});

	test('inject and clear faults', async () => {
		const fault = { route: 'GET /api/v1/events', kind: 'status-before', status: 500 };
		expect(await control('POST', '/faults', fault)).toMatchObject({ status: 200, json: [fault] });
		expect(await call(sandbox, 'GET', '/events')).toMatchObject({ status: 500 });
		expect(await control('POST', '/faults', { ...fault, kind: 'fire' })).toMatchObject({ status: 400 });
		expect(await control('POST', '/faults', { ...fault, route: '(' })).toMatchObject({ status: 400 });
		expect(await control('POST', '/faults', { ...fault, status: 42 })).toMatchObject({ status: 400 });
		await control('DELETE', '/faults');
		expect(await call(sandbox, 'GET', '/events')).toMatchObject({ status: 200 });
	});

	test('make and revoke keys', async () => {
		const { key } = (await control('POST', '/keys', { scopes: ['events:read'] })).json as { key: string };
		expect(await call(sandbox, 'GET', '/events', { key })).toMatchObject({ status: 200 });
		await control('POST', '/keys/revoke', { key });
		expect(await call(sandbox, 'GET', '/events', { key })).toMatchObject({ status: 401 });
		expect(await control('POST', '/keys', { scopes: ['everything'] })).toMatchObject({ status: 400 });
	});

	test('answer on loopback names only, so that no web page can reach them by a name of its own', async () => {
		const request = get(`${sandbox.url}/__sandbox/state`, { headers: { host: 'evil.example' } });
		const [response] = (await once(request, 'response')) as [{ statusCode: number; resume(): void }];
		response.resume();
		expect(response.statusCode).toBe(403);
	});
});

describe('the handle', () => {
	test('a reset brings everything back to the start', async () => {
		const start = JSON.stringify(sandbox.store);
		const key = sandbox.createKey(['admin']);
		sandbox.revokeKey(sandbox.apiKey);
		sandbox.setDialect({ searchPath: 'find', breakerFailures: 3 });
		sandbox.setLimits({ read: 1 });
		sandbox.faults.inject({ route: '/', kind: 'status-before' });
		sandbox.createLead();
		sandbox.raise('payment.failed');
		await call(sandbox, 'POST', '/events/test', { key });
		await control('POST', '/reset');
		expect(JSON.stringify(sandbox.store)).toBe(start);
		expect(sandbox.dialect).toMatchObject({ searchPath: 'both', breakerFailures: 10 });
		expect(sandbox.limits.read).toBe(50);
		expect(sandbox.faults.list()).toEqual([]);
		expect([...sandbox.requests, ...sandbox.deliveries]).toEqual([]);
		expect(await call(sandbox, 'GET', '/events')).toMatchObject({ status: 200 });
		expect(await call(sandbox, 'GET', '/events', { key })).toMatchObject({ status: 401 });
	});

	test('a closed sandbox no longer listens, and closing twice is no error', async () => {
		const other = await startSandbox();
		await call(other, 'GET', '/events');
		await other.close();
		await other.close();
		await expect(call(other, 'GET', '/events')).rejects.toThrow();
	});

	test('a port that is taken, a wrong setting and a wrong time scale are refused', async () => {
		await expect(startSandbox({ port: Number(new URL(sandbox.url).port) })).rejects.toThrow('EADDRINUSE');
		await expect(startSandbox({ dialect: { breakerFailures: -1 } })).rejects.toThrow(TypeError);
		await expect(startSandbox({ timeScale: 0 })).rejects.toThrow(RangeError);
		await expect(startSandbox({ limits: { read: NaN } })).rejects.toThrow(RangeError);
	});
});

describe('npm run sandbox', () => {
	const main = join('sandbox', 'main.mts');
	const run = (...flags: string[]) => spawn(process.execPath, ['--import', 'tsx', main, ...flags]);

	test('says where it answers and with which keys, takes settings, and ends on SIGTERM', async () => {
		const child = run('--port', '0', '--limit-read', '7', '--dialect', 'validationStatus=422', '--control');
		let printed = '';
		child.stdout.setEncoding('utf8');
		for await (const chunk of child.stdout as AsyncIterable<string>) {
			printed += chunk;
			if (printed.includes('Ctrl-C')) break;
		}
		const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed) ?? [];
		const [key = ''] = /wlcro_live_92_\S+/.exec(printed) ?? [];
		const exit = once(child, 'exit');
		const headers = { 'X-Api-Key': key };
		const events = await fetch(`${url}/api/v1/events?limit=0`, { headers });
		expect(events.status).toBe(422);
		const state = await fetch(`${url}/__sandbox/state`);
		expect(await state.json()).toMatchObject({ limits: { read: 7 } });
		child.kill('SIGTERM');
		expect(await exit).toEqual([0, null]);
	});

	test('explains an option that it does not know', async () => {
		const child = run('--prot', '1');
		let printed = '';
		child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
		expect(await once(child, 'close')).toEqual([1, null]);
		expect(printed).toContain("Unknown option '--prot'");
		expect(printed).toContain('Usage: npm run sandbox');
	});
});
