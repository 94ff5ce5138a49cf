// What identifies someone, and what only stands in an ID's or a phone number's place.
import { describe, expect, it } from '@jest/globals';

import { rejectedBy } from '../../nodes/WhiteLabelCro/events/filters.ts';
import { identityProblem, unwrapped, visible } from '../../nodes/WhiteLabelCro/helpers/identity.ts';

const problems = (values: unknown[], as?: 'email' | 'phone') =>
	values.map((value) => identityProblem(value, as)?.split('. ')[0]);

describe('An identity is not', () => {
	it.each([
		[
			'an error of a spreadsheet',
			['#N/A', '#REF!', '#VALUE!', '#DIV/0!', '#NAME?', '#NUM!', '#NULL!', '#SPILL!', '#BEZUG!', '#¡REF!'],
			'The spreadsheet shows an error',
		],
		[
			'what a spreadsheet shows',
			['#NV', '#N/V', '#Н/Д', '#¿NOMBRE?', '####', 'Err:502', 'Loading...'],
			'The spreadsheet shows an error',
		],
		[
			'a rounded number',
			['1.23457E+15', '1,23457E+15', '1E+15', '1.5e-7', 12345678901234568, 1e21, -1e300],
			'Its digits were rounded',
		],
		[
			'a word for nothing',
			['null', 'NULL', '(null)', '<undefined>', 'NaN', 'n/a', 'N.A.', 'NA', 'None', 'nil', 'Not provided'],
			'It stands for no value',
		],
		[
			'several of them, or a message',
			[
				'undefined-undefined',
				'null, null',
				'N/A - N/A',
				'N / A',
				'TBD',
				'Invalid Date',
				'not found',
				'No data',
			],
			'It stands for no value',
		],
		[
			'an expression that was not evaluated, or one of whose parts is missing',
			['{{ $json.id }}', 'lead-{{id}}', 'lead-undefined', 'null_7', 'row NaN', 'x [object Object]'],
			'An expression did not give its value',
		],
		['a truth', [true, false, 'TRUE', 'false', 'yes', 'No'], 'It stands for no value'],
		['a zero', [0, '0', '000', '0.00', '-0'], 'It stands for no value'],
		['marks alone', ['-', '--', '?', '…', '/', '( ) -', '"'], 'It stands for no value'],
		['an object as text', ['[object Object]', 'Infinity', NaN], 'It stands for no value'],
	])('%s', (_what, values, problem) => {
		for (const value of values) expect([value, ...problems([value])]).toEqual([value, problem]);
	});

	it.each([
		...['noemail@noemail.com', 'no-email@x.example', 'NONE@x.example', 'na@na.com', 'null@x.example'],
		...[
			'unknown@x.example',
			'no.reply@x.example',
			'not_provided@x.example',
			'no@no.example',
			'x@[object Object]',
		],
	])('the address %s', (address) => {
		expect(identityProblem(address, 'email')).toMatch(/Match by|did not give its value/);
	});

	it('a phone with an address in it', () => {
		expect(identityProblem('ann1234567@x.example', 'phone')).toMatch(/at least 7 digits/);
	});

	it('a phone without at least 7 digits that are not all the same', () => {
		const none = ['12345', '555-123', '000-000-0000', '1111111', '+1 555 555 5555', 'ask her'];
		expect(new Set(problems(none, 'phone')).size).toBeLessThanOrEqual(2);
		expect(problems(none, 'phone')).not.toContain(undefined);
	});
});

it('a record is identified by whatever else an ID may look like', () => {
	const ids = [
		'A-0',
		'0042',
		'12E5',
		'NA-000',
		'#12345',
		'none-of-1',
		42,
		1.5,
		-1,
		'12345678901234567',
		'E+1',
		'Nana',
		'nullable-1',
		'Undefined Ltd',
		'#A/1',
	];
	expect(problems(ids)).toEqual(ids.map(() => undefined));
	expect(problems(['', '  ', '\u200B'])).toEqual([undefined, undefined, undefined]);
});

it('a person is identified by every other address', () => {
	const addresses = [
		'na@x.example',
		'noemi@x.example',
		'nora.email@x.example',
		'smith@smith.example',
		'no@x.example',
	];
	expect(problems(addresses, 'email')).toEqual(addresses.map(() => undefined));
});

it('a phone is identified in every notation', () => {
	const phones = ['+14155551234', '(415) 555-1234', '415.555.1234 x7', 14155551234, '٠١٢٣٤٥٦٧٨', '555-1234'];
	expect(problems(phones, 'phone')).toEqual(phones.map(() => undefined));
});

it.each(
	[
		0xad, 0, 0x200b, 0x200c, 0x200e, 0x2060, 0x202a, 0x202c, 0x2068, 0x2069, 0x3164, 0xfe0f, 0xfeff, 0xe0100,
	].map((code) => [`U+${code.toString(16)}`, String.fromCodePoint(code)]),
)('%s is not seen', (_name, unseen) => {
	expect(visible(`${unseen} An${unseen}n${unseen} `)).toBe('Ann');
});

it('what is seen stays', () => {
	for (const text of ['Zoë 🎉 O’Brien-Müller', '田中 美咲', 'ليلى حداد', 'a\tb \u0007 c', 'Ñúñez'])
		expect(visible(text)).toBe(text);
});

it('a joiner is seen where it belongs: between letters whose form it changes, and between emoji', () => {
	for (const text of ['مهدی\u200Cزاده', 'क्\u200Dष', 'නිමල්\u200D ශ්\u200Dරී', '👩🏽\u200D🚀']) {
		const seen = text.replace('\u200D ', ' ');
		expect(visible(`\u200C${text}\u200D`)).toBe(seen);
	}
	expect(visible('A\u200Dn\u200Cn')).toBe('Ann');
});

it('what a spreadsheet puts before a text, so that it stays one, is taken off', () => {
	expect(['="02134"', '=+14155551234', "'02134", '=ann@x.example'].map(unwrapped)).toEqual([
		...['02134', '+14155551234', '02134', 'ann@x.example'],
	]);
});

it('a text of 100,000 characters takes no longer than a look', () => {
	const long = `x${'.'.repeat(100_000)}`;
	expect(unwrapped(`${long}x`)).toHaveLength(100_002);
	expect(unwrapped(long)).toBe('x');
}, 2000);

it('the Client ID of a filter is understood as the lists show it, and with what no one sees', () => {
	const event = { id: 1, type: 'client.created', payload: { client_id: 12345 } };
	for (const clientId of ['#12345', '7, #12345', '\u202A12345\u202C', '12345\u200B,8'])
		expect(rejectedBy(event, { clientId })).toBeUndefined();
	expect(rejectedBy(event, { clientId: '#1234' })).toBe('Client ID');
});
