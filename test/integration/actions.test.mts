import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { startSandbox } from '../../sandbox/server.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import { dialects } from './dialects.mts';
import { startEngine } from './engine.mts';
import type { Engine } from './engine.mts';

const byId = (value: number | string) => ({ __rl: true, mode: 'id', value });

let sandbox: Sandbox;
let engine: Engine;

beforeAll(async () => {
	sandbox = await startSandbox({ limits: { read: 10_000, write: 10_000, admin: 10_000 } });
	engine = await startEngine({ apiKey: `  ${sandbox.apiKey}\n`, baseUrl: `${sandbox.url}/` });
});
beforeEach(() => {
	sandbox.reset();
	sandbox.setLimits({ read: 10_000, write: 10_000, admin: 10_000 });
});
afterAll(() => sandbox.close());

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
			},
			extraFields: '{"source": "website", "city": "loses to the field above"}',
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
			extra: { source: 'website' },
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
				{ onError: 'continueErrorOutput' },
			);
		const jane = { json: { client_id: 12345 }, pairedItem: { item: 1 } };
		expect(await find('noItem')).toMatchObject([jane]);
		expect(await find('foundFalse')).toMatchObject([
			{ json: { found: false }, pairedItem: { item: 0 } },
			jane,
		]);
		expect(await find('fail')).toMatchObject([
			{ json: { error: 'No record matches' }, pairedItem: { item: 0 } },
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
			{ onError: 'continueRegularOutput' },
		);
		expect(items.map(({ json, pairedItem }) => [json.error, pairedItem])).toEqual([
			[undefined, { item: 0 }],
			['WhiteLabelCRO has no such record', { item: 1 }],
			[undefined, { item: 2 }],
		]);
	});

	it.each([
		['searchClients', 'jane', { name: 'Jane Smith', value: '12345' }],
		['searchClientStatuses', 'graduated', { name: 'Client - Graduated', value: '44' }],
		['searchEmployees', 'john', { name: 'John Advisor', value: '7' }],
		['searchAffiliates', 'paula', { name: 'Paula Partner', value: '301' }],
	])('the list of %s offers what its filter %j matches', async (method, filter, expected) => {
		const { results } = await engine.listSearch(method, filter);
		expect(results).toEqual([expected]);
	});
});
