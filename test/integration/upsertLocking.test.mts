// By what a record is recognized: no two of one key, and nothing taken for another's.
import { describe, expect, it, jest } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { until } from '../../scripts/real-n8n/until.mts';
import { byId } from '../fixtures.mts';
import { useStage } from './stage.mts';

const person: INodeParameters = {
	resource: 'lead',
	firstName: 'Ada',
	lastName: '={{ $json.name ?? "Adams" }}',
	email: '={{ $json.email }}',
};
const createOrUpdate: INodeParameters = { ...person, operation: 'createOrUpdate' };

const { sandbox, engine, reset } = useStage();

const recordsOf = (email: string) =>
	sandbox.store.records.all().filter((record) => record.email.toLowerCase() === email);
const creations = () => sandbox.requests.filter(({ method }) => method === 'POST');
const patches = () => sandbox.requests.filter(({ method }) => method === 'PATCH');
const searches = () => sandbox.requests.filter(({ path }) => /(search|find)$/.test(path));

describe('two rows of one run with the same email', () => {
	const rows = [{ email: 'same@example.com' }, { email: 'other@example.com' }, { email: 'SAME@example.com' }];

	it('make one record, also when the second is only written by a later try of Retry On Fail', async () => {
		// What was just created is not found by a search yet.
		const search = jest.spyOn(sandbox.store.records, 'find').mockReturnValue([]);
		sandbox.faults.inject({ route: 'POST .*/leads', kind: 'status-before', status: 400, every: 2, times: 1 });
		const run = await engine.runWorkflow(createOrUpdate, rows, {
			retryOnFail: true,
			maxTries: 3,
			waitBetweenTries: 1,
		});
		search.mockRestore();
		expect(run.status).toBe('success');
		expect(recordsOf('same@example.com')).toHaveLength(1);
	});
});

describe('two executions that create or update the same record at once', () => {
	it.each([
		['email', { matchBy: ['email'] }, [{ email: 'twice@example.com' }, { email: 'Twice@example.com' }]],
		[
			'external ID',
			{ matchBy: ['external_id'], externalId: '={{ $json.id }}' },
			[
				{ email: 'one@example.com', id: 'form-7' },
				{ email: 'two@example.com', id: 'form-7' },
			],
		],
		[
			'phone',
			{ matchBy: ['phone'], phone: '={{ $json.phone }}' },
			[
				{ email: 'one@example.com', phone: '+14155550111' },
				{ email: 'two@example.com', phone: '+14155550111' },
			],
		],
	])('by the same %s take turns: one creates, the other updates', async (_what, parameters, forms) => {
		sandbox.faults.inject({ route: '.', kind: 'latency', ms: 30 });
		const outputs = await Promise.all(
			forms.map((form) => engine.execute({ ...createOrUpdate, ...parameters } as INodeParameters, [form])),
		);
		expect(outputs.map(([item]) => item?.json.action)).toEqual(['created', 'updated']);
		expect(outputs[0]?.[0]?.json.client_id).toBe(outputs[1]?.[0]?.json.client_id);
	});

	it('make one record also where the search does not show it yet', async () => {
		const search = jest.spyOn(sandbox.store.records, 'find').mockReturnValue([]);
		const rows = [{ email: 'lagging@example.com' }];
		await Promise.all([engine.execute(createOrUpdate, rows), engine.execute(createOrUpdate, rows)]);
		search.mockRestore();
		expect(recordsOf('lagging@example.com')).toHaveLength(1);
	});

	it('create it anew where it has been deleted in between', async () => {
		const rows = [{ email: 'deleted@example.com' }];
		await engine.execute(createOrUpdate, rows);
		reset();
		expect(await engine.execute(createOrUpdate, rows)).toMatchObject([{ json: { action: 'created' } }]);
	});

	it('take turns also where one of them updates it by its ID', async () => {
		const [created] = await engine.execute(createOrUpdate, [{ email: 'by-id@example.com' }]);
		sandbox.faults.inject({ route: 'PATCH', kind: 'latency', ms: 3000, times: 1 });
		const clientId = byId(created?.json.client_id as number);
		const update = { resource: 'lead', operation: 'update', clientId };
		const first = engine.execute({ ...update, updateFields: { city: 'First' } });
		await until('the first update', 2000, () => patches().length === 1 || undefined);
		const additionalFields = { city: 'Second' };
		await engine.execute({ ...createOrUpdate, additionalFields }, [{ email: 'by-id@example.com' }]);
		await first;
		expect(recordsOf('by-id@example.com')).toMatchObject([{ city: 'Second' }]);
	});

	it('do not wait for those that write other records', async () => {
		// With a new key the first call finds out what the rate limit leaves.
		await engine.execute(createOrUpdate, [{ email: 'first@example.com' }]);
		// Longer than any machine takes for the other; and then it is given up.
		sandbox.faults.inject({ route: 'POST', kind: 'latency', ms: 100_000, times: 1 });
		const enough = new AbortController();
		const slow = engine.execute(createOrUpdate, [{ email: 'slow@example.com' }], {
			abortSignal: enough.signal,
		});
		const given = expect(slow).rejects.toThrow();
		await until('the slow creation', 2000, () => creations().length === 2 || undefined);
		const [quick] = await engine.execute(createOrUpdate, [{ email: 'quick@example.com' }]);
		expect(quick?.json.action).toBe('created');
		expect(creations()).toMatchObject([{ status: 201 }, { status: null }, { status: 201 }]);
		enough.abort();
		await given;
	});

	it('stop waiting for their turn once the user cancels', async () => {
		sandbox.faults.inject({ route: 'POST', kind: 'latency', ms: 6_000, times: 1 });
		const first = engine.execute(createOrUpdate, [{ email: 'turn@example.com' }]);
		const cancel = new AbortController();
		const waiting = engine.execute(createOrUpdate, [{ email: 'turn@example.com' }], {
			abortSignal: cancel.signal,
		});
		setTimeout(() => {
			cancel.abort();
		}, 200);
		await expect(waiting).rejects.toThrow();
		expect(recordsOf('turn@example.com')).toHaveLength(0);
		await first;
		expect(recordsOf('turn@example.com')).toHaveLength(1);
	});
});

describe('an external ID that is empty', () => {
	it.each([
		['null', '{"external_id": null}'],
		['an empty text', '{"external_id": ""}'],
		['spaces', '{"external_id": "  "}'],
	])('(%s in the extra fields) is no key: nothing is searched for by it', async (_what, extraFieldsJson) => {
		const matchBy = ['external_id', 'email'];
		const additionalFields = { extraFieldsJson };
		const [item] = await engine.execute({ ...createOrUpdate, matchBy, additionalFields }, [
			{ email: 'new@example.com' },
		]);
		expect(item?.json.action).toBe('created');
		for (const { query } of searches()) expect(query).not.toHaveProperty('external_id');
	});

	it('is said to be missing when it is the only field to match by', async () => {
		const lonely = { ...createOrUpdate, matchBy: ['external_id'], externalId: ' ' };
		await expect(engine.execute(lonely, [{ email: 'new@example.com' }])).rejects.toThrow(/'Match By'/);
	});
});

describe("'Match By'", () => {
	it.each([
		['a text with one field', 'email'],
		['a text with several, separated by commas', 'external_id, email'],
	])('may be %s, from an expression', async (_what, matchBy) => {
		await engine.execute(createOrUpdate, [{ email: 'text@example.com' }]);
		const [item] = await engine.execute({ ...createOrUpdate, matchBy }, [{ email: 'text@example.com' }]);
		expect(item?.json.action).toBe('updated');
	});

	it('from an expression leaves no field out that is filled in below it', async () => {
		const matchBy = "={{ ['email'] }}";
		await engine.execute({ ...createOrUpdate, matchBy, phone: '+14155550199', externalId: 'form-9' }, [
			{ email: 'whole@example.com' },
		]);
		expect(recordsOf('whole@example.com')).toMatchObject([{ phone: '+14155550199', external_id: 'form-9' }]);
	});

	it.each(['name', 5, [['email']]])('of %j is refused in words', async (matchBy) => {
		await expect(
			engine.execute({ ...createOrUpdate, matchBy } as INodeParameters, [{ email: 'a@example.com' }]),
		).rejects.toThrow(/'Match By'/);
	});
});
