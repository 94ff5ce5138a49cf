import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { type Sandbox, startSandbox } from '../../../sandbox/server.mts';
import { ada, call, makeLead } from './support.mts';

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox({ limits: { write: 10_000 }, dialect: { errorBody: 'problem' } });
});
afterEach(() => {
	sandbox.reset();
});
afterAll(() => sandbox.close());

const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const post = (path: string, body: unknown, headers = {}) =>
	call(sandbox, 'POST', `/integrations/${path}`, { body, headers });
const patch = (path: string, body: unknown) => call(sandbox, 'PATCH', `/integrations/${path}`, { body });
const newestEvent = () => sandbox.store.events.at(-1);

describe('creating', () => {
	test('a new lead is "Lead - New" and raises lead.created', async () => {
		const reply = await post('leads', { ...ada, phone: '+1', package_keyword: 'gold', source: 'website' });
		expect(reply.status).toBe(201);
		const client_id = 20001;
		expect(reply.json).toEqual({ client_id, status: 'Lead - New', created_utc: expect.stringMatching(utc) });
		expect(sandbox.store.records.get(client_id)).toMatchObject({ ...ada, package_keyword: 'gold' });
		expect(newestEvent()).toMatchObject({
			id: 45679,
			type: 'lead.created',
			companyId: 92,
			payload: { client_id, ...ada, phone: '+1', status: 'Lead - New', status_id: 11, source: 'website' },
			metadata: { source: 'api' },
		});
	});

	test('a new client is "Client - Active", or has the status it was given, and raises client.created', async () => {
		expect(await post('clients', { ...ada, employee_id: 7 })).toMatchObject({
			status: 201,
			json: { status: 'Client - Active' },
		});
		expect(newestEvent()).toMatchObject({
			type: 'client.created',
			payload: { employee_id: 7, employee_name: 'John Advisor', affiliate_id: null, status_id: 42 },
		});
		expect(await post('clients', { ...ada, status: 'Client - On Hold' })).toMatchObject({
			json: { status: 'Client - On Hold' },
		});
	});

	test('fields that are not documented are accepted and kept apart', async () => {
		await post('clients', { ...ada, source: 'website', status_id: 11, nested: { deep: [1] } });
		expect(sandbox.store.records.get(20001)).toMatchObject({
			status: { status_name: 'Client - Active' },
			extra: { source: 'website', status_id: 11, nested: { deep: [1] } },
		});
	});

	test('the same external ID can be given twice: nothing stops a doubled record', async () => {
		await post('leads', { ...ada, external_id: 'x-1' });
		await post('leads', { ...ada, external_id: 'x-1' });
		expect(sandbox.store.records.find({ external_id: 'x-1' })).toHaveLength(2);
	});

	test('a refused record names every field at fault, and neither exists nor raises an event', async () => {
		const before = { records: sandbox.store.records.size, events: sandbox.store.events.length };
		const body = {
			last_name: ' ',
			email: 'ada',
			phone: 1,
			affiliate_id: 5,
			employee_id: 'x',
			status: 'Gone',
		};
		expect(await post('clients', body)).toMatchObject({
			status: 400,
			json: {
				errors: {
					first_name: ['is required'],
					last_name: ['is required'],
					email: ['must be an e-mail address'],
					phone: ['must be text'],
					affiliate_id: ['does not exist'],
					employee_id: ['does not exist'],
					status: ['is not a known status'],
				},
			},
		});
		expect({ records: sandbox.store.records.size, events: sandbox.store.events.length }).toEqual(before);
	});

	test('names in any script and long texts come back unchanged', async () => {
		const names = { first_name: '🧑🏽‍🚀 美咲', last_name: 'حداد לוי' };
		const client_id = await makeLead(sandbox, { ...names, city: 'x'.repeat(10_000) });
		expect(sandbox.store.records.get(client_id)?.city).toHaveLength(10_000);
		const found = await call(sandbox, 'GET', `/integrations/leads/search?client_id=${client_id}`);
		expect(found.json).toMatchObject(names);
	});
});

describe('idempotency', () => {
	const key = { 'Idempotency-Key': 'once' };

	test('the same key replays the answer instead of writing again', async () => {
		const first = await post('leads', ada, key);
		const second = await post('leads', ada, key);
		expect(second.json).toEqual(first.json);
		expect(sandbox.store.records.find({ email: ada.email })).toHaveLength(1);
		expect(sandbox.store.idempotentReplays).toBe(1);
		expect(sandbox.requests.map(({ replayed }) => replayed)).toEqual([false, true]);
	});

	test('another route or another API key is another write', async () => {
		await post('leads', ada, key);
		await post('clients', ada, key);
		await call(sandbox, 'POST', '/integrations/leads', {
			body: ada,
			headers: key,
			key: sandbox.createKey(['integrations:write']),
		});
		expect(sandbox.store.records.find({ email: ada.email })).toHaveLength(3);
	});

	test('a refused write is not remembered', async () => {
		expect(await post('leads', {}, key)).toMatchObject({ status: 400 });
		expect(await post('leads', ada, key)).toMatchObject({ status: 201 });
	});

	test('can be ignored by the dialect', async () => {
		sandbox.setDialect({ idempotency: 'ignored' });
		await post('leads', ada, key);
		await post('leads', ada, key);
		expect(sandbox.store.records.find({ email: ada.email })).toHaveLength(2);
	});
});

describe('updating', () => {
	test('only what was sent changes, and the record is found by its new values', async () => {
		const reply = await patch('clients/12345', {
			email: 'Jane@New.example',
			city: 'Austin',
			employee_id: null,
		});
		expect(reply.json).toEqual({
			success: true,
			updated_utc: expect.stringMatching(utc),
			client_id: 12345,
		});
		const jane = { first_name: 'Jane', phone: '+14155551234', city: 'Austin', employee_id: null };
		expect(sandbox.store.records.get(12345)).toMatchObject(jane);
		expect(sandbox.store.records.find({ email: 'jane@new.example' })).toHaveLength(1);
		expect(sandbox.store.records.find({ email: 'jane.smith@example.com' })).toHaveLength(0);
	});

	test('a required field cannot be emptied', async () => {
		expect(await patch('leads/12401', { first_name: '', email: null })).toMatchObject({
			status: 400,
			json: { errors: { first_name: ['is required'], email: ['is required'] } },
		});
	});

	test('raises no event', async () => {
		const before = sandbox.store.events.length;
		await patch('clients/12345', { city: 'Austin' });
		expect(sandbox.store.events).toHaveLength(before);
	});

	test.each(['clients/1', 'clients/abc', 'leads/1', 'leads/12345'])('%s is not there', async (path) => {
		expect(await patch(path, { city: 'x' })).toMatchObject({ status: 404 });
	});
});

describe('statuses', () => {
	test("a lead's status cannot leave the Lead statuses", async () => {
		expect(await patch('leads/12401/status', { new_status: 'Client - Active' })).toMatchObject({
			status: 400,
			json: { errors: { new_status: ['must begin with "Lead"'] } },
		});
		expect(sandbox.store.records.get(12401)?.status.status_name).toBe('Lead - New');
	});

	test('a lead moves to another Lead status without an event, since no type exists for it', async () => {
		const before = sandbox.store.events.length;
		const reply = await patch('leads/12401/status', { new_status_id: 12 });
		expect(reply.json).toEqual({
			previous_status: 'Lead - New',
			new_status: 'Lead - Contacted',
			updated_utc: expect.stringMatching(utc),
		});
		expect(sandbox.store.events).toHaveLength(before);
	});

	test("a client's change of status raises client.status_changed with who and why", async () => {
		await patch('clients/12345/status', {
			new_status: 'Client - Graduated',
			changed_by_employee_id: 7,
			status_note: 'done',
		});
		expect(newestEvent()).toMatchObject({
			type: 'client.status_changed',
			payload: {
				client_id: 12345,
				previous_status: 'Client - Active',
				new_status: 'Client - Graduated',
				changed_by_employee_id: 7,
				status_note: 'done',
			},
		});
	});

	test('Update Client Status turns a lead into a client, which Update Lead then no longer sees', async () => {
		expect(await patch('clients/12401/status', { new_status_id: 42 })).toMatchObject({ status: 200 });
		expect(newestEvent()).toMatchObject({ type: 'client.status_changed', payload: { client_id: 12401 } });
		expect(await patch('leads/12401/status', { new_status_id: 12 })).toMatchObject({ status: 404 });
	});

	test('a change to the same status is no event', async () => {
		const before = sandbox.store.events.length;
		expect(await patch('clients/12345/status', { new_status_id: 42 })).toMatchObject({ status: 200 });
		expect(sandbox.store.events).toHaveLength(before);
	});

	test.each([
		['neither name nor id', {}, 'new_status'],
		['both name and id', { new_status: 'Client - Active', new_status_id: 42 }, 'new_status'],
		['an unknown name', { new_status: 'client - active' }, 'new_status'],
		['an unknown id', { new_status_id: 1 }, 'new_status_id'],
		['an unknown employee', { new_status_id: 44, changed_by_employee_id: 99 }, 'changed_by_employee_id'],
	])('%s is a field error', async (_name, body, field) => {
		const reply = await patch('clients/12345/status', body);
		expect(reply).toMatchObject({ status: 400, json: { errors: { [field]: [expect.any(String)] } } });
		expect(sandbox.store.records.get(12345)?.status.status_id).toBe(42);
	});
});

describe('notes', () => {
	test('a note is kept with its record, a lead included', async () => {
		const body = {
			text: 'Hello 🎉',
			note_type: 'General',
			visibility: 'Internal',
			external_id: 'n-1',
			pin: true,
		};
		const reply = await post('clients/12401/notes', body);
		expect(reply.status).toBe(201);
		expect(reply.json).toEqual({ client_note_id: 9001, created_utc: expect.stringMatching(utc) });
		const { pin, ...known } = body;
		expect(sandbox.store.notes).toMatchObject([{ client_id: 12401, ...known, extra: { pin } }]);
	});

	test('a note needs a text and a record', async () => {
		expect(await post('clients/12345/notes', { text: '' })).toMatchObject({ status: 400 });
		expect(await post('clients/1/notes', { text: 'x' })).toMatchObject({ status: 404 });
		expect(sandbox.store.notes).toEqual([]);
	});
});

describe('affiliates', () => {
	test('a new affiliate raises affiliate.created, which calls its id employee_id', async () => {
		const reply = await post('affiliates', { ...ada, affiliate_code: 'ADA', commission: 10 });
		expect(reply.json).toEqual({ affiliate_id: 401, created_utc: expect.stringMatching(utc) });
		expect(sandbox.store.affiliates.get(401)).toMatchObject({
			affiliate_code: 'ADA',
			extra: { commission: 10 },
		});
		expect(newestEvent()).toMatchObject({
			type: 'affiliate.created',
			payload: { employee_id: 401, full_name: 'Ada Lovelace', email: ada.email, is_approved_affiliate: true },
		});
	});

	test('a new affiliate can be unapproved, and then no lookup lists it', async () => {
		sandbox.setDialect({ newAffiliatesApproved: false });
		await post('affiliates', ada);
		const { text } = await call(sandbox, 'GET', '/integrations/lookups/affiliates');
		expect(text).not.toContain('Lovelace');
	});

	test('an affiliate can be changed', async () => {
		const reply = await patch('affiliates/301', { phone: '+1', tier: 2 });
		expect(reply.json).toEqual({ success: true, updated_utc: expect.stringMatching(utc), affiliate_id: 301 });
		const paula = { first_name: 'Paula', phone: '+1', extra: { tier: 2 } };
		expect(sandbox.store.affiliates.get(301)).toMatchObject(paula);
		expect(await patch('affiliates/7', { phone: '+1' })).toMatchObject({ status: 404 });
		expect(await patch('affiliates/301', { email: 'paula' })).toMatchObject({ status: 400 });
	});
});
