// Whatever a spreadsheet, a form or an agent gives in place of a value: nobody is taken for another.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters, INodeProperties } from 'n8n-workflow';

import { byId, byName } from '../fixtures.mts';
import { withCrm } from './crm.mts';
import { dialects } from './dialects.mts';
import { startEngine } from './engine.mts';
import { useStage } from './stage.mts';

const CLIENT = 12345;
const ann = { firstName: 'Ann', lastName: 'Archer', email: 'ann@x.example' };
const create: INodeParameters = { resource: 'lead', operation: 'create', ...ann };
const upsert: INodeParameters = { ...create, operation: 'createOrUpdate' };
const byExternalId = { ...upsert, matchBy: ['external_id'], externalId: '={{ $json.value }}' };
const byPhone = { ...upsert, matchBy: ['phone'], phone: '={{ $json.value }}' };
const find: INodeParameters = { resource: 'client', operation: 'find' };
const note: INodeParameters = { resource: 'note', operation: 'create', clientId: byId(CLIENT), text: 'Hi' };
const additional = (fields: INodeParameters) => ({ ...create, additionalFields: fields });

const { sandbox, engine } = useStage();

const run = async (parameters: object, items: IDataObject[] = [{}]) =>
	(await engine.execute(parameters as INodeParameters, items)).map(({ json }) => json);

/** The lead that an operation has made. */
const made = async (parameters: object, item: IDataObject = {}) => {
	const [{ client_id } = {}] = await run(parameters, [item]);
	return sandbox.store.records.get(client_id as number);
};

const refused = async (parameters: object, item: IDataObject, error: object) => {
	const before = sandbox.requests.length;
	await expect(run(parameters, [item])).rejects.toMatchObject({ context: { itemIndex: 0 }, ...error });
	expect(sandbox.requests.length).toBe(before);
};

const NO_IDS: Array<[value: unknown, remedy: RegExp]> = [
	['1.23457E+15', /Format the column as text in the spreadsheet/],
	[12345678901234568, /Format the column as text in the spreadsheet/],
	['#N/A', /formula/],
	['#REF!', /formula/],
	['null', /Leave it empty/],
	['undefined', /Leave it empty/],
	['0', /Leave it empty/],
	[0, /Leave it empty/],
	[false, /Leave it empty/],
	['NaN', /Leave it empty/],
	['{{ $json.id }}', /Expression/],
	['lead-undefined', /Expression/],
];
const NO_PHONES: Array<[value: unknown, remedy: RegExp]> = [
	['N/A', /Leave it empty/],
	['none', /Leave it empty/],
	['-', /Leave it empty/],
	['(   )    -', /Leave it empty/],
	['000-000-0000', /Leave it empty/],
	['1.41555E+10', /Format the column as text in the spreadsheet/],
	[12345678901234568, /Format the column as text in the spreadsheet/],
	['12345', /at least 7 digits/],
];

describe('What identifies nobody is refused, before any call', () => {
	it.each(NO_IDS)('as an External ID to match by: %p', async (value, remedy) => {
		const message = `'External ID' is "${String(value)}", which identifies nobody`;
		await refused(byExternalId, { value } as IDataObject, {
			message,
			description: expect.stringMatching(remedy),
		});
		await refused(
			{ ...find, criteria: { email: '', externalId: '={{ $json.value }}' } },
			{ value } as IDataObject,
			{ message },
		);
		await refused(
			{ ...note, additionalFields: { externalId: '={{ $json.value }}' } },
			{ value } as IDataObject,
			{ message },
		);
		await refused(
			{ ...upsert, matchBy: ['external_id'], externalId: '', ...json({ external_id: value }) },
			{},
			{ message },
		);
	});

	it.each(NO_PHONES)('as a Phone to match by: %p', async (value, remedy) => {
		const message = `'Phone' is "${String(value)}", which identifies nobody`;
		await refused(byPhone, { value } as IDataObject, { message, description: expect.stringMatching(remedy) });
		await refused(
			{ ...find, criteria: { email: '', phone: '={{ $json.value }}' } },
			{ value } as IDataObject,
			{ message },
		);
	});

	it('as an Email to match by, or to find somebody by', async () => {
		const message = `'Email' is "noemail@x.example", which identifies nobody`;
		const description = expect.stringContaining('Match by External ID') as unknown;
		const email = 'noemail@x.example';
		await refused({ ...upsert, email }, {}, { message, description });
		await refused({ ...find, criteria: { email } }, {}, { message });
		const byId = { ...upsert, email, matchBy: ['external_id'], externalId: 'A-1' };
		expect(await run(byId)).toMatchObject([{ action: 'created' }]);
	});

	it.each([['1.23457E+15'], [true], ['#N/A']])('as an ID of a locator: %p', async (value) => {
		await refused({ ...note, clientId: byId('={{ $json.value }}') }, { value } as IDataObject, {
			message: `'Client or Lead' is "${String(value)}", which identifies nobody`,
		});
		await refused(
			{
				resource: 'webhookSubscription',
				operation: 'delete',
				subscriptionId: byId('={{ $json.value }}'),
			},
			{ value } as IDataObject,
			{ message: `'Webhook Subscription' is "${String(value)}", which identifies nobody` },
		);
	});

	it('as the name of an affiliate', async () => {
		const parameters = { resource: 'affiliate', operation: 'find', criteria: { email: '', name: 'N/A' } };
		await refused(parameters, {}, { message: `'Full Name' is "N/A", which identifies nobody` });
	});
});

it.each([['A-0'], ['0042'], ['12E5'], ['NA-000'], [42], ['12345678901234567']])(
	'%p identifies a record',
	async (value) => {
		const [first] = await run(byExternalId, [{ value }]);
		const [second] = await run(byExternalId, [{ value }]);
		expect(second).toMatchObject({ action: 'updated', client_id: first?.client_id });
	},
);

it('a phone that identifies nobody is still a fact about the person, where it does not have to identify', async () => {
	expect(await made(additional({ phone: 'N/A' }))).toMatchObject({ phone: 'N/A' });
});

function json(fields: object) {
	return { additionalFields: { extraFieldsJson: JSON.stringify(fields) } };
}

describe.each(dialects)('On an account with %s', (_name, dialect) => {
	beforeEach(() => {
		sandbox.setDialect(dialect);
	});

	it.each(
		[0, 0xad, 0x200b, 0x200c, 0x200e, 0x2060, 0x202a, 0x202c, 0x2068, 0x2069, 0xfe0f].map((code) => [
			`U+${code.toString(16)}`,
			String.fromCodePoint(code),
		]),
	)('%s in an email, a phone, an ID or a name makes no other person', async (_code, unseen) => {
		const lead = {
			...upsert,
			matchBy: '={{ [$json.by] }}',
			...additionalOf('city'),
			email: '={{ $json.email }}',
		};
		const parameters = { ...lead, externalId: '={{ $json.id }}', phone: '={{ $json.phone }}' };
		const plain = { email: 'ann@x.example', id: 'form-7', phone: '+14155550177', city: 'Reno' };
		const marked = Object.fromEntries(
			Object.entries(plain).map(([name, text]) => [
				name,
				`${text.slice(0, 2)}${unseen}${text.slice(2)}${unseen}`,
			]),
		);
		for (const by of ['email', 'external_id', 'phone']) {
			const [first, second] = await run(parameters, [
				{ by, ...plain },
				{ by, ...marked },
			]);
			expect(second).toMatchObject({ action: 'updated', client_id: first?.client_id, email: plain.email });
		}
		const criteria = { email: '={{ $json.email }}', externalId: '={{ $json.id }}' };
		expect(await run({ resource: 'lead', operation: 'find', criteria }, [marked])).toMatchObject([
			{ email: plain.email },
		]);
	});
});

it.each(['\u200B', '\u3164', '\u200E \u2060'])('a name or a note of %j only is empty', async (firstName) => {
	await refused({ ...note, text: firstName }, {}, { message: "'Text' is empty" });
	await refused({ ...create, firstName }, {}, { message: "'First Name' is empty" });
});

it.each(['#12345', ' 12345\u200B', '\u202A12345\u202C', '# 12345', 12345])(
	'%j is the ID that it shows',
	async (value) => {
		expect(await run({ ...note, clientId: byId('={{ $json.value }}') }, [{ value }])).toMatchObject([
			{ client_id: CLIENT },
		]);
		const criteria = { email: '', clientId: '={{ $json.value }}' };
		expect(await run({ ...find, criteria }, [{ value }])).toMatchObject([{ client_id: CLIENT }]);
		const modes = engine
			.nodeType('whiteLabelCro')
			.description.properties.find(({ name }) => name === 'clientId')?.modes;
		const [{ properties } = {}] = modes?.find(({ name }) => name === 'id')?.validation as unknown as Array<{
			properties: { regex: string };
		}>;
		expect(String(value)).toMatch(new RegExp(properties?.regex ?? '^$'));
	},
);

it('a status is known and a text is searched for without what no one sees', async () => {
	const status = byName('Client\u200B - On Hold\uFE0F');
	const clientId = byId(CLIENT);
	expect(await run({ resource: 'client', operation: 'updateStatus', clientId, status })).toMatchObject([
		{ new_status: 'Client - On Hold' },
	]);
	const getMany = { resource: 'client', operation: 'getMany', search: 'Jane\u200B Sm\u00ADith' };
	expect(await run(getMany)).toMatchObject([{ client_id: CLIENT }]);
	const { results } = await engine.listSearch('searchClients', '\u202Ajane smith\u202C');
	expect(results.map(({ value }) => value)).toEqual([String(CLIENT)]);
});

function additionalOf(...names: string[]) {
	return { additionalFields: Object.fromEntries(names.map((name) => [name, `={{ $json.${name} }}`])) };
}

describe('What is wrapped around an email or a phone', () => {
	it.each([
		'<ann@x.example>',
		'mailto:ann@x.example',
		'<mailto:ann@x.example>',
		'ann@x.example,',
		'ann@x.example;',
		'ann@x.example.',
		'"ann@x.example"',
		'‘ann@x.example’',
		"'ann@x.example",
		'ａｎｎ＠ｘ．ｅｘａｍｐｌｅ',
	])('is taken off: %s', async (email) => {
		expect(await made({ ...create, email })).toMatchObject({ email: 'ann@x.example' });
		const updateFields = { email };
		await run({ resource: 'client', operation: 'update', clientId: byId(CLIENT), updateFields });
		expect(sandbox.store.records.get(CLIENT)).toMatchObject({ email: 'ann@x.example' });
	});

	it.each([
		'p:+14155551234',
		'tel:+14155551234',
		"'+14155551234",
		'+14155551234;',
		'"+14155551234"',
		'＋１４１５５５５１２３４',
	])('is taken off: %s', async (phone) => {
		expect(await made(additional({ phone }))).toMatchObject({ phone: '+14155551234' });
		expect(await run({ ...find, criteria: { email: '', phone } })).toMatchObject([{ client_id: CLIENT }]);
	});

	it.each(['(415) 555-1234', '555-1234 (home)', '+1 415 555-1234 x7', 'N/A'])(
		'is not what belongs to a phone: %s',
		async (phone) => {
			expect(await made(additional({ phone }))).toMatchObject({ phone });
		},
	);

	it.each([
		'ann@x..example',
		'ann@.example',
		'Ann <ann@x.example>',
		'ann@x.example,bob@x.example',
		'ann@x.example;bob@x.example',
		'mailto:ann@x.example?subject=Hi',
		'ann@x.example>x',
		'mailto:',
		'(ann@x.example)',
		'ann@x_example/',
		'ann@x.example!',
		'**ann@x.example**',
		'ann@x.example|bob',
		'ann@x.example&nbsp;',
		'ann@-x.example',
		'ann@x.example%0a',
		'[ann@x.example](mailto:ann@x.example)',
	])('is refused where it is not plain: %s', async (email) => {
		await refused({ ...create, email }, {}, { message: "'Email' is not an email address" });
	});

	it.each([
		"o'neil@x.example",
		'ann+crm@x.example',
		'müller@bücher.example',
		'ann_b.c-d@x-y.example',
		'a&b@x.example',
	])('has nothing to do with %s', async (email) => {
		expect(await made({ ...create, email })).toMatchObject({ email });
	});
});

describe('What could not be read', () => {
	const message = (name: string) => `'${name}' could not be read: it has the character "\uFFFD"`;
	const description = expect.stringContaining("'Encoding'") as unknown;

	it.each([
		['First Name', { ...create, firstName: 'N\uFFFD\uFFFDez' }],
		['Last Name', { ...upsert, lastName: '\uFFFD' }],
		['City', additional({ city: 'S\uFFFDo Paulo' })],
		['State', { ...upsert, additionalFields: { state: 'Qu\uFFFDbec' } }],
		[
			'Last Name',
			{
				resource: 'client',
				operation: 'update',
				clientId: byId(CLIENT),
				updateFields: { lastName: 'N\uFFFDez' },
			},
		],
		['City', { ...create, ...json({ city: 'S\uFFFDo Paulo' }) }],
		['City', additional({ extraFields: { field: [{ name: 'city', value: 'S\uFFFDo Paulo' }] } })],
		[
			'New Status',
			{
				resource: 'client',
				operation: 'updateStatus',
				clientId: byId(CLIENT),
				status: byName('Client \uFFFD'),
			},
		],
		['Status', { ...create, resource: 'client', additionalFields: { status: byName('Client \uFFFD') } }],
	])('is no %s', async (name, parameters) => {
		await refused(parameters, {}, { message: message(name), description });
	});

	it.each([
		['First Name', 'NÃºÃ±ez', 'Ãº'],
		['Last Name', 'JOSÃ‰', 'Ã‰'],
		['City', 'MontrÃ©al', 'Ã©'],
	])('is no %s: %s', async (name, value, characters) => {
		const field = { 'First Name': 'firstName', 'Last Name': 'lastName' }[name];
		const parameters = field === undefined ? additional({ city: value }) : { ...create, [field]: value };
		await refused(
			parameters,
			{},
			{ message: `'${name}' could not be read: it has the characters "${characters}"`, description },
		);
	});

	it.each(['JOÃO', 'Âme', 'Ñandú', 'Nguyễn Â'])('is not what is written so: %s', async (firstName) => {
		expect(await made({ ...create, firstName })).toMatchObject({ first_name: firstName });
	});

	it.each([
		['First Name', '#N/A', 'The spreadsheet shows an error'],
		['First Name', '{{ $json.first }}', 'An expression did not give its value'],
		['City', '#REF!', 'The spreadsheet shows an error'],
		['ZIP', '#VALUE!', 'The spreadsheet shows an error'],
		['City', '[object Object]', 'An expression did not give its value'],
	])('is no %s: %s', async (name, value, problem) => {
		const field = name.toLowerCase();
		const parameters =
			name === 'First Name' ? { ...create, firstName: value } : additional({ [field]: value });
		await refused(
			parameters,
			{},
			{ message: `'${name}' is "${value}"`, description: expect.stringContaining(problem) },
		);
	});

	it('stays where it is a free text', async () => {
		await run({ ...note, text: 'What does \uFFFD mean?' });
		expect(sandbox.store.notes.at(-1)?.text).toBe('What does \uFFFD mean?');
	});
});

it.each([
	[2134, '02134'],
	[501, '00501'],
	['2134', '2134'],
	[94105, '94105'],
	[12, '12'],
	["'02134", '02134'],
	['="02134"', '02134'],
	['94105.0', '94105'],
	['９４１０５', '94105'],
	['02134-1234', '02134-1234'],
])('the ZIP %p is %s', async (zip, sent) => {
	expect(await made(additional({ zip: '={{ $json.zip }}' }), { zip })).toMatchObject({ zip: sent });
	expect(await made({ ...create, ...json({ zip }) })).toMatchObject({ zip: sent });
});

describe('Package Keyword', () => {
	const keyword = { ...upsert, ...additionalOf('packageKeyword') };

	it.each([{}, { extraFieldsJson: '{"package_keyword": "gold"}' }])(
		'is sent with a creation only: %j',
		async (more) => {
			const parameters = { ...keyword, additionalFields: { ...keyword.additionalFields, ...more } };
			await run(parameters, [{ packageKeyword: 'gold' }]);
			await run(parameters, [{ packageKeyword: 'gold' }]);
			const [created, updated] = sandbox.requests.filter(({ method }) => method !== 'GET');
			expect(created).toMatchObject({ method: 'POST', body: { package_keyword: 'gold' } });
			expect(updated).toMatchObject({ method: 'PATCH', body: { email: ann.email } });
			expect(updated?.body).not.toHaveProperty('package_keyword');
		},
	);

	it('says so in the form', () => {
		const fields = engine
			.nodeType('whiteLabelCro')
			.description.properties.filter(({ displayOptions }) =>
				displayOptions?.show?.operation?.includes('createOrUpdate'),
			)
			.flatMap(({ options = [] }) => options as INodeProperties[]);
		expect(fields.find(({ name }) => name === 'packageKeyword')?.description).toMatch(/only.*creat/i);
	});
});

describe('Extra Fields', () => {
	const rowOf = (name: string, value: unknown) => ({
		...create,
		additionalFields: { extraFields: { field: [{ name, value: `={{ ${JSON.stringify(value)} }}` }] } },
	});

	it('join the values of a multi-select where they are free text', async () => {
		const values = ['Late payments', ' Collections ', null, 3];
		expect((await made(rowOf('goals', values)))?.extra).toEqual({ goals: 'Late payments, Collections, 3' });
		for (const parameters of [
			rowOf('city', ['Reno', 'Sparks']),
			{ ...create, ...json({ city: ['Reno', 'Sparks'] }) },
		])
			expect(await made(parameters)).toMatchObject({ city: 'Reno, Sparks' });
	});

	it.each([
		['phone', 'Phone'],
		['external_id', 'External ID'],
		['affiliate_id', 'Affiliate'],
	])('with several values for %s are refused by its name', async (name, title) => {
		const message = `'${title}' is a list, not text or a number`;
		await refused(rowOf(name, ['1', '2']), {}, { message });
		await refused({ ...create, ...json({ [name]: ['1', '2'] }) }, {}, { message });
	});

	it('know a field by its name, whatever no one sees in that', async () => {
		await refused(
			rowOf('external_id\u200B', '#N/A'),
			{},
			{ message: expect.stringMatching(/identifies nobody/) },
		);
		await refused(rowOf('client\u00AD_id', 7), {}, { message: expect.stringMatching(/cannot be changed/) });
	});

	it('know a field in whatever case it is written', async () => {
		await refused(
			{ ...create, ...json({ External_ID: '#N/A' }) },
			{},
			{ message: expect.stringMatching(/identifies nobody/) },
		);
		expect(await made({ ...create, ...json({ Email: 'bob@x.example', ZIP: 2134 }) })).toMatchObject({
			email: ann.email,
			zip: '02134',
			extra: {},
		});
		expect(await made(rowOf('City', 'Reno'))).toMatchObject({ city: 'Reno', extra: {} });
	});

	it('as JSON may be fenced, as an AI agent writes it', async () => {
		const extraFieldsJson = '```json\n{"city": "Reno"}\n```';
		expect(await made({ ...create, additionalFields: { extraFieldsJson } })).toMatchObject({ city: 'Reno' });
	});

	it.each(['client_id', 'id', 'Client_ID', 'clientId', ' ID '])(
		'do not name another record by %s',
		async (name) => {
			const error = {
				message: `The extra field '${name.trim()}' is the ID of a record, which cannot be changed`,
				description: expect.stringContaining('Remove it'),
			};
			await refused(rowOf(name, 7), {}, error);
			await refused({ ...create, ...json({ [name]: 7 }) }, {}, error);
			const update = { resource: 'client', operation: 'update', clientId: byId(CLIENT) };
			await refused({ ...update, updateFields: { extraFieldsJson: { [name]: 7 } } }, {}, error);
		},
	);

	it.each([
		['{“source”: "x"}', 'line 1, column 2: curly quotes', 'straight'],
		['{\n "a": 1,\n "source": “x”}', 'line 3, column 12: curly quotes', 'straight'],
		["{'source': 'x'}", 'line 1, column 2: single quotes', 'double'],
		['{"source": "a\nb"}', 'line 1, column 12: a line break inside a text', '\\n'],
		['{"source": "x",\n}', 'line 1, column 15: a comma before a closing bracket', 'Remove'],
		['{"a": [1, 2,]}', 'line 1, column 12: a comma before a closing bracket', 'Remove'],
		['{"source":\u200B "x"}', 'line 1, column 11: an invisible character', 'Remove'],
		['{source: "x"}', 'line 1, column 2: something that is not JSON', '{"field_name": "value"}'],
		['{"source": undefined}', 'line 1, column 12: something that is not JSON', '{"field_name": "value"}'],
		[
			'{"a": ",]", "b": 1 "c": 2}',
			'line 1, column 20: a missing comma, colon or bracket',
			'{"field_name": "value"}',
		],
		['[1]', undefined, '{"field_name": "value"}'],
	])('as JSON: %j names the place and the cause', async (extraFieldsJson, cause, remedy) => {
		const parameters = { ...create, additionalFields: { extraFieldsJson } };
		const place = cause === undefined ? '' : ` (${cause})`;
		await refused(
			parameters,
			{},
			{
				message: `'Extra Fields (JSON)' is not a JSON object${place}`,
				description: expect.stringContaining(remedy),
			},
		);
	});
});

describe('A field to match by that is empty in all items', () => {
	const matched = { ...upsert, email: '={{ $json.email }}', externalId: '={{ $json.id }}' };
	const rows = (...ids: Array<string | undefined>) =>
		ids.map((id, index) => ({ id, email: `row${index}@x.example` }));
	const hintsOf = async (parameters: object, items: IDataObject[], settings = {}) => {
		const run = await engine.runWorkflow(parameters as INodeParameters, items, settings);
		return run.data.resultData.runData.WhiteLabelCRO?.[0]?.hints?.map(({ message }) => message) ?? [];
	};

	it('is told with what was matched by instead', async () => {
		const parameters = { ...matched, matchBy: ['external_id', 'email'] };
		expect(await hintsOf(parameters, rows('', ' ', undefined))).toEqual([
			expect.stringMatching(
				/^External ID was empty in 3 of 3 items; they were matched by Email\. .*Byte Order Mark/,
			),
		]);
		const items = [...rows('', ''), { email: 'no address' }];
		const hints = await hintsOf(parameters, items, { onError: 'continueRegularOutput' });
		expect(hints).toEqual([expect.stringMatching(/^External ID was empty in 2 of 2 items; /)]);
	});

	it('is not told if one item has it, or if nobody chose it', async () => {
		expect(await hintsOf({ ...matched, matchBy: ['external_id', 'email'] }, rows('', 'a-1'))).toEqual([]);
		expect(await hintsOf({ ...matched, matchBy: ['email'] }, rows('', ''))).toEqual([]);
	});
});

describe.each(dialects)('A shared phone to match by, on an account with %s', (_name, dialect) => {
	const family = {
		...upsert,
		matchBy: ['phone'],
		phone: '+14155550188',
		firstName: '={{ $json.firstName }}',
		email: '={{ $json.email }}',
	};
	const bob = { firstName: 'Bob', email: 'bob@y.example' };
	const error = {
		message: 'This phone belongs to someone with another name and email',
		description: expect.stringContaining("'Update Even If Name and Email Differ'"),
	};
	beforeEach(() => {
		sandbox.setDialect(dialect);
	});

	const ids = async () => (await run(family, [ann])).map(({ client_id }) => client_id as number);

	it('overwrites nobody, in another run or in the same', async () => {
		const [id = 0] = await ids();
		await expect(run(family, [bob])).rejects.toMatchObject({ ...error, context: { itemIndex: 0 } });
		expect(sandbox.store.records.get(id)).toMatchObject({ first_name: 'Ann', email: ann.email });
		const other = { ...family, phone: '+14155550199' };
		await expect(run({ ...other, options: { itemsAtOnce: 1 } }, [ann, bob])).rejects.toMatchObject({
			message: error.message,
			context: { itemIndex: 1 },
		});
	});

	it('updates whoever has the name or the email, and anyone if it is told to', async () => {
		const [id = 0] = await ids();
		const same = [
			{ ...ann, email: 'new@x.example' },
			{ ...bob, email: 'new@x.example' },
			{ ...bob, email: 'BOB@y.example' },
		];
		for (const row of same)
			expect(await run(family, [row])).toMatchObject([{ action: 'updated', client_id: id }]);
		const told = { ...family, updateAnyone: true };
		expect(await run(told, [ann])).toMatchObject([{ action: 'updated', client_id: id }]);
		expect(await run(told, [ann, bob])).toMatchObject([{ client_id: id }, { client_id: id }]);
	});
});

it.each([
	['an email that is not listed and another name', { email: undefined }, false],
	[
		'neither email nor name listed',
		{ email: undefined, full_name: undefined, first_name: undefined, last_name: undefined },
		true,
	],
	[
		'the full name only, which is the same in another case',
		{ email: null, full_name: 'ANN archer', first_name: undefined, last_name: undefined },
		true,
	],
])('a phone whose record has %s is told by what is listed', async (_what, changes, isUpdated) => {
	const bob = {
		client_id: 7,
		first_name: 'Bob',
		last_name: 'Bell',
		full_name: 'Bob Bell',
		email: 'bob@y.example',
	};
	const hit = { ...bob, ...changes };
	const answer = ({ method }: { method: string }) =>
		method === 'GET' ? hit : { success: true, client_id: 7 };
	await withCrm(answer, async (baseUrl) => {
		const other = await startEngine({ apiKey: 'any', baseUrl });
		const updated = other.execute({ ...upsert, matchBy: ['phone'], phone: '+14155550188' });
		if (isUpdated) expect(await updated).toMatchObject([{ json: { action: 'updated', client_id: 7 } }]);
		else await expect(updated).rejects.toThrow('This phone belongs to someone with another name and email');
	});
});
