import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { type Sandbox, startSandbox } from '../../../sandbox/server.mts';
import { foreignClientId } from '../../../sandbox/store/seed.mts';
import { ada, call, makeLead } from './support.mts';

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox({ limits: { read: 10_000 } });
});
afterEach(() => {
	sandbox.reset();
});
afterAll(() => sandbox.close());

const find = (kind: 'clients' | 'leads', query: Record<string, string>, last = 'search') =>
	call(sandbox, 'GET', `/integrations/${kind}/${last}?${new URLSearchParams(query).toString()}`);
const jane = { email: 'jane.smith@example.com' };

describe('searches', () => {
	test('a hit has exactly the fourteen documented fields', async () => {
		expect((await find('clients', jane)).json).toEqual({
			client_id: 12345,
			first_name: 'Jane',
			last_name: 'Smith',
			full_name: 'Jane Smith',
			email: 'jane.smith@example.com',
			phone: '+14155551234',
			status: 'Client - Active',
			status_id: 42,
			status_name: 'Client - Active',
			employee_id: 7,
			employee_name: 'John Advisor',
			affiliate_id: null,
			affiliate_name: null,
			created_utc: '2026-01-28T10:30:00Z',
		});
		expect((await find('clients', { client_id: '12510' })).json).toMatchObject({
			affiliate_id: 301,
			affiliate_name: 'Paula Partner',
		});
	});

	test.each([
		['email in any case', { email: 'JANE.Smith@Example.com' }],
		['phone', { phone: '+14155551234' }],
		['client_id', { client_id: '12345' }],
		['several criteria that all match', { ...jane, phone: '+14155551234', client_id: '12345' }],
		['an empty criterion beside a filled one', { ...jane, phone: '' }],
	])('a client is found by %s', async (_name, query) => {
		expect(await find('clients', query)).toMatchObject({ status: 200, json: { client_id: 12345 } });
	});

	test('a client is found by external_id', async () => {
		const found = await find('clients', { external_id: 'crm-12510' });
		expect(found.json).toMatchObject({ client_id: 12510 });
	});

	test.each([
		['a part of an email', { email: 'jane.smith' }],
		['a phone in another notation', { phone: '14155551234' }],
		['criteria of two records', { ...jane, phone: '+14155562346' }],
		["another company's record", { client_id: String(foreignClientId) }],
	])('%s finds nothing', async (_name, query) => {
		expect(await find('clients', query)).toMatchObject({ status: 404 });
	});

	test('no criterion, or a client_id that is no number, is a validation error', async () => {
		expect(await find('clients', {})).toMatchObject({ status: 400 });
		expect(await find('leads', { email: '' })).toMatchObject({ status: 400 });
		expect(await find('leads', { client_id: '1 OR 1' })).toMatchObject({ status: 400 });
	});

	test('of several matches the lowest client_id is the answer', async () => {
		const first = await makeLead(sandbox, { external_id: 'twice' });
		await makeLead(sandbox, { external_id: 'twice' });
		expect((await find('leads', { external_id: 'twice' })).json).toMatchObject({ client_id: first });
	});

	test('Find Lead sees leads only, and a converted lead no more', async () => {
		expect(await find('leads', jane)).toMatchObject({ status: 404 });
		expect(await find('leads', { client_id: '12401' })).toMatchObject({ status: 200 });
		const body = { new_status: 'Client - Active' };
		await call(sandbox, 'PATCH', '/integrations/clients/12401/status', { body });
		expect(await find('leads', { client_id: '12401' })).toMatchObject({ status: 404 });
		expect(await find('clients', { client_id: '12401' })).toMatchObject({ status: 200 });
	});

	test('a lead is found before a client that shares its email', async () => {
		await call(sandbox, 'POST', '/integrations/clients', { body: ada });
		const client_id = await makeLead(sandbox);
		expect((await find('leads', { email: ada.email })).json).toMatchObject({ client_id });
	});

	test('whether Find Client sees leads is a setting', async () => {
		expect(await find('clients', { client_id: '12401' })).toMatchObject({ status: 200 });
		sandbox.setDialect({ clientScope: 'clients-only' });
		expect(await find('clients', { client_id: '12401' })).toMatchObject({ status: 404 });
	});

	test.each([
		['bare', (hit: object) => hit],
		['array', (hit: object) => [hit]],
		['named', (hit: object) => ({ client: hit })],
		['data', (hit: object) => ({ data: hit })],
		['result', (hit: object) => ({ result: hit })],
		['results', (hit: object) => ({ results: hit })],
		['data-array', (hit: object) => ({ data: [hit] })],
		['results-array', (hit: object) => ({ results: [hit], count: 1 })],
	] as const)('a hit comes in the form %s', async (searchHit, wrap) => {
		sandbox.setDialect({ searchHit });
		const hit = expect.objectContaining({ client_id: 12345 }) as unknown as object;
		expect((await find('clients', jane)).json).toEqual(wrap(hit));
	});

	test.each([
		['not-found', 404, '{"message":"Client not found"}'],
		['no-content', 204, ''],
		['null', 200, 'null'],
		['object', 200, '{}'],
		['array', 200, '[]'],
		['named-null', 200, '{"client":null}'],
		['data-array', 200, '{"data":[]}'],
		['results-array', 200, '{"results":[],"count":0}'],
	] as const)('"nothing found" comes in the form %s', async (searchEmpty, status, text) => {
		sandbox.setDialect({ searchEmpty });
		expect(await find('clients', { email: 'nobody@example.com' })).toMatchObject({ status, text });
	});

	test('a lead is named lead', async () => {
		sandbox.setDialect({ searchHit: 'named', searchEmpty: 'named-null' });
		expect((await find('leads', { client_id: '12401' })).json).toMatchObject({ lead: { client_id: 12401 } });
		expect((await find('leads', jane)).json).toEqual({ lead: null });
	});

	test.each([
		['search', 200, 404],
		['find', 404, 200],
		['both', 200, 200],
	] as const)('the path %s is served', async (searchPath, search, last) => {
		sandbox.setDialect({ searchPath });
		for (const kind of ['clients', 'leads'] as const) {
			const query = { client_id: kind === 'leads' ? '12401' : '12345' };
			expect((await find(kind, query, 'search')).status).toBe(search);
			expect((await find(kind, query, 'find')).status).toBe(last);
		}
	});

	test('a path that is not served says that the route is missing, not the record', async () => {
		expect((await find('clients', jane, 'find')).text).toContain('Route GET');
	});
});

describe('lookups', () => {
	const lookup = (path: string) => call(sandbox, 'GET', `/integrations/lookups/${path}`);

	test('clients are found by any part of name or email, in any case', async () => {
		for (const q of ['SMI', 'jane s', 'smith@exa']) {
			const { json } = await lookup(`clients?q=${encodeURIComponent(q)}`);
			const full_name = 'Jane Smith';
			expect(json).toEqual({ clients: [{ client_id: 12345, full_name, email: jane.email }], count: 1 });
		}
		expect((await lookup('clients?q=%E7%94%B0%E4%B8%AD')).json).toMatchObject({ count: 1 });
		expect((await lookup('clients?q=nobody')).json).toEqual({ clients: [], count: 0 });
	});

	test("an empty text lists more than a page of clients, and none of another company's", async () => {
		const { json, text } = await lookup('clients?q=');
		expect((json as { count: number }).count).toBeGreaterThan(60);
		expect(text).not.toContain(String(foreignClientId));
	});

	test('employees are the active ones', async () => {
		expect((await lookup('employees')).json).toEqual({
			employees: [
				{ employee_id: 7, full_name: 'John Advisor' },
				{ employee_id: 8, full_name: 'Mia Keller' },
				{ employee_id: 9, full_name: 'Søren Ångström' },
			],
			count: 3,
		});
	});

	test('affiliates are the approved ones; email addresses can be left out', async () => {
		expect((await lookup('affiliates')).json).toEqual({
			affiliates: [
				{ affiliate_id: 301, full_name: 'Paula Partner', email: 'paula@partner.example' },
				{ affiliate_id: 302, full_name: 'Rafael Referral', email: 'rafael@referral.example' },
			],
			count: 2,
		});
		sandbox.setDialect({ lookupEmails: 'left-out' });
		expect((await lookup('affiliates')).text).not.toContain('@');
		expect((await lookup('clients')).text).not.toContain('@');
	});

	test.each(['client_statuses', 'statuses'] as const)('statuses are listed under %s', async (statusesKey) => {
		sandbox.setDialect({ statusesKey });
		const { json } = await lookup('client-statuses');
		const active = { status_id: 42, status_name: 'Client - Active' };
		expect(json).toEqual({ [statusesKey]: expect.arrayContaining([active]), count: 7 });
	});
});
