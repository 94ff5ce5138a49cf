// What counts as found and what as not found: on it rests whether a record is created, updated or left alone.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { Fault } from '../../sandbox/faults.mts';
import type { CrmRecord } from '../../sandbox/store/model.mts';
import { useStage } from './stage.mts';

const { sandbox, engine } = useStage();

const findBy = (criteria: IDataObject): INodeParameters =>
	({ resource: 'client', operation: 'find', criteria }) as INodeParameters;
const upsert: INodeParameters = {
	resource: 'client',
	operation: 'createOrUpdate',
	firstName: 'Ada',
	lastName: 'Adams',
	email: '={{ $json.email }}',
};
const jane = { email: 'jane.smith@example.com' };
const nobody = { email: 'nobody@example.com' };
const calls = (method: string) => sandbox.requests.filter((request) => request.method === method);
/** The CRM's record of Jane, changed behind the back of the CRM's search. */
const changeJane = (change: Partial<CrmRecord>) =>
	Object.assign(sandbox.store.records.get(12345) ?? {}, change);

describe('a search for which the API answers 404 both for a record and for a path that does not exist', () => {
	it.each([
		['search', 4],
		['find', 6],
	] as const)(
		'finds nothing on an account with /%s, and remembers the path for the run',
		async (searchPath, expected) => {
			sandbox.setDialect({ searchPath, searchEmpty: 'not-found' });
			const people = [0, 1, 2].map((i) => ({ email: `nobody-${i}@example.com` }));
			expect(await engine.execute(findBy({ email: '={{ $json.email }}' }), people)).toEqual([]);
			// One call an item, and what it took to tell the two apart once.
			expect(calls('GET')).toHaveLength(expected);
			expect(await engine.execute(findBy(jane))).toMatchObject([{ json: { client_id: 12345 } }]);
		},
	);

	it.each(['search', 'find'] as const)(
		'asks for all items of a later run at once on an account with /%s, and finds out beside them whether the path is there still',
		async (searchPath) => {
			sandbox.setDialect({ searchPath, searchEmpty: 'not-found' });
			const people = Array.from({ length: 5 }, (_, i) => ({ email: `nobody-${i}@example.com` }));
			const find = findBy({ email: '={{ $json.email }}' });
			await engine.execute(find, people);
			const before = calls('GET').length;
			expect(await engine.execute(find, people)).toEqual([]);
			const asked = calls('GET').slice(before);
			expect(asked.map(({ query }) => 'email' in query)).toEqual([true, true, true, true, true, false]);
			for (const { path } of asked) expect(path).toMatch(new RegExp(`/${searchPath}$`));

			// The account moves on to the other path while n8n runs.
			sandbox.setDialect({ searchPath: searchPath === 'find' ? 'search' : 'find' });
			expect(await engine.execute(find, [...people, jane])).toMatchObject([{ json: { client_id: 12345 } }]);
		},
	);

	it('says so if the account has neither path', async () => {
		sandbox.faults.inject({ route: 'GET .*/clients/(search|find)', kind: 'status-before', status: 404 });
		await expect(engine.execute(findBy(jane))).rejects.toMatchObject({ httpCode: '404' });
	});

	it.each([308, 400, 405, 410, 422])(
		'finds by /find what /search, taken for something else, refuses with %i',
		async (status) => {
			sandbox.setDialect({ searchPath: 'both' });
			sandbox.faults.inject({ route: 'GET .*/search', kind: 'status-before', status });
			expect(await engine.execute(findBy(jane))).toMatchObject([{ json: { client_id: 12345 } }]);
		},
	);

	it('says what /search said if /find refuses as well', async () => {
		sandbox.faults.inject({ route: 'GET .*/search', kind: 'status-before', status: 422 });
		await expect(engine.execute(findBy(jane))).rejects.toMatchObject({ httpCode: '422' });
		expect(calls('GET').map(({ path }) => path.split('/').at(-1))).toEqual(['search', 'find', 'find']);
	});

	it.each<Fault>([
		{ route: 'GET', kind: 'status-before' },
		{ route: 'GET', kind: 'reset-before' },
		{ route: 'GET', kind: 'proxy-page', status: 404 },
		{ route: 'GET', kind: 'status-before', status: 403 },
	])('takes neither path for the right one as long as it cannot tell: %j', async (fault) => {
		sandbox.faults.inject({ route: 'GET .*/search', kind: 'status-before', status: 404, times: 1 });
		sandbox.faults.inject(fault);
		await expect(engine.execute(upsert, [jane])).rejects.toThrow();
		expect(calls('POST')).toHaveLength(0);
	});
});

describe('the search path that an earlier run used', () => {
	const find = findBy({ email: '={{ $json.email }}' });

	/** Runs have used /find, and now the account serves both paths. */
	beforeEach(async () => {
		sandbox.setDialect({ searchPath: 'find' });
		await engine.execute(find, [jane]);
		sandbox.setDialect({ searchPath: 'both' });
	});

	it.each([308, 400, 405, 410])(
		'is left at once for the one that is served when it answers %i',
		async (status) => {
			sandbox.faults.inject({ route: 'GET .*/find', kind: 'status-before', status });
			expect(await engine.execute(find, [jane, jane])).toHaveLength(2);
		},
	);

	it('is forgotten after any other failure, for the next run to find out anew', async () => {
		sandbox.faults.inject({ route: 'GET .*/find', kind: 'status-before' });
		await expect(engine.execute(find, [jane])).rejects.toMatchObject({ httpCode: '503' });
		expect(await engine.execute(find, [jane])).toHaveLength(1);
	});

	it('is known to be served once it has found a record', async () => {
		const before = calls('GET').length;
		const oneByOne = { ...find, options: { itemsAtOnce: 1 } };
		expect(await engine.execute(oneByOne, [jane, nobody])).toHaveLength(1);
		// Nothing more had to be asked to know what the second answer, a 404, means.
		expect(
			calls('GET')
				.slice(before)
				.map(({ status }) => status),
		).toEqual([200, 404]);
	});
});

it('items that waited for a search which could not find out the path search side by side', async () => {
	sandbox.faults.inject({ route: 'GET', kind: 'status-before' });
	const rows = Array.from({ length: 10 }, () => jane);
	await engine.execute(findBy(jane), rows, { settings: { onError: 'continueRegularOutput' } });
	const [first = 0, , third = 0, ...others] = calls('GET').map(({ at }) => Date.parse(at));
	expect(others).toHaveLength(3 * 9);
	// One after the other would take them at least six times as long as the three tries of the first.
	expect((others.at(-1) ?? 0) - first).toBeLessThan(4 * (third - first));
});

describe('a 404 that is not of the API', () => {
	it.each(['proxy-page', 'proxy-text'] as const)(
		'is an error and never "nothing found", even where the search path is known (%s)',
		async (kind) => {
			const message = "The server at the credential's 'Base URL' is not the WhiteLabelCRO API";
			sandbox.faults.inject({ route: 'GET', kind, status: 404, every: 2 });
			await expect(engine.execute(upsert, [jane, nobody])).rejects.toMatchObject({
				message,
				context: { itemIndex: 1 },
			});
			expect(calls('POST')).toHaveLength(0);
		},
	);

	it.each(['message', 'text', 'html', 'empty'] as const)(
		'is told from one that is, whose body is of any form (%s)',
		async (errorBody) => {
			sandbox.setDialect({ errorBody, searchEmpty: 'not-found' });
			expect(await engine.execute(findBy(nobody))).toEqual([]);
		},
	);
});

describe('a search that answers with a record that is not the one asked for', () => {
	it.each<[string, IDataObject, Partial<CrmRecord>]>([
		['email', { email: 'jane.smith@example.com' }, { email: 'someone.else@example.com' }],
		['phone', { phone: '+14155551234' }, { phone: '+14155559999' }],
		['phone', { phone: '+14155551234' }, { phone: null }],
		['client_id', { clientId: '12345' }, { client_id: 12399 }],
	])('is reported, for its %s (%j)', async (field, criteria, change) => {
		changeJane(change);
		await expect(engine.execute(findBy(criteria))).rejects.toMatchObject({
			message: expect.stringMatching(
				new RegExp(`answered with a record whose ${field} is not the one searched for`),
			),
		});
	});

	it('leads to no write', async () => {
		changeJane({ email: 'someone.else@example.com' });
		await expect(engine.execute(upsert, [jane])).rejects.toThrow(/whose email is not/);
		expect([...calls('POST'), ...calls('PATCH')]).toEqual([]);
	});

	it.each([
		['5550000', 'n/a'],
		['5550000', '0000'],
		['4155550000', '12'],
	])('is seen where a phone has few digits or none (%s, answered with %s)', async (asked, listed) => {
		sandbox.store.records.update(sandbox.store.records.get(12345) as CrmRecord, { phone: asked });
		changeJane({ phone: listed });
		await expect(engine.execute(findBy({ phone: asked }))).rejects.toThrow(/whose phone is not/);
	});

	it('is not suspected where email or phone only stand in another notation', async () => {
		changeJane({ email: 'JANE.Smith@Example.COM', phone: '(415) 555-1234' });
		expect(await engine.execute(findBy({ ...jane, phone: '+14155551234' }))).toMatchObject([
			{ json: { client_id: 12345 } },
		]);
	});
});

it('a search that answers with a success status that it failed is an error and never "nothing found"', async () => {
	sandbox.faults.inject({ route: 'GET', kind: 'declined' });
	await expect(engine.execute(upsert, [jane])).rejects.toMatchObject({
		description: expect.stringContaining('The record is locked'),
	});
	expect(calls('POST')).toEqual([]);
});

it.each([0, -5, 1.5, '', 'abc', null, 2 ** 53])(
	'a record whose client_id is %j is reported, and nothing is written',
	async (client_id) => {
		changeJane({ client_id: client_id as number });
		for (const parameters of [findBy(jane), upsert]) {
			await expect(engine.execute(parameters, [jane])).rejects.toThrow(/answered with .*client_id/);
		}
		expect([...calls('POST'), ...calls('PATCH')]).toEqual([]);
	},
);

it.each(['', '  ', null, {}, []])('a criterion that is %j is never sent', async (external_id) => {
	const additionalFields = { extraFieldsJson: JSON.stringify({ external_id }) };
	const matchBy = ['external_id', 'email'];
	await engine.execute({ ...upsert, matchBy, additionalFields }, [jane]).catch(() => []);
	for (const { query } of calls('GET')) {
		expect(Object.keys(query).filter((name) => name.startsWith('external_id'))).toEqual([]);
	}
});
