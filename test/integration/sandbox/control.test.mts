import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import type { Overview } from '../../../sandbox/overview.mts';
import { type Sandbox, startSandbox } from '../../../sandbox/server.mts';
import { until } from '../../../scripts/real-n8n/until.mts';
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

	test('make a client for a demo as well', async () => {
		expect(await control('POST', '/clients')).toMatchObject({
			status: 200,
			json: { client_id: 20001, status: 'Client - Active' },
		});
		expect(sandbox.store.events.at(-1)).toMatchObject({
			type: 'client.created',
			payload: { client_id: 20001, first_name: 'Dana' },
		});
		expect(await control('POST', '/clients', { status: 'Lost' })).toMatchObject({ status: 400 });
	});

	test('change a status as the API does: the record changes, and the event says what it was before', async () => {
		const receiver = await startReceiver();
		await subscribe(sandbox, receiver.url, ['client.status_changed']);
		const change = { new_status: 'Client - Graduated', status_note: 'Done', changed_by_employee_id: 7 };
		expect(await control('PATCH', '/clients/12345/status', change)).toMatchObject({
			status: 200,
			json: { previous_status: 'Client - Active', new_status: 'Client - Graduated' },
		});
		expect(sandbox.store.records.get(12345)?.status).toEqual({
			status_id: 44,
			status_name: 'Client - Graduated',
		});
		await sandbox.settled();
		expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
			type: 'client.status_changed',
			payload: { client_id: 12345, previous_status: 'Client - Active', ...change },
		});
		expect(await control('PATCH', '/clients/12401/status', { new_status_id: 12 })).toMatchObject({
			json: { new_status: 'Lead - Contacted' },
		});
		expect(sandbox.store.events).toHaveLength(2);
		await receiver.close();
	});

	test.each([
		[404, 1, { new_status_id: 44 }, 'Client not found'],
		[403, 99001, { new_status_id: 44 }, 'another company'],
		[400, 12345, {}, 'either new_status or new_status_id'],
		[400, 12345, { new_status: 'Lost' }, 'new_status: is not a known status'],
		[400, 12345, { new_status: {} }, 'new_status must be string'],
		[400, 'x', { new_status_id: 44 }, 'client_id must be integer'],
	])('answer %i to a status change of %s to %o, which changes nothing', async (status, id, change, why) => {
		const start = JSON.stringify(sandbox.store);
		const reply = await control('PATCH', `/clients/${id}/status`, change);
		expect(reply).toMatchObject({ status, json: { message: expect.stringContaining(why) } });
		expect(JSON.stringify(sandbox.store)).toBe(start);
	});

	test('raise what happens to a client outside the API, with the id of that client', async () => {
		const raised = await control('POST', '/clients/12346/events', { type: 'payment.failed' });
		expect(raised).toMatchObject({
			status: 200,
			json: { type: 'payment.failed', payload: { client_id: 12346, failure_reason: 'Card declined' } },
		});
		expect(sandbox.store.events.at(-1)).toEqual(raised.json);
		const noClientEvent = { type: 'affiliate.created' };
		expect(await control('POST', '/clients/12346/events', noClientEvent)).toMatchObject({ status: 400 });
		expect(await control('POST', '/clients/99001/events', { type: 'payment.failed' })).toMatchObject({
			status: 403,
		});
		expect(await control('POST', '/clients/1/events', { type: 'payment.failed' })).toMatchObject({
			status: 404,
		});
	});

	test.each([
		['payment.succeeded', 'payment_amount'],
		['payment.failed', 'amount_attempted'],
	])('raise %s with the amount that is given, under the name it has there', async (type, field) => {
		const given = { type, amount: 1250.5 };
		expect((await control('POST', '/clients/12346/events', given)).json).toMatchObject({
			payload: { client_id: 12346, [field]: 1250.5 },
		});
		expect((await control('POST', '/raise', given)).json).toMatchObject({ payload: { [field]: 1250.5 } });
		expect((await control('POST', '/raise', { type })).json).toMatchObject({ payload: { [field]: 99 } });
	});

	test('refuse an amount that is none, and one for an event that has none', async () => {
		for (const path of ['/raise', '/clients/12346/events']) {
			for (const amount of [0, -1, 'much', {}]) {
				expect(await control('POST', path, { type: 'payment.failed', amount })).toMatchObject({
					status: 400,
				});
			}
			expect(await control('POST', path, { type: 'document.uploaded', amount: 1 })).toMatchObject({
				status: 400,
				json: { message: 'document.uploaded has no amount' },
			});
		}
		expect(sandbox.store.events).toHaveLength(1);
	});

	test('enable a subscription whose breaker has tripped, with no failures counted', async () => {
		await subscribe(sandbox, 'http://127.0.0.1:9/hook', ['payment.failed']);
		sandbox.tripBreaker(501);
		const trippedState = (await control('GET', '/overview')).json as Overview;
		expect(trippedState.subscriptions.newest).toMatchObject([{ state: 'Breaker tripped' }]);
		expect(await control('POST', '/subscriptions/501/enable')).toMatchObject({ json: { enabled: true } });
		expect(sandbox.store.subscriptions.get(501)).toMatchObject({ isActive: true, consecutiveFailures: 0 });
		expect(await control('POST', '/subscriptions/1/enable')).toMatchObject({ status: 400 });
	});

	test('trip a circuit breaker: the subscription is disabled, its retries are dropped, and the API can enable it', async () => {
		const receiver = await startReceiver();
		receiver.answer = (response) => {
			response.statusCode = 500;
			response.end();
		};
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		// No retry comes meanwhile.
		sandbox.setDialect({ backoffBaseMs: 600_000 });
		sandbox.raise('payment.failed');
		await until('the first attempt', 500, () => sandbox.deliveries[0]);
		expect(sandbox.pending()).toMatchObject([{ attempt: 2, state: 'scheduled' }]);
		expect(await control('POST', '/subscriptions/501/trip')).toMatchObject({ json: { tripped: true } });
		expect(sandbox.store.subscriptions.get(501)).toMatchObject({ isActive: false, consecutiveFailures: 10 });
		expect(sandbox.pending()).toEqual([]);
		await call(sandbox, 'PATCH', '/webhooks/subscriptions/501', { body: { isActive: true } });
		expect(sandbox.store.subscriptions.get(501)).toMatchObject({ isActive: true, consecutiveFailures: 0 });
		expect(await control('POST', '/subscriptions/1/trip')).toMatchObject({ status: 400 });
		expect(await control('POST', '/subscriptions/x/trip')).toMatchObject({ status: 400 });
		await receiver.close();
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
		expect((await control('GET', '/faults')).json).toMatchObject({
			now: [{ kind: 'status-before', struck: 1 }],
			kinds: {
				delivery: expect.arrayContaining(['late-delivery']),
				request: expect.arrayContaining(['html']),
			},
		});
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

describe('a web page of another origin', () => {
	const headers = (origin: string) => ({ origin, 'Content-Type': 'application/json' });

	test.each(['http://evil.example', 'http://127.0.0.1:1', 'http://localhost:5678', 'null'])(
		'%s can write nothing, with or without a body',
		async (origin) => {
			const start = JSON.stringify(sandbox.store);
			for (const path of ['leads', 'reset', 'raise']) {
				const address = `/__sandbox/${path}`;
				const bare = await call(sandbox, 'POST', address, { headers: { origin } });
				expect(bare).toMatchObject({ status: 403 });
				const body = { type: 'payment.failed' };
				expect(await call(sandbox, 'POST', address, { headers: headers(origin), body })).toMatchObject({
					status: 403,
				});
			}
			expect(JSON.stringify(sandbox.store)).toBe(start);
		},
	);

	test("can read nothing: no answer allows another origin, while the sandbox's own page is let in", async () => {
		const own = await call(sandbox, 'GET', '/__sandbox/state', { headers: headers(sandbox.url) });
		expect(own.status).toBe(200);
		expect(own.headers.get('access-control-allow-origin')).toBeNull();
		const other = await call(sandbox, 'GET', '/__sandbox/state', { headers: headers('http://evil.example') });
		expect(other).toMatchObject({ status: 403, text: expect.not.stringContaining('records') });
	});
});

describe('the overview, which the web page asks for every second', () => {
	const look = (etag = '') =>
		call(sandbox, 'GET', '/__sandbox/overview', { key: '', headers: { 'If-None-Match': etag } });

	test('is sent again only if there is news', async () => {
		const first = await look();
		const etag = first.headers.get('etag') ?? '';
		expect(await look(etag)).toMatchObject({ status: 304, text: '' });
		sandbox.createLead();
		expect(await look(etag)).toMatchObject({ status: 200 });
	});

	test('holds no secret, no header, query or body of a request, and no record of another company', async () => {
		const receiver = await startReceiver();
		const { signingSecret } = await subscribe(sandbox, receiver.url, ['lead.created']);
		const key = sandbox.createKey(['integrations:read']);
		await call(sandbox, 'GET', '/integrations/lookups/clients?q=wanted', { key });
		await call(sandbox, 'POST', '/integrations/clients/12345/notes', { body: { text: 7, n: 'unheard' } });
		const { text } = await look();
		for (const hidden of [signingSecret, key, 'wanted', 'unheard', 'Other Company', '99001']) {
			expect(text).not.toContain(hidden);
		}
		expect(text).toContain('/api/v1/integrations/lookups/clients');
		await receiver.close();
	});

	test.each([
		['Ignored: Only Texas', 'ignored', 'Ignored: Only Texas'],
		['{"message":"Ignored: duplicate"}', 'ignored', 'Ignored: duplicate'],
		['"Ignored: duplicate"', 'ignored', 'Ignored: duplicate'],
		['{"message":"Workflow was started"}', 'delivered', 'Workflow was started'],
		['We ignored: it', 'delivered', 'We ignored: it'],
		['null', 'delivered', 'null'],
		['', 'delivered', ''],
		['x'.repeat(5000), 'delivered', 'x'.repeat(200)],
	])('gives the short words of an answer: %.40s is %s', async (answer, outcome, said) => {
		const receiver = await startReceiver();
		receiver.answer = (response) => {
			response.end(answer);
		};
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		await control('POST', '/raise', { type: 'payment.failed', amount: 12 });
		await sandbox.settled();
		const { deliveries, events } = (await look()).json as Overview;
		expect(deliveries.newest).toMatchObject([{ outcome, said, amount: 12 }]);
		expect(events.newest.map(({ amount }) => amount)).toEqual([12, null]);
		await receiver.close();
	});

	test('calls no failure ignored, whatever it answered', async () => {
		const receiver = await startReceiver();
		receiver.answer = (response) => {
			response.statusCode = 500;
			response.end('Ignored: duplicate');
		};
		sandbox.setDialect({ backoffBaseMs: 600_000 });
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		sandbox.raise('payment.failed');
		await until('the first attempt', 500, () => sandbox.deliveries[0]);
		expect(((await look()).json as Overview).deliveries.newest).toMatchObject([{ outcome: 'will-retry' }]);
		await receiver.close();
	});

	test('shows an attempt that is under way, and after its failure the time of its retry', async () => {
		const receiver = await startReceiver();
		let answer: (() => void) | undefined;
		receiver.answer = (response) => {
			answer = () => {
				response.statusCode = 500;
				response.end('busy');
			};
		};
		await subscribe(sandbox, receiver.url, ['lead.created']);
		sandbox.setDialect({ signature: 'standard-webhooks', backoffBaseMs: 600_000 });
		sandbox.createLead();
		await until('the delivery', 500, () => answer);
		expect((await look()).json).toMatchObject({
			deliveries: { total: 1, newest: [{ eventId: 45679, attempt: 1, result: 'Sending', answer: null }] },
			retries: 0,
		});
		answer?.();
		await until('the first attempt', 500, () => sandbox.deliveries[0]);
		const { deliveries, retries } = (await look()).json as Overview;
		const answered = { text: 'busy', signature: 'standard-webhooks' };
		expect(deliveries.newest).toMatchObject([
			{ attempt: 1, outcome: 'will-retry', result: 'Failed: 500', answer: answered },
		]);
		const wait = Date.parse(deliveries.newest[0]?.nextAttemptAt ?? '') - Date.now();
		expect(wait).toBeGreaterThan(0);
		expect(wait).toBeLessThanOrEqual(600_000);
		expect({ retries, total: deliveries.total }).toEqual({ retries: 1, total: 1 });
		await receiver.close();
	});
});

describe('the web page', () => {
	test('is there with the control endpoints only', async () => {
		const plain = await startSandbox();
		expect((await fetch(plain.url)).status).toBe(404);
		await plain.close();
		const page = await fetch(sandbox.url);
		expect(page.status).toBe(200);
		expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
		expect(sandbox.requests).toEqual([]);
	});

	test('may load nothing from elsewhere, run no text as a script, and stand in no frame', async () => {
		const page = await fetch(sandbox.url);
		expect(page.headers.get('content-security-policy')?.split('; ')).toEqual([
			"default-src 'self'",
			expect.stringMatching(/^script-src 'self' 'sha256-[\w+/]{43}='$/),
			"base-uri 'none'",
			"form-action 'none'",
			"frame-ancestors 'none'",
			"require-trusted-types-for 'script'",
		]);
		expect(page.headers.get('x-content-type-options')).toBe('nosniff');
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
			if (printed.includes('Ctrl+C')) break;
		}
		expect(printed).toContain('open it in a browser');
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
