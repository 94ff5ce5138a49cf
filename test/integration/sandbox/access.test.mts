import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { dialectChoices } from '../../../sandbox/dialect.mts';
import { scopes } from '../../../sandbox/keys.mts';
import { RateLimiter } from '../../../sandbox/limits.mts';
import { type Sandbox, startSandbox } from '../../../sandbox/server.mts';
import { foreignClientId } from '../../../sandbox/store/seed.mts';
import { patience } from '../../../scripts/real-n8n/patience.mts';
import { ada, call, makeLead } from './support.mts';

let sandbox: Sandbox;
beforeAll(async () => {
	// A window of a day, so that none ends in mid-test.
	sandbox = await startSandbox({ limits: { windowSeconds: 86_400 } });
});
afterEach(() => {
	sandbox.reset();
});
afterAll(() => sandbox.close());

const statuses = '/integrations/lookups/client-statuses';

describe('keys', () => {
	test.each([
		['no key', ''],
		['a word that is no key', 'secret'],
		['a truncated key', 'wlcro_live_92_not-a-real'],
		['a key of the right form that nobody made', 'wlcro_live_92_AAAA_BBBB-CCCC'],
		[
			'the key with white space that HTTP does not strip',
			'wlcro_live_92_not-a-real_secret-only_for-the-sandbox\u00a0',
		],
	])('%s is a 401', async (_name, key) => {
		expect(await call(sandbox, 'GET', statuses, { key })).toMatchObject({ status: 401 });
	});

	test('a revoked key is a 401, and works again never', async () => {
		const key = sandbox.createKey(['integrations:read']);
		expect(await call(sandbox, 'GET', statuses, { key })).toMatchObject({ status: 200 });
		sandbox.revokeKey(key);
		expect(await call(sandbox, 'GET', statuses, { key })).toMatchObject({ status: 401 });
	});

	test('the ready-made key has both "_" and "-" in its secret', () => {
		expect(sandbox.apiKey).toMatch(/^wlcro_live_92_(?=.*_)(?=.*-)/);
	});

	test.each([
		['live', /^wlcro_live_92_[\w-]{43}$/],
		['plain', /^wlcro_92_[\w-]{43}$/],
	] as const)('new keys can be spelled the %s way', (keyForm, spelling) => {
		sandbox.setDialect({ keyForm });
		expect(sandbox.createKey(['admin'])).toMatch(spelling);
	});

	test.each([
		['integrations:read', 'GET', '/integrations/clients/search?client_id=12345'],
		['integrations:read', 'GET', statuses],
		['integrations:write', 'POST', '/integrations/leads'],
		['integrations:write', 'POST', '/integrations/clients/12345/notes'],
		['integrations:write', 'PATCH', '/integrations/affiliates/301'],
		['events:read', 'GET', '/events'],
		['admin', 'POST', '/events/test'],
		['webhooks:write', 'GET', '/webhooks/subscriptions'],
		['webhooks:write', 'POST', '/webhooks/subscriptions'],
		['webhooks:write', 'PATCH', '/webhooks/subscriptions/1'],
		['webhooks:write', 'DELETE', '/webhooks/subscriptions/1'],
	] as const)('without %s, %s %s is a 403 that names the scope', async (scope, method, path) => {
		const key = sandbox.createKey(scopes.filter((other) => other !== scope));
		const reply = await call(sandbox, method, path, { key });
		expect(reply).toMatchObject({ status: 403 });
		expect(reply.text).toContain(scope);
	});

	test.each([
		['PATCH', `/integrations/clients/${foreignClientId}`],
		['PATCH', `/integrations/clients/${foreignClientId}/status`],
		['PATCH', `/integrations/leads/${foreignClientId}`],
		['POST', `/integrations/clients/${foreignClientId}/notes`],
	])("%s %s, another company's record, is a 403", async (method, path) => {
		expect(await call(sandbox, method, path, { body: {} })).toMatchObject({ status: 403 });
	});
});

describe('rate limits', () => {
	test('every successful answer carries the five headers', async () => {
		const { headers } = await call(sandbox, 'GET', statuses);
		expect(headers.get('x-ratelimit-limit')).toBe('60');
		expect(headers.get('x-ratelimit-remaining')).toBe('59');
		expect(headers.get('x-ratelimit-window')).toBe('1440m');
		expect(headers.get('x-ratelimit-policy')).toBe('read:60/1440m');
		const reset = Number(headers.get('x-ratelimit-reset'));
		expect(reset % 86_400).toBe(0);
		expect(reset * 1000).toBeGreaterThan(Date.now());
	});

	test('an error that is no 429 carries none of them', async () => {
		const { headers } = await call(sandbox, 'PATCH', '/integrations/clients/1', { body: {} });
		expect([...headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
	});

	test.each([
		['read', 'GET', '/events'],
		['read', 'GET', '/webhooks/subscriptions'],
		['read', 'GET', '/integrations/leads/search?client_id=12401'],
		['read', 'GET', statuses],
		['write', 'POST', '/integrations/leads'],
		['write', 'PATCH', '/integrations/clients/12345/status'],
		['write', 'POST', '/integrations/clients/12345/notes'],
		['write', 'DELETE', '/webhooks/subscriptions/1'],
		['admin', 'POST', '/events/test'],
		['admin', 'POST', '/webhooks/subscriptions'],
		['admin', 'PATCH', '/webhooks/subscriptions/1'],
	] as const)('the %s bucket counts %s %s', async (bucket, method, path) => {
		await call(sandbox, method, path);
		expect(sandbox.requests.at(-1)?.bucket).toBe(bucket);
	});

	test('a bucket that is used up answers 429 and does no work; other buckets and keys go on', async () => {
		sandbox.setLimits({ write: 2 });
		await makeLead(sandbox);
		await makeLead(sandbox);
		const before = sandbox.store.records.size;
		const refused = await call(sandbox, 'POST', '/integrations/leads', { body: ada });
		expect(refused.status).toBe(429);
		expect(sandbox.store.records.size).toBe(before);
		expect(await call(sandbox, 'GET', statuses)).toMatchObject({ status: 200 });
		const key = sandbox.createKey(['integrations:write']);
		const other = await call(sandbox, 'POST', '/integrations/leads', { body: ada, key });
		expect(other.status).toBe(201);
	});

	test("another client's share is missing from the key's bucket", async () => {
		sandbox.consume(sandbox.apiKey, 'read', 58);
		const { headers } = await call(sandbox, 'GET', statuses);
		expect(headers.get('x-ratelimit-remaining')).toBe('1');
		expect(() => sandbox.consume('unknown', 'read', 1)).toThrow(RangeError);
	});

	test.each([
		['all-headers', true, true],
		['rate-limit-headers', true, false],
		['retry-after', false, true],
		['no-headers', false, false],
	] as const)('a 429 in the form %s', async (tooManyRequests, hasRateLimit, hasRetryAfter) => {
		sandbox.setDialect({ tooManyRequests });
		sandbox.setLimits({ read: 1 });
		await call(sandbox, 'GET', statuses);
		const { status, headers } = await call(sandbox, 'GET', statuses);
		expect(status).toBe(429);
		expect(headers.get('x-ratelimit-remaining')).toBe(hasRateLimit ? '0' : null);
		expect(headers.has('x-ratelimit-reset')).toBe(hasRateLimit);
		expect(headers.has('retry-after')).toBe(hasRetryAfter);
	});

	test('Retry-After is the seconds to the reset, or its HTTP date', async () => {
		sandbox.setLimits({ read: 1 });
		await call(sandbox, 'GET', statuses);
		const before = Date.now() / 1000;
		const seconds = (await call(sandbox, 'GET', statuses)).headers;
		const after = Date.now() / 1000;
		const resetAt = Number(seconds.get('x-ratelimit-reset'));
		const wait = Number(seconds.get('retry-after'));
		expect(wait).toBeGreaterThanOrEqual(Math.floor(resetAt - after));
		expect(wait).toBeLessThanOrEqual(Math.ceil(resetAt - before));
		sandbox.setDialect({ retryAfterForm: 'http-date' });
		const date = (await call(sandbox, 'GET', statuses)).headers.get('retry-after') ?? '';
		expect(date).toMatch(/ GMT$/);
		expect(Date.parse(date) / 1000).toBe(resetAt);
	});

	test('a window begins on a multiple of its length and ends all at once', () => {
		let now = 1_737_739_505_900;
		const limiter = new RateLimiter({ read: 2, windowSeconds: 6 }, () => now);
		expect(limiter.take('k', 'read')).toMatchObject({ allowed: true, remaining: 1, resetAt: 1_737_739_506 });
		expect(limiter.take('k', 'read')).toMatchObject({ allowed: true, remaining: 0 });
		expect(limiter.take('k', 'read')).toMatchObject({ allowed: false, remaining: 0 });
		now += 99;
		expect(limiter.take('k', 'read')).toMatchObject({ allowed: false });
		now += 1;
		expect(limiter.take('k', 'read')).toMatchObject({ allowed: true, remaining: 1, resetAt: 1_737_739_512 });
	});

	test("a window that begins with the key's first call ends its length later, in between two seconds", () => {
		let now = 1_737_739_505_900;
		const limiter = new RateLimiter({ read: 1, windowSeconds: 6 }, () => now, {
			rateLimitWindows: 'first-call',
		});
		expect(limiter.take('k', 'read')).toMatchObject({ allowed: true, resetAt: 1_737_739_511.9 });
		now += 5999;
		expect(limiter.take('k', 'read')).toMatchObject({ allowed: false, resetAt: 1_737_739_511.9 });
		now += 1001;
		expect(limiter.take('k', 'read')).toMatchObject({ allowed: true, resetAt: 1_737_739_518.9 });
	});

	test.each([
		['rounded-up', 0, 1],
		['rounded-down', -1, 0],
	] as const)('a reset in between two seconds is %s', async (rateLimitReset, least, most) => {
		sandbox.setDialect({ rateLimitWindows: 'first-call', rateLimitReset });
		const before = Date.now() / 1000;
		const { headers } = await call(sandbox, 'GET', statuses);
		const reset = Number(headers.get('x-ratelimit-reset')) - sandbox.limits.windowSeconds;
		expect(reset).toBeGreaterThanOrEqual(before + least);
		expect(reset).toBeLessThanOrEqual(Date.now() / 1000 + most);
	});

	test('a limit that is not a whole number above zero is refused', () => {
		expect(() => {
			sandbox.setLimits({ read: 0 });
		}).toThrow(RangeError);
		expect(() => {
			sandbox.setLimits({ windowSeconds: 0.5 });
		}).toThrow(RangeError);
		expect(sandbox.limits.read).toBe(60);
	});
});

describe('every answer', () => {
	test.each(dialectChoices.requestIdHeader)(
		'has its request id under %s, and a date',
		async (requestIdHeader) => {
			sandbox.setDialect({ requestIdHeader });
			for (const path of [statuses, '/nowhere', '/%ZZ']) {
				const { headers } = await call(sandbox, 'GET', path);
				expect(headers.get(requestIdHeader)).toMatch(/^[\da-f-]{36}$/);
				expect(Date.parse(headers.get('date') ?? '')).toBeGreaterThan(0);
			}
		},
	);

	test('has the date of the CRM, by whose clock records are stored and limits reset', async () => {
		sandbox.setClock(-600_000);
		sandbox.setLimits({ read: 1, windowSeconds: 60 });
		const { headers } = await call(sandbox, 'GET', statuses);
		const refused = await call(sandbox, 'GET', statuses);
		const created = sandbox.createLead() as { created_utc: string };
		const there = Date.now() - 600_000;
		for (const time of [headers.get('date') ?? '', created.created_utc]) {
			expect(Math.abs(Date.parse(time) - there)).toBeLessThan(patience(500));
		}
		expect(Math.abs(Number(headers.get('x-ratelimit-reset')) * 1000 - there)).toBeLessThan(
			60_000 + patience(500),
		);
		expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
		sandbox.reset();
		const { headers: after } = await call(sandbox, 'GET', statuses);
		expect(Math.abs(Date.parse(after.get('date') ?? '') - Date.now())).toBeLessThan(patience(500));
	});

	test('a request is logged with what was sent and what was answered', async () => {
		const body = { ...ada, email: 'no address' };
		const { headers } = await call(sandbox, 'POST', '/integrations/leads?x=1', { body });
		expect(sandbox.requests).toHaveLength(1);
		expect(sandbox.requests[0]).toMatchObject({
			id: headers.get('x-request-id'),
			method: 'POST',
			path: '/api/v1/integrations/leads',
			query: { x: '1' },
			headers: { 'x-api-key': sandbox.apiKey, 'content-type': 'application/json' },
			rawBody: JSON.stringify(body),
			body,
			status: 400,
			bucket: 'write',
			keyId: 'key-1',
		});
	});

	test('the log keeps the last requests only', async () => {
		const small = await startSandbox({ logSize: 2 });
		for (const id of [1, 2, 3]) await call(small, 'GET', `/nowhere/${id}`);
		expect(small.requests.map(({ path }) => path)).toEqual(['/api/v1/nowhere/2', '/api/v1/nowhere/3']);
		await small.close();
	});
});

describe('error bodies', () => {
	const message = 'Validation failed; email: must be an e-mail address';
	test.each([
		['message', 'application/json', JSON.stringify({ message })],
		['error-text', 'application/json', JSON.stringify({ error: message })],
		['error-object', 'application/json', JSON.stringify({ error: { code: 'validation_failed', message } })],
		[
			'problem',
			'application/problem+json',
			JSON.stringify({
				title: 'Bad Request',
				status: 400,
				detail: 'Validation failed',
				errors: { email: ['must be an e-mail address'] },
			}),
		],
		['text', 'text/plain', message],
		['empty', 'text/plain', ''],
	] as const)('come in the form %s', async (errorBody, type, text) => {
		sandbox.setDialect({ errorBody });
		const body = { ...ada, email: 'ada' };
		const reply = await call(sandbox, 'POST', '/integrations/leads', { body });
		expect(reply.status).toBe(400);
		expect(reply.headers.get('content-type')).toContain(type);
		expect(reply.text).toBe(text);
	});

	test('come as an HTML page, in which what was sent cannot become a tag', async () => {
		sandbox.setDialect({ errorBody: 'html' });
		const reply = await call(sandbox, 'GET', '/<b>');
		expect(reply.headers.get('content-type')).toContain('text/html');
		expect(reply.text).toMatch(/^<!doctype html>/);
		expect(reply.text).not.toContain('<b>');
	});

	test('a validation error is a 400 or a 422, as the dialect says', async () => {
		sandbox.setDialect({ validationStatus: 422 });
		expect(await call(sandbox, 'POST', '/integrations/leads', { body: {} })).toMatchObject({ status: 422 });
	});

	test.each(['{"first_name":', '[]', '"text"', 'null'])('the body %s is a validation error', async (body) => {
		expect(await call(sandbox, 'POST', '/integrations/leads', { body })).toMatchObject({ status: 400 });
	});
});
