// What an expression gives that gives nothing usable.
import { describe, expect, it } from '@jest/globals';

import { byId, createLead } from '../fixtures.mts';
import { useStage } from './stage.mts';

const { engine, sandbox } = useStage();
const note = { resource: 'note', operation: 'create', text: 'Hello' };
const calls = () => sandbox.requests.length;

describe('an expression that fails', () => {
	it("keeps what n8n's editor explains it by, and names the field", async () => {
		const failing = { ...createLead, email: "={{ $('No Such Node').item.json.email }}" };
		const rows = Array.from({ length: 3 }, () => ({}));
		const error = await engine.execute(failing, rows).catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({
			message: expect.stringMatching(/^'Email': /),
			context: {
				parameter: 'email',
				descriptionKey: 'nodeNotFound',
				nodeCause: 'No Such Node',
				itemIndex: 0,
			},
			description: expect.not.stringMatching(/start again|again/),
		});
		expect(calls()).toBe(0);
	});
});

describe('an empty choice of a record', () => {
	it.each([
		['a row', {}, /correct the expression/],
		['a whole event', { id: 1, payload: { client_id: 12345 } }, /\{\{ \$json\.payload\.client_id \}\}/],
	])('of %s says so, and where the value is', async (_what, row, remedy) => {
		const empty = { ...note, clientId: { ...byId(1), value: '={{ $json.client_id }}' } };
		await expect(engine.execute(empty, [row])).rejects.toMatchObject({
			message: "'Client or Lead' is empty: the expression returned no value",
			description: expect.stringMatching(remedy),
		});
	});

	it('of something else than an ID names the operation that gives IDs', async () => {
		await expect(engine.execute({ ...note, clientId: byId('Jane') })).rejects.toMatchObject({
			description: expect.stringContaining("'Client: Find' gives it"),
		});
	});
});

it("A status's name is taken where its ID should stand", async () => {
	const { client_id } = sandbox.createLead({ email: 'a@example.com' }) as { client_id: number };
	const status = { ...byId(1), value: 'Lead - Lost' };
	const move = { resource: 'lead', operation: 'updateStatus', clientId: byId(client_id), status };
	const known = sandbox.store.statuses
		.map(({ status_name }) => status_name)
		.filter((name) => /^Lead/.test(name));
	const [{ json } = { json: {} }] = await engine.execute({
		...move,
		status: { ...status, value: known.at(-1) ?? '' },
	});
	expect(json).toMatchObject({ new_status: known.at(-1) });
	await expect(engine.execute(move)).rejects.toMatchObject({
		description: expect.stringContaining('"Lead - Lost"'),
	});
});
