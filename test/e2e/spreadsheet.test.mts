// Files as people have them, read by n8n's own nodes: everyone in them is in the CRM once, and whoever cannot be told is an error.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';
import type { Execution } from '../../scripts/real-n8n/rest.mts';
import { PACKAGE } from './owner.mts';
import { runOnce, startedByRequest } from './runOnce.mts';
import { SET_UP_TIMEOUT_MS, type SharedStage, itemsOf, node, joinStage } from './stage.mts';

const UPSERT = 'Create or Update';
const BOM = '\uFEFF';
const IN_LATIN_1 = 'latin1';

let stage: SharedStage;

beforeAll(async () => {
	stage = await joinStage();
}, SET_UP_TIMEOUT_MS);

afterAll(async () => {
	await stage.strike();
});

/** Has n8n make a file, read it, and write each of its rows into the CRM. */
async function imports(
	items: object[],
	makeFile: INode['parameters'],
	readFile: INode['parameters'],
	matchBy: string[],
	onError: INode['onError'],
): Promise<Execution> {
	const upsert = {
		resource: 'lead',
		operation: 'createOrUpdate',
		matchBy,
		firstName: '={{ $json.first }}',
		lastName: '={{ $json.last }}',
		email: '={{ $json.email }}',
		...(matchBy.includes('external_id') && { externalId: '={{ $json.row_id }}' }),
		...(matchBy.includes('phone') && { phone: '={{ $json.phone }}' }),
		additionalFields: {
			...(!matchBy.includes('phone') && { phone: '={{ $json.phone }}' }),
			zip: '={{ $json.zip }}',
		},
	};
	const nodes = [
		node('Make the File', 'n8n-nodes-base.convertToFile', makeFile, { typeVersion: 1.1 }),
		node('Read the File', 'n8n-nodes-base.extractFromFile', readFile, { typeVersion: 1.1 }),
		node(UPSERT, `${PACKAGE}.whiteLabelCro`, upsert, { onError }),
	];
	return await runOnce(stage, startedByRequest('Imports a file', nodes), items);
}

async function importsCsv(lines: Buffer[], options: INodeParameters = {}): Promise<Execution> {
	const file = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\r\n')])).toString('base64');
	return await imports(
		[{ file }],
		{ operation: 'toBinary', sourceProperty: 'file', options: { fileName: 'leads.csv' } },
		{ operation: 'csv', options },
		['external_id', 'email'],
		'continueErrorOutput',
	);
}

/** What the CRM has of everyone whose email ends so, in alphabetical order. */
const people = (domain: string) =>
	stage.sandbox.store.records
		.all()
		.filter(({ email }) => email.endsWith(`@${domain}`))
		.map(({ external_id, first_name, last_name, email, phone, zip }) =>
			[first_name, last_name, email, external_id, phone, zip].join(' | '),
		)
		.toSorted();

test('a CSV file', async () => {
	const jane = stage.sandbox.store.records.get(12345);
	const count = stage.sandbox.store.records.size;
	const rows = [
		'row_id,first,last,email,phone,zip',
		'A-1,Ann,Archer,ann@csv.example,p:+14155550101,02134',
		'1.23457E+15,Bob,Baker,bob@csv.example,,',
		'1.23457E+15,Bea,Baker,bea@csv.example,,',
		'#N/A,Cid,Cole,cid@csv.example,,',
		'A-2,Dee,N\xFA\xF1ez,dee@csv.example,,',
		'A-3,Eve,Ewing,mailto:eve@csv.example,N/A,94105-1234',
		'"A-1 ",Ann,Archer,<ANN@csv.example>,,02134',
		'A-4,Flo,Ford,flo@csv..example,,',
		'null,Gus,Gray,gus@csv.example,,',
		`A-5,Jane,Smith,${jane?.email.toUpperCase()},,`,
		',Hal,Hall,hal@csv.example,000-000-0000,',
		'#VALUE!,Ida,Ives,ida@csv.example,,',
	].map((row) => Buffer.from(row, IN_LATIN_1));
	// With characters that no one sees, as what is copied from a page has.
	rows.push(
		Buffer.from('A\u200B-6,Ivy\u2060,Irwin\u00AD,\u202Aivy@csv.example\u202C,\u202A+14155550107\u202C,'),
	);
	rows.push(Buffer.from('A-6,Ivy,Irwin,ivy@csv.example,,'));

	const execution = await importsCsv(rows);

	expect(people('csv.example')).toEqual([
		'Ann | Archer | ANN@csv.example | A-1 | +14155550101 | 02134',
		'Eve | Ewing | eve@csv.example | A-3 | N/A | 94105-1234',
		'Hal | Hall | hal@csv.example |  | 000-000-0000 | ',
		'Ivy | Irwin | ivy@csv.example | A-6 | +14155550107 | ',
	]);
	expect(stage.sandbox.store.records.size).toBe(count + 4);
	expect(stage.sandbox.store.records.get(12345)).toMatchObject({ external_id: 'A-5', status: jane?.status });
	expect(itemsOf(execution, UPSERT).map(({ json }) => [json.action, json.record_type, json.email])).toEqual([
		['created', 'lead', 'ann@csv.example'],
		['created', 'lead', 'eve@csv.example'],
		['updated', 'lead', 'ANN@csv.example'],
		['updated', 'client', jane?.email.toUpperCase()],
		['created', 'lead', 'hal@csv.example'],
		['created', 'lead', 'ivy@csv.example'],
		['updated', 'lead', 'ivy@csv.example'],
	]);
	const [rounded, formula] = ['Format the column as text in the spreadsheet', 'Correct its formula'];
	expect(itemsOf(execution, UPSERT, 1).map(({ json }) => [json.first, json.error])).toEqual([
		['Bob', expect.stringMatching(`^Item 2: 'External ID' is "1\\.23457E\\+15", which .*${rounded}`)],
		['Bea', expect.stringMatching(`^Item 3: 'External ID' is "1\\.23457E\\+15", which .*${rounded}`)],
		['Cid', expect.stringMatching(`^Item 4: 'External ID' is "#N/A", which identifies nobody.*${formula}`)],
		['Dee', expect.stringMatching("^Item 5: 'Last Name' could not be read: .*Set 'Encoding' in the node")],
		['Flo', expect.stringMatching("^Item 8: 'Email' is not an email address.*name@example.com")],
		['Gus', expect.stringMatching(`^Item 9: 'External ID' is "null", which .*Leave it empty`)],
		['Ida', expect.stringMatching(`^Item 12: 'External ID' is "#VALUE!", which .*${formula}`)],
	]);
});

test('a CSV file with a byte-order mark', async () => {
	const rows = [
		`${BOM}row_id,first,last,email`,
		'B-1,Ann,Archer,ann@bom.example',
		'B-2,Bob,Bell,bob@bom.example',
	];
	const lines = rows.map((row) => Buffer.from(row));
	const execution = await importsCsv(lines);
	expect(execution.data.resultData.runData[UPSERT]?.[0]?.hints?.map(({ message }) => message)).toEqual([
		expect.stringMatching(
			/^External ID was empty in 2 of 2 items; they were matched by Email\..*'Exclude Byte Order Mark \(BOM\)'/,
		),
	]);
	await importsCsv(lines, { enableBOM: true });
	expect(people('bom.example')).toEqual([
		'Ann | Archer | ann@bom.example | B-1 |  | ',
		'Bob | Bell | bob@bom.example | B-2 |  | ',
	]);
});

test('a workbook', async () => {
	const row = (first: string, phone: unknown, zip?: unknown) => ({
		first,
		last: 'Lee',
		email: `${first.toLowerCase()}@xlsx.example`,
		phone,
		zip,
	});
	const execution = await imports(
		[
			row('Kim', 14155550121, 2134),
			row('Leo', 14155550121),
			row('Mia', 'N/A'),
			row('Ned', '1.41555E+10'),
			row('Oda', '12345678901234567'),
			row('Pia', 2 ** 53 + 2),
			row('Kim', '\u202A14155550121\u202C', '02134'),
			row('Quy', '(   )    -'),
			row('Ray', '415-555-0122', 501),
		],
		{ operation: 'xlsx', options: { fileName: 'leads.xlsx' } },
		{ operation: 'xlsx', options: {} },
		['phone'],
		'continueRegularOutput',
	);

	expect(people('xlsx.example')).toEqual([
		'Kim | Lee | kim@xlsx.example |  | 14155550121 | 02134',
		'Oda | Lee | oda@xlsx.example |  | 12345678901234567 | ',
		'Ray | Lee | ray@xlsx.example |  | 415-555-0122 | 00501',
	]);
	const [kim] = itemsOf(execution, UPSERT);
	expect(itemsOf(execution, UPSERT).map(({ json }) => json.error ?? [json.action, json.client_id])).toEqual([
		['created', expect.any(Number)],
		expect.stringMatching(
			'^Item 2: This phone belongs to someone with another name and email.*Match by Email or External ID',
		),
		expect.stringMatching('^Item 3: \'Phone\' is "N/A", which identifies nobody.*Leave it empty'),
		expect.stringMatching('^Item 4: \'Phone\' is "1.41555E\\+10", which identifies nobody.*as text'),
		['created', expect.any(Number)],
		expect.stringMatching('^Item 6: \'Phone\' is "9007199254740994", which identifies nobody.*as text'),
		['updated', kim?.json.client_id],
		expect.stringMatching("^Item 8: 'Phone' is .*, which identifies nobody.*Leave it empty"),
		['created', expect.any(Number)],
	]);
	expect(itemsOf(execution, UPSERT).map(({ pairedItem }) => pairedItem)).toEqual(
		Array.from({ length: 9 }, (_, item) => ({ item })),
	);
});
