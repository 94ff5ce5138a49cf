// What identifies someone, and what only stands in an ID's or a phone number's place.
import { describe, expect, it } from '@jest/globals';

import { rejectedBy } from '../../nodes/WhiteLabelCro/events/filters.ts';
import { identityProblem, visible } from '../../nodes/WhiteLabelCro/helpers/identity.ts';

const problems = (values: unknown[], isPhone?: boolean) =>
	values.map((value) => identityProblem(value, isPhone)?.split('. ')[0]);

describe('An identity is not', () => {
	it.each([
		[
			'an error of a spreadsheet',
			['#N/A', '#REF!', '#VALUE!', '#DIV/0!', '#NAME?', '#NUM!', '#NULL!', '#SPILL!', '#BEZUG!', '#¡REF!'],
			'The spreadsheet shows an error',
		],
		['what a spreadsheet shows', ['#NV', '####', 'Err:502', 'Loading...'], 'The spreadsheet shows an error'],
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
		['a truth', [true, false, 'TRUE', 'false', 'yes', 'No'], 'It stands for no value'],
		['a zero', [0, '0', '000', '0.00', '-0'], 'It stands for no value'],
		['marks alone', ['-', '--', '?', '…', '/', '( ) -', '"'], 'It stands for no value'],
		['an object as text', ['[object Object]', 'Infinity', NaN], 'It stands for no value'],
	])('%s', (_what, values, problem) => {
		for (const value of values) expect([value, ...problems([value])]).toEqual([value, problem]);
	});

	it('a phone without at least 7 digits that are not all the same', () => {
		const none = ['12345', '555-123', '000-000-0000', '1111111', '+1 555 555 5555', 'ask her'];
		expect(new Set(problems(none, true)).size).toBeLessThanOrEqual(2);
		expect(problems(none, true)).not.toContain(undefined);
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
	];
	expect(problems(ids)).toEqual(ids.map(() => undefined));
	expect(problems(['', '  ', '\u200B'])).toEqual([undefined, undefined, undefined]);
});

it('a phone is identified in every notation', () => {
	const phones = ['+14155551234', '(415) 555-1234', '415.555.1234 x7', 14155551234, '٠١٢٣٤٥٦٧٨', '555-1234'];
	expect(problems(phones, true)).toEqual(phones.map(() => undefined));
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

it('the Client ID of a filter is understood as the lists show it, and with what no one sees', () => {
	const event = { id: 1, type: 'client.created', payload: { client_id: 12345 } };
	for (const clientId of ['#12345', '7, #12345', '\u202A12345\u202C', '12345\u200B,8'])
		expect(rejectedBy(event, { clientId })).toBeUndefined();
	expect(rejectedBy(event, { clientId: '#1234' })).toBe('Client ID');
});
