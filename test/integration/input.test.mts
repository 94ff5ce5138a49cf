import { describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { byId } from '../fixtures.mts';
import { useStage } from './stage.mts';

const person = { firstName: 'Ada', lastName: 'Adams', email: 'ada@example.com' };
const createLead: INodeParameters = { resource: 'lead', operation: 'create', ...person };
const updateStatus: INodeParameters = {
	resource: 'client',
	operation: 'updateStatus',
	clientId: byId(12345),
};
const createNote: INodeParameters = {
	resource: 'note',
	operation: 'create',
	clientId: byId(12345),
	text: 'Hi',
};
const json = (extraFieldsJson: string) => ({ additionalFields: { extraFieldsJson } });
const rows = (...field: Array<{ name: string; value: string }>) => ({
	additionalFields: { extraFields: { field } },
});
const getEvents: INodeParameters = { resource: 'event', operation: 'getMany' };

const { sandbox, engine } = useStage();

describe('before any call, an item is refused', () => {
	it.each<[string, INodeParameters, string]>([
		['whose first name is empty', { ...createLead, firstName: '  ' }, "'First Name' is empty"],
		[
			'whose last name is missing',
			{ ...createLead, lastName: '={{ $json.missing }}' },
			"'Last Name' is empty",
		],
		['whose email is empty', { ...createLead, email: '' }, "'Email' is empty"],
		['whose email is malformed', { ...createLead, email: 'ada@' }, "'Email' is not an email address"],
		[
			'whose new email is malformed',
			{
				resource: 'client',
				operation: 'update',
				clientId: byId(1),
				updateFields: { email: 'a b@example.com' },
			},
			"'Email' is not an email address",
		],
		['whose client ID is a text', { ...createNote, clientId: byId('jane') }, "'Client or Lead' is not an ID"],
		['whose client ID is negative', { ...createNote, clientId: byId(-5) }, "'Client or Lead' is not an ID"],
		[
			'whose client ID is a fraction',
			{ ...createNote, clientId: byId('1.5') },
			"'Client or Lead' is not an ID",
		],
		[
			'whose client ID tries another path',
			{ ...createNote, clientId: byId('1/../2') },
			"'Client or Lead' is not an ID",
		],
		['whose client ID is not chosen', { ...createNote, clientId: byId('') }, "'Client or Lead' is empty"],
		[
			'whose client ID is beyond what a number holds',
			{ ...createNote, clientId: byId('9007199254740993') },
			"'Client or Lead' is not an ID",
		],
		['whose status is not chosen', { ...updateStatus, status: byId('') }, "'New Status' is empty"],
		[
			'whose status has no name',
			{ ...updateStatus, status: { __rl: true, mode: 'name', value: ' ' } as INodeParameters },
			"'New Status' is empty",
		],
		[
			'whose status is given twice',
			{ ...updateStatus, status: byId(44), ...json('{"new_status": "Client - Active"}') },
			'The new status is entered twice',
		],
		[
			'whose extra fields are a list',
			{ ...createLead, ...json('[1]') },
			"'Extra Fields (JSON)' is not a JSON object",
		],
		[
			'whose extra fields are not JSON',
			{ ...createLead, ...json('{oops') },
			"'Extra Fields (JSON)' is not a JSON object (line 1, column 2: something that is not JSON)",
		],
		[
			'whose extra fields name a prototype',
			{ ...createLead, ...json('{"__proto__": {"admin": true}}') },
			"'Extra Fields (JSON)' must not contain '__proto__'",
		],
		[
			'one of whose extra fields is named as a prototype',
			{ ...createLead, ...rows({ name: '__proto__', value: 'x' }) },
			"'Extra Fields' must not contain '__proto__'",
		],
		[
			'one of whose extra fields has a value and no name',
			{ ...createLead, ...rows({ name: ' ', value: 'website' }) },
			"A row of 'Extra Fields' has a value but no name",
		],
		[
			'with an extra field twice',
			{ ...createLead, ...rows({ name: 'source', value: 'a' }, { name: 'source ', value: 'b' }) },
			"'Extra Fields' has 'source' twice",
		],
		[
			'one of whose extra fields is an object',
			{ ...createLead, ...rows({ name: 'source', value: '={{ { a: 1 } }}' }) },
			"'Source' is an object, not text or a number",
		],
		[
			'without a search criterion',
			{ resource: 'client', operation: 'find', criteria: { email: '' } },
			"'Search By' is empty",
		],
		[
			'with nothing to update',
			{ resource: 'lead', operation: 'update', clientId: byId(12401), updateFields: { city: '' } },
			'There is nothing to update',
		],
		[
			'whose first name is a list',
			{ ...createLead, firstName: '={{ ["Ada", "Bea"] }}' },
			"'First Name' is a list, not text or a number",
		],
		[
			'whose phone is an object',
			{ ...createLead, additionalFields: { phone: '={{ { mobile: "+1" } }}' } },
			"'Phone' is an object, not text or a number",
		],
		[
			'one of whose criteria is a list, although another is given',
			{
				resource: 'client',
				operation: 'find',
				criteria: { phone: '+14155551234', email: '={{ ["jane.smith@example.com"] }}' },
			},
			"'Email' is a list, not text or a number",
		],
		[
			'whose external ID for matching is an object',
			{
				...createLead,
				operation: 'createOrUpdate',
				matchBy: ['external_id'],
				externalId: '={{ { id: 7 } }}',
			},
			"'External ID' is an object, not text or a number",
		],
		[
			'whose cursor is an object',
			{ ...getEvents, cursor: '={{ { next: "abc" } }}' },
			"'Continue From' is an object, not text or a number",
		],
		['with a limit of 0', { ...getEvents, limit: 0 }, "'Limit' must be a whole number above 0"],
		[
			'with a limit of -3',
			{ resource: 'employee', operation: 'getMany', limit: -3 },
			"'Limit' must be a whole number above 0",
		],
		...['={{ "soon" }}', '={{ NaN }}', '={{ Infinity }}', '={{ [] }}', '={{ null }}', '', -1].map(
			(maximumWait): [string, INodeParameters, string] => [
				`with a Maximum Wait of ${JSON.stringify(maximumWait)}`,
				{ ...createLead, options: { maximumWait } },
				"'Maximum Wait' is not a number of seconds",
			],
		),
		[
			'with an event type that does not exist',
			{ ...getEvents, eventTypes: ['lead.deleted'] },
			"There is no event type 'lead.deleted'",
		],
		[
			'with an operation that does not exist',
			{ ...createLead, operation: 'explode' },
			"There is no operation 'explode' for the resource 'lead'",
		],
	])('%s', async (_which, parameters, message) => {
		const before = sandbox.requests.length;
		await expect(engine.execute(parameters)).rejects.toMatchObject({ message, context: { itemIndex: 0 } });
		expect(sandbox.requests.length).toBe(before);
	});
});

it.each([0, 2.5, '={{ "2" }}', '={{ " 30 " }}'])('a Maximum Wait of %j is one', async (maximumWait) => {
	const [created] = await engine.execute({ ...createLead, options: { maximumWait } });
	expect(created?.json.client_id).toEqual(expect.any(Number));
});

it.each(['name', 'id'])(
	'a status given by %s that the account does not have is refused by the CRM, in words',
	async (mode) => {
		const status = {
			__rl: true,
			mode,
			value: mode === 'id' ? 4711 : 'Client - Unheard Of',
		} as INodeParameters;
		await expect(engine.execute({ ...updateStatus, status })).rejects.toMatchObject({
			message: expect.stringMatching(/^WhiteLabelCRO refused/),
		});
	},
);

it('a cursor that the CRM refuses is reported with its reason', async () => {
	await expect(engine.execute({ ...getEvents, cursor: 'no-such-cursor' })).rejects.toMatchObject({
		message: expect.stringMatching(/^WhiteLabelCRO refused/),
		description: expect.stringContaining('cursor'),
	});
});

it('a missing credential is named', async () => {
	const settings = { credentials: undefined };
	await expect(engine.execute(createNote, [{}], { settings })).rejects.toThrow(/credentials/i);
});

it.each(['Zoë 🎉 O’Brien-Müller', '田中 美咲', 'ليلى حداد', 'מאיה לוי', 'a\tb "c" \\ \u0007'.trim()])(
	'the name %j comes back unchanged',
	async (firstName) => {
		const [created] = await engine.execute({ ...createLead, firstName });
		const find = { resource: 'lead', operation: 'find', simplify: false };
		const criteria = { clientId: created?.json.client_id as number };
		const [found] = await engine.execute({ ...find, criteria });
		expect(found?.json.first_name).toBe(firstName);
	},
);

it('a text of 10,000 characters arrives whole', async () => {
	const text = 'ü🎉'.repeat(3333);
	await engine.execute({ ...createNote, text });
	expect(sandbox.store.notes.at(-1)?.text).toBe(text);
});

describe('a field is called what the form calls it', () => {
	it('where its value is refused before any call', async () => {
		const find = { resource: 'lead', operation: 'find', criteria: { email: '', clientId: 'Jane' } };
		await expect(engine.execute(find)).rejects.toThrow("'Lead ID' is not an ID");
		const employee = { resource: 'client', additionalFields: { employeeId: byId('Jane') } };
		await expect(engine.execute({ ...createLead, ...employee })).rejects.toThrow("'Employee' is not an ID");
	});

	it.each(['problem', 'errors-list', 'model-state', 'fields-alone'] as const)(
		'where the CRM refuses it, with errors as %s',
		async (errorBody) => {
			sandbox.setDialect({ errorBody });
			const employee = { resource: 'client', additionalFields: { employeeId: byId(4711) } };
			await expect(engine.execute({ ...createLead, ...employee })).rejects.toMatchObject({
				description: expect.stringMatching(/^(?!.*employee_id).*'Employee': \w/),
			});
		},
	);
});
