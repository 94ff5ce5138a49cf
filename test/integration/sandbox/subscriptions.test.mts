import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { type Sandbox, startSandbox } from '../../../sandbox/server.mts';
import { call } from './support.mts';

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox({ limits: { admin: 10_000 } });
});
afterEach(() => {
	sandbox.reset();
});
afterAll(() => sandbox.close());

const path = '/webhooks/subscriptions';
const targetUrl = 'https://n8n.example.com/webhook/1';
const wanted = { targetUrl, eventTypes: ['lead.created', 'payment.failed'], description: 'n8n' };
const create = (body: unknown = wanted) => call(sandbox, 'POST', path, { body });
const list = () => call(sandbox, 'GET', path);
const patch = (id: number | string, body: unknown) => call(sandbox, 'PATCH', `${path}/${id}`, { body });

describe('in the default dialect', () => {
	test('creating answers with the secret, 32 bytes in base64, and never again', async () => {
		const reply = await create();
		expect(reply.status).toBe(201);
		expect(reply.json).toEqual({
			id: 501,
			...wanted,
			isActive: true,
			createdUtc: expect.any(String),
			signingSecret: expect.any(String),
		});
		const { signingSecret } = reply.json as { signingSecret: string };
		expect(Buffer.from(signingSecret, 'base64')).toHaveLength(32);
		expect(sandbox.store.subscriptions.get(501)?.secret).toBe(signingSecret);
		for (const later of [await list(), await patch(501, { isActive: true })]) {
			expect(later.status).toBe(200);
			expect(later.text).not.toContain(signingSecret);
			expect(later.text).not.toMatch(/secret/i);
		}
	});

	test('URL, types, description and state can be changed one by one', async () => {
		await create();
		await patch(501, { targetUrl: 'https://n8n.example.com/2' });
		await patch(501, { eventTypes: ['client.created'] });
		await patch(501, { description: null });
		expect(await patch(501, { isActive: false })).toMatchObject({
			status: 200,
			json: { targetUrl: 'https://n8n.example.com/2', eventTypes: ['client.created'], isActive: false },
		});
		expect(await patch(501, { isActive: true })).toMatchObject({ json: { isActive: true } });
	});

	test('a deleted subscription is gone', async () => {
		await create();
		expect(await call(sandbox, 'DELETE', `${path}/501`)).toMatchObject({ status: 204, text: '' });
		expect((await list()).json).toEqual([]);
		expect(await call(sandbox, 'DELETE', `${path}/501`)).toMatchObject({ status: 404 });
		expect(await patch(501, { isActive: true })).toMatchObject({ status: 404 });
	});

	test('one subscription cannot be read by its id: no such route is published', async () => {
		await create();
		expect(await call(sandbox, 'GET', `${path}/501`)).toMatchObject({ status: 404 });
	});

	test.each([
		['nothing', {}],
		['the other spelling', { target_url: targetUrl, event_types: ['lead.created'] }],
		['no types', { targetUrl, eventTypes: [] }],
		['types as text', { targetUrl, eventTypes: 'lead.created' }],
		['a type that is no text', { targetUrl, eventTypes: ['lead.created', 1] }],
		['an unknown type', { targetUrl, eventTypes: ['lead.created', 'Lead.Created'] }],
		['a URL that is none', { ...wanted, targetUrl: 'n8n' }],
		['a URL of another scheme', { ...wanted, targetUrl: 'ftp://n8n.example.com/' }],
		['plain HTTP to another machine', { ...wanted, targetUrl: 'http://n8n.example.com/webhook/1' }],
	])('%s is refused and leaves nothing behind', async (_name, body) => {
		expect(await create(body)).toMatchObject({ status: 400 });
		expect(sandbox.store.subscriptions.size).toBe(0);
	});

	test.each([
		['nothing known', { active: true }],
		['the other spelling', { is_active: true }],
		['a state that is neither true nor false', { isActive: 'yes' }],
		['a bad URL beside a good list', { targetUrl: 'x', eventTypes: ['client.created'] }],
	])('a change of %s is refused and changes nothing', async (_name, body) => {
		await create();
		expect(await patch(501, body)).toMatchObject({ status: 400 });
		expect(sandbox.store.subscriptions.get(501)).toMatchObject({ ...wanted, isActive: true });
	});
});

describe('target URLs', () => {
	test.each(['http://127.0.0.1:5678/hook', 'http://localhost:5678/hook', 'http://[::1]:5678/hook'])(
		'in development %s is let in, otherwise not',
		async (url) => {
			expect(await create({ ...wanted, targetUrl: url })).toMatchObject({ status: 201 });
			sandbox.setDialect({ requirePublicHttps: true });
			expect(await create({ ...wanted, targetUrl: url })).toMatchObject({ status: 400 });
		},
	);

	test.each([
		['https://n8n.example.com/hook', 201],
		['https://8.8.8.8/hook', 201],
		['http://n8n.example.com/hook', 400],
		['https://localhost/hook', 400],
		['https://n8n.local/hook', 400],
		['https://10.1.2.3/hook', 400],
		['https://172.20.0.1/hook', 400],
		['https://192.168.1.1/hook', 400],
		['https://[fd00::1]/hook', 400],
	])('where public HTTPS is required, %s answers %d', async (url, status) => {
		sandbox.setDialect({ requirePublicHttps: true });
		expect((await create({ ...wanted, targetUrl: url })).status).toBe(status);
	});
});

describe('dialects', () => {
	test('snake_case holds for requests and answers', async () => {
		sandbox.setDialect({ subscriptionFields: 'snake_case' });
		expect(await create()).toMatchObject({ status: 400 });
		const reply = await create({ target_url: targetUrl, event_types: wanted.eventTypes });
		expect(reply).toMatchObject({
			status: 201,
			json: { id: 501, target_url: targetUrl, event_types: wanted.eventTypes, is_active: true },
		});
		expect(reply.json).toHaveProperty('signing_secret');
		expect(await patch(501, { is_active: false, isActive: true })).toMatchObject({
			json: { is_active: false },
		});
	});

	test.each([
		['camelCase', 'secret', 'secret'],
		['camelCase', 'verification_token', 'verificationToken'],
		['snake_case', 'verification_token', 'verification_token'],
	] as const)('in %s the secret can stand under %s', async (subscriptionFields, key, shown) => {
		sandbox.setDialect({ subscriptionFields, subscriptionSecretKey: key });
		const isCamel = subscriptionFields === 'camelCase';
		const { json } = await create(
			isCamel ? wanted : { target_url: targetUrl, event_types: wanted.eventTypes },
		);
		expect(json).toMatchObject({ id: 501, [shown]: sandbox.store.subscriptions.get(501)?.secret });
		expect(json).not.toHaveProperty(isCamel ? 'signingSecret' : 'signing_secret');
	});

	test.each([
		['camelCase', { subscriptionId: 501, url: targetUrl, events: 'lead.created,payment.failed' }],
		['snake_case', { subscription_id: 501, url: targetUrl, events: 'lead.created,payment.failed' }],
	] as const)('the other key names are spelled in %s too', async (subscriptionFields, shown) => {
		await create();
		sandbox.setDialect({
			subscriptionFields,
			subscriptionIdKey: 'subscription_id',
			subscriptionUrlKey: 'url',
			subscriptionTypesKey: 'events',
			subscriptionTypesForm: 'text',
		});
		expect((await list()).json).toMatchObject([shown]);
	});

	test('the secret can have the prefix of Standard Webhooks', async () => {
		sandbox.setDialect({ subscriptionSecretForm: 'whsec' });
		expect((await create()).json).toHaveProperty(
			'signingSecret',
			expect.stringMatching(/^whsec_[\w+/]{43}=$/),
		);
	});

	test('the secret can be called secret', async () => {
		sandbox.setDialect({ subscriptionSecretKey: 'secret' });
		expect((await create()).json).toHaveProperty('secret');
	});

	test('an id can be text, in answers and in paths', async () => {
		sandbox.setDialect({ subscriptionIdType: 'string' });
		expect(await create()).toMatchObject({ json: { id: 'sub_501' } });
		expect(await patch('sub_501', { isActive: false })).toMatchObject({ json: { id: 'sub_501' } });
	});

	test.each([
		['is_active', 'isActive', true, false],
		['is_enabled', 'isEnabled', true, false],
		['enabled', 'enabled', true, false],
		['active', 'active', true, false],
		['status', 'status', 'active', 'disabled'],
	] as const)('the state as %s is read and written as %s', async (stateKey, key, on, off) => {
		sandbox.setDialect({ subscriptionStateKey: stateKey });
		expect(await create()).toMatchObject({ json: { [key]: on } });
		expect(await patch(501, { [key]: off })).toMatchObject({ json: { [key]: off } });
		expect(await patch(501, { [key]: on })).toMatchObject({ json: { [key]: on } });
	});

	test('the state can be told in other words', async () => {
		sandbox.setDialect({ subscriptionStateKey: 'status', subscriptionStateWords: 'healthy/paused' });
		expect(await create()).toMatchObject({ json: { status: 'healthy' } });
		expect(await patch(501, { isActive: false })).toMatchObject({ json: { status: 'paused' } });
		expect(await patch(501, { status: 'healthy' })).toMatchObject({ json: { status: 'healthy' } });
	});

	test.each([
		['as-sent', 'https://N8N.example.com:443/Hook'],
		['normalized', 'https://n8n.example.com/Hook'],
		['trailing-slash', 'https://n8n.example.com/Hook/'],
		['upper-case', 'HTTPS://N8N.EXAMPLE.COM:443/HOOK'],
		['other-scheme', 'http://N8N.example.com:443/Hook'],
		['masked', 'https://n8n.example.com/Hook/***'],
	] as const)('a URL comes back %s', async (subscriptionUrlForm, shown) => {
		sandbox.setDialect({ subscriptionUrlForm });
		await create({ ...wanted, targetUrl: 'https://N8N.example.com:443/Hook' });
		expect((await list()).json).toMatchObject([{ targetUrl: shown }]);
	});

	test('a URL comes back cut', async () => {
		sandbox.setDialect({ subscriptionUrlForm: 'cut' });
		await create({ ...wanted, targetUrl: 'https://n8n.example.com/webhook/0123456789abcdef/webhook' });
		expect((await list()).json).toMatchObject([{ targetUrl: 'https://n8n.example.com/webhook/01234567' }]);
	});

	test.each([
		['bare', (subscription: unknown) => subscription],
		['data', (subscription: unknown) => ({ data: subscription })],
		['subscription', (subscription: unknown) => ({ subscription })],
	] as const)('one subscription comes %s', async (subscriptionWrapper, wrap) => {
		sandbox.setDialect({ subscriptionWrapper });
		expect((await create()).json).toMatchObject(wrap({ id: 501 }) as object);
		expect((await patch(501, { isActive: true })).json).toMatchObject(wrap({ id: 501 }) as object);
	});

	test.each([
		['bare', (subscriptions: unknown[]) => subscriptions],
		['subscriptions', (subscriptions: unknown[]) => ({ subscriptions })],
		['items', (subscriptions: unknown[]) => ({ items: subscriptions })],
		['data', (subscriptions: unknown[]) => ({ data: subscriptions })],
	] as const)('the list comes as %s', async (subscriptionListWrapper, wrap) => {
		sandbox.setDialect({ subscriptionListWrapper });
		await create();
		expect((await list()).json).toMatchObject(wrap([{ id: 501 }]));
	});

	describe('the list comes in pages', () => {
		const page = async (query: string) => await call(sandbox, 'GET', `${path}${query}`);
		const ids = (reply: { json: unknown }) =>
			(reply.json as { items: Array<{ id: number }> }).items.map(({ id }) => id);
		beforeEach(async () => {
			for (let i = 0; i < 5; i++) await create();
		});

		test.each([
			['cursor', { nextCursor: expect.any(String) }, { nextCursor: null }],
			['next-cursor', { next: expect.any(String) }, { next: null }],
		] as const)('by a %s', async (subscriptionPages, more, last) => {
			sandbox.setDialect({ subscriptionPages, subscriptionsPageSize: 2 });
			const seen: number[] = [];
			let cursor: string | null | undefined;
			for (let i = 0; i < 3; i++) {
				const reply = await page(cursor ? `?cursor=${cursor}` : '');
				seen.push(...ids(reply));
				expect(reply.json).toMatchObject(i < 2 ? more : last);
				cursor = Object.values(reply.json as Record<string, string | null>).at(-1);
			}
			expect(seen).toEqual([501, 502, 503, 504, 505]);
			expect((await page('?cursor=x')).status).toBe(400);
		});

		test('by a flag, with the last id as the cursor', async () => {
			sandbox.setDialect({ subscriptionPages: 'more-flag', subscriptionsPageSize: 3 });
			expect((await page('')).json).toMatchObject({ hasMore: true });
			const last = await page('?cursor=503');
			expect([ids(last), last.json]).toMatchObject([[504, 505], { hasMore: false }]);
		});

		test('by numbers', async () => {
			sandbox.setDialect({ subscriptionPages: 'page-number', subscriptionsPageSize: 3 });
			expect((await page('')).json).toMatchObject({ page: 1, totalPages: 2 });
			const last = await page('?page=2');
			expect([ids(last), last.json]).toMatchObject([[504, 505], { page: 2, totalPages: 2 }]);
			expect((await page('?page=0')).status).toBe(400);
		});

		test('by addresses at another host', async () => {
			sandbox.setDialect({ subscriptionPages: 'next-url', subscriptionsPageSize: 3 });
			const next = 'https://crm.internal.example.com/api/v1/webhooks/subscriptions?page=2';
			expect((await page('')).json).toMatchObject({ next });
			const last = await page('?page=2');
			expect([ids(last), last.json]).toMatchObject([[504, 505], { next: null }]);
		});

		test('by a header, of bare lists', async () => {
			sandbox.setDialect({ subscriptionPages: 'link-header', subscriptionsPageSize: 3 });
			expect((await page('')).headers.get('link')).toMatch(
				/<\S+page=1>; rel="first", <\S+page=2>; rel="next"$/,
			);
			const last = await page('?page=2');
			expect(last.headers.get('link')).not.toContain('next');
			expect(last.json).toMatchObject([{ id: 504 }, { id: 505 }]);
		});
	});

	test('enabling by PATCH can be ignored', async () => {
		sandbox.setDialect({ subscriptionReenable: 'ignored' });
		await create();
		expect(await patch(501, { isActive: false })).toMatchObject({ json: { isActive: false } });
		expect(await patch(501, { isActive: true })).toMatchObject({ status: 200, json: { isActive: false } });
	});

	test.each([400, 403, 409, 422] as const)(
		'a second subscription to an address can be refused with %d',
		async (subscriptionAddressTaken) => {
			await create();
			await create();
			sandbox.setDialect({ subscriptionAddressTaken });
			expect((await create()).status).toBe(subscriptionAddressTaken);
			expect((await create({ ...wanted, targetUrl: `${targetUrl}/2` })).status).toBe(201);
			expect((await list()).json).toHaveLength(3);
		},
	);

	test('a setting or a value that does not exist is refused by name', () => {
		expect(() => {
			sandbox.setDialect({ breakerFailures: 0.5 });
		}).toThrow('breakerFailures must be a whole number');
		expect(() => {
			sandbox.setDialect(JSON.parse('{"searchPath":"seek"}') as object);
		}).toThrow('searchPath must be one of search, find, both');
		expect(() => {
			sandbox.setDialect(JSON.parse('{"searchpath":"find"}') as object);
		}).toThrow('no dialect setting searchpath');
	});
});
