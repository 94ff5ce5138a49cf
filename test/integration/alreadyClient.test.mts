// Lead: Create or Update of someone who is a client already: no second record, unless the user wants one.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { SearchCriteria } from '../../sandbox/store/records.mts';
import { dialects } from './dialects.mts';
import { useStage } from './stage.mts';

const upsert: INodeParameters = {
	resource: 'lead',
	operation: 'createOrUpdate',
	firstName: 'Ada',
	lastName: '={{ $json.lastName ?? "Adams" }}',
	email: '={{ $json.email }}',
};
const ifClient = (choice: string, rest: INodeParameters = {}) => ({
	...upsert,
	...rest,
	options: { ifClient: choice },
});

const { sandbox, engine, reset } = useStage();

const run = async (parameters: INodeParameters, rows: IDataObject[]) =>
	(await engine.execute(parameters, rows)).map(({ json }) => json);
const create = async (resource: 'lead' | 'client', fields: IDataObject) => {
	const [made] = await run(
		{ ...upsert, resource, operation: 'create', additionalFields: { externalId: '={{ $json.externalId }}' } },
		[fields],
	);
	return made?.client_id as number;
};
const recordsOf = (email: string) => sandbox.store.records.all().filter((record) => record.email === email);
/** Does something while the CRM's searches do not show what they are asked for by these criteria. */
const hidden = async (isHidden: (criteria: SearchCriteria) => boolean, work: () => Promise<void>) => {
	const { records } = sandbox.store;
	const find = records.find.bind(records);
	records.find = (criteria) => (isHidden(criteria) ? [] : find(criteria));
	try {
		await work();
	} finally {
		records.find = find;
	}
};
const since = () => {
	const { length } = sandbox.requests;
	return (method: string) => sandbox.requests.slice(length).filter((request) => request.method === method);
};

describe.each(['all-records', 'clients-only'] as const)(
	'Where the client search finds %s, somebody who is a client',
	(clientScope) => {
		const email = 'jane@office.example';
		let id: number;

		beforeEach(async () => {
			reset();
			sandbox.setDialect({ clientScope });
			id = await create('client', { email });
		});

		it('is updated, and the output says that it is a client', async () => {
			const [item] = await run(upsert, [{ email, lastName: 'Newman' }]);
			expect(item).toMatchObject({ client_id: id, action: 'updated', record_type: 'client' });
			expect(recordsOf(email)).toMatchObject([{ client_id: id, last_name: 'Newman' }]);
		});

		it('is found by external ID and by phone as well', async () => {
			const additionalFields = { externalId: 'crm-7', phone: '+14155550111' };
			const [made] = await run({ ...upsert, resource: 'client', operation: 'create', additionalFields }, [
				{ email: 'old@office.example' },
			]);
			const matched = [
				{ matchBy: ['external_id'], externalId: 'crm-7' },
				{ matchBy: ['phone'], phone: '+14155550111' },
			];
			for (const by of matched) {
				expect(await run({ ...upsert, ...by }, [{ email: 'new@office.example' }])).toMatchObject([
					{ client_id: made?.client_id, action: 'updated', record_type: 'client' },
				]);
			}
		});

		it('is left as it is with Skip, and returned', async () => {
			const [before] = recordsOf(email);
			const sent = since();
			expect(await run(ifClient('skip'), [{ email, lastName: 'Newman' }])).toMatchObject([
				{
					client_id: id,
					action: 'skipped',
					record_type: 'client',
					full_name: 'Ada Adams',
					email,
					status: 'Client - Active',
				},
			]);
			expect(recordsOf(email)).toEqual([before]);
			expect([...sent('POST'), ...sent('PATCH')]).toEqual([]);
		});

		it('is an error with Fail, which names the ID and changes nothing', async () => {
			const sent = since();
			await expect(run(ifClient('fail'), [{ email }])).rejects.toMatchObject({
				message: `This person is already a client with the ID ${id}`,
				description: expect.stringContaining('Client: Update'),
				context: { itemIndex: 0 },
			});
			expect([...sent('POST'), ...sent('PATCH')]).toEqual([]);
		});

		it('gets a lead beside it with Create a Lead, which is updated from then on', async () => {
			const [lead] = await run(ifClient('create'), [{ email }]);
			expect(lead).toMatchObject({ action: 'created', record_type: 'lead' });
			expect(await run(ifClient('create'), [{ email }])).toMatchObject([
				{ client_id: lead?.client_id, action: 'updated' },
			]);
			expect(recordsOf(email)).toHaveLength(2);
		});

		it('is told from leads and new people in the same run, each with the same columns', async () => {
			const lead = await create('lead', { email: 'lead@office.example' });
			const rows = ['lead@office.example', email, 'new@office.example', email].map((each) => ({
				email: each,
			}));
			const items = await run(upsert, rows);
			expect(items).toMatchObject([
				{ client_id: lead, action: 'updated', record_type: 'lead' },
				{ client_id: id, action: 'updated', record_type: 'client' },
				{ action: 'created', record_type: 'lead' },
				{ client_id: id, action: 'updated', record_type: 'client' },
			]);
			expect(new Set(items.map((item) => Object.keys(item).join())).size).toBe(1);
		});

		it('who only became one is updated where a client is', async () => {
			const lead = await create('lead', { email: 'grown@office.example' });
			await run(upsert, [{ email: 'grown@office.example' }]);
			const update = {
				resource: 'client',
				operation: 'updateStatus',
				clientId: { __rl: true, mode: 'id', value: lead },
			};
			await run({ ...update, status: { __rl: true, mode: 'name', value: 'Client - Active' } }, [{}]);
			expect(await run(upsert, [{ email: 'grown@office.example' }])).toMatchObject([
				{ client_id: lead, action: 'updated', record_type: 'client' },
			]);
		});

		it('who became one after an item of the same run, or of another execution, wrote the lead, is one', async () => {
			const rows = [1, 2].map(() => ({ email: 'quick@office.example' }));
			const [lead] = await run(upsert, rows.slice(1));
			const record = sandbox.store.records.get(lead?.client_id as number);
			const status = sandbox.store.statuses.find(({ status_name }) => status_name === 'Client - Active');
			if (record !== undefined && status !== undefined) sandbox.store.records.update(record, { status });
			await hidden(
				({ email: by }) => by !== undefined,
				async () => {
					expect(await run(upsert, rows)).toMatchObject(
						rows.map(() => ({ client_id: lead?.client_id, action: 'updated', record_type: 'client' })),
					);
					await expect(run(ifClient('fail'), rows)).rejects.toThrow('This person is already a client');
				},
			);
			expect(recordsOf('quick@office.example')).toHaveLength(1);
		});

		it('whom a search does not show yet is recognized by what another execution wrote', async () => {
			await run(upsert, [{ email }]);
			sandbox.setDialect({ clientScope });
			await hidden(
				() => true,
				async () => {
					expect(await run(upsert, [{ email }])).toMatchObject([{ client_id: id, record_type: 'client' }]);
				},
			);
		});
	},
);

it.each(dialects)(
	'A client, a lead, and a new person are told apart in any dialect: %s',
	async (_name, dialect) => {
		for (const clientScope of ['all-records', 'clients-only'] as const) {
			reset();
			sandbox.setDialect({ ...dialect, clientScope });
			const [client, lead] = [
				await create('client', { email: 'client@x.example' }),
				await create('lead', { email: 'lead@x.example' }),
			];
			const rows = ['client@x.example', 'lead@x.example', 'new@x.example'].map((email) => ({ email }));
			expect(await run(upsert, rows)).toMatchObject([
				{ client_id: client, action: 'updated', record_type: 'client' },
				{ client_id: lead, action: 'updated', record_type: 'lead' },
				{ action: 'created', record_type: 'lead' },
			]);
		}
	},
);

describe('New people cost one search each', () => {
	const rows = (name: string) =>
		Array.from({ length: 30 }, (_, row) => ({ email: `${name}-${row}@x.example` }));

	it('where the client search finds leads, once a first lead has told that', async () => {
		sandbox.setDialect({ clientScope: 'all-records' });
		await run(upsert, rows('first'));
		const sent = since();
		await run(upsert, rows('second'));
		// One more finds out whether "none" means that there is no search.
		expect(sent('GET').length).toBeLessThanOrEqual(31);
	});

	it('and two where it does not', async () => {
		sandbox.setDialect({ clientScope: 'clients-only' });
		await run(upsert, rows('first'));
		const sent = since();
		await run(upsert, rows('second'));
		expect(sent('GET').length).toBeLessThanOrEqual(62);
	});
});

it('Client: Create or Update says so if the client search has found a lead', async () => {
	sandbox.setDialect({ clientScope: 'all-records' });
	const lead = await create('lead', { email: 'lead@x.example' });
	expect(await run({ ...upsert, resource: 'client' }, [{ email: 'lead@x.example' }])).toMatchObject([
		{ client_id: lead, action: 'updated', record_type: 'lead', status: 'Lead - New' },
	]);
});

it('An expression that names no choice is refused before any call', async () => {
	const sent = since();
	await expect(run(ifClient('={{ "merge" }}'), [{ email: 'a@x.example' }])).rejects.toMatchObject({
		message: "'If the Person Is Already a Client' is not one of its choices",
	});
	expect(sent('GET')).toEqual([]);
});
