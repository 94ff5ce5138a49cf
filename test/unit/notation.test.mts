// What the report of Account: Check shows of an answer: names, types, lengths, and forms, never a value; and that it is read back.
import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';

import { notationOf } from '../../nodes/WhiteLabelCro/actions/account/notation.ts';
import { specimenOf } from '../../scripts/report/specimen.mts';
import { inWords } from '../../scripts/report/words.mts';

const PAGE = {
	items: [{ id: 45678, type: 'lead.created', payload: { client_id: 5 } }],
	next_cursor: null,
	has_more: false,
};

test.each([
	[PAGE, 'an object with `items` (a list of 1), `next_cursor` (null) and `has_more`'],
	[{ message: 'No such client' }, 'an object with `message`'],
	[{ message: 'x', 'Number of kids': 2 }, 'an object with `message` and one more field'],
	[{ 'jane@example.com': 1, 'joe@example.com': 2 }, 'an object with 2 fields'],
	[{}, 'an empty object'],
	[[], 'an empty list'],
	[[1, 2], 'a list of 2'],
	[null, 'null'],
	['', 'nothing'],
	[undefined, 'nothing'],
	['Jane', 'text of 4 characters'],
	[17, 'a number'],
	[true, 'true or false'],
])('The shape of %j is, in words, %s, also as read back from its notation', (value, words) => {
	expect(inWords(value)).toBe(words);
	expect(inWords(specimenOf(notationOf(value)))).toBe(words);
});

/** Letters that no word of a shape and no name of the API has. */
const secret = fc.stringMatching(/^[ZJQ#%]{1,30}$/);
const NAMES = [
	'email',
	'payload',
	'events',
	'id',
	'createdUtc',
	'created_utc',
	'success',
	'has_more',
	'type',
];

/** Anything that can be answered, under names of the API and others. */
const json = fc.letrec((tie) => ({
	value: fc.oneof(
		{ depthSize: 'small' },
		secret,
		fc.constantFrom(null, true, false, '', 'false', '12', '2026-01-28T10:30:00Z', '2026-01-28 10:30:00'),
		fc.double({ noNaN: true }),
		tie('list'),
		tie('object'),
	),
	list: fc.array(tie('value'), { maxLength: 8 }),
	object: fc.dictionary(fc.oneof(secret, fc.constantFrom(...NAMES)), tie('value'), {
		maxKeys: 8,
	}),
})).value;

describe('The notation', () => {
	test.each([
		[
			PAGE,
			'{items: [1 × {id: number(5), type: text(12), payload: {client_id: number(1)}}], next_cursor: null, has_more: false}',
		],
		[{ Nickname: 'Jo', email: 'jo@example.com' }, '{email: text(14), (name of 8): text(2)}'],
		[[], '[]'],
		[-1.5, 'number(2)'],
		['', 'nothing'],
		[{ success: 'False', is_approved_affiliate: true }, '{success: "false", is_approved_affiliate: boolean}'],
		[
			{ createdUtc: '2026-01-28T10:30:00Z', created_utc: '2026-01-28T10:30:00' },
			'{createdUtc: time(zone), created_utc: time(no zone)}',
		],
		[{ created_utc: 'half past ten', phone: '5551234567' }, '{created_utc: text(13), phone: digits(10)}'],
	])('of %j is %s', (value, notation) => {
		expect(notationOf(value)).toBe(notation);
	});

	it('holds nothing of any value, and of no name that is not of the API', () => {
		fc.assert(fc.property(json, (value) => !/[ZJQ#%]/.test(notationOf(value))));
	});

	it('holds no number, email, phone, or date of an answer, wherever that stands', () => {
		const told = fc.constantFrom(
			'jane@example.com',
			'+14155550111',
			'415-555-0111',
			'2026-01-28',
			'Lead - New',
		);
		const name = fc.oneof(told, fc.constantFrom(...NAMES));
		const answer = fc.letrec((tie) => ({
			value: fc.oneof(
				{ depthSize: 'small' },
				told,
				fc.integer({ min: 1_000_000 }),
				tie('list'),
				tie('object'),
			),
			list: fc.array(tie('value')),
			object: fc.dictionary(name, tie('value')),
		})).value;
		fc.assert(fc.property(answer, (value) => !/@|\d{4}|555|Lead|-/.test(notationOf(value))));
	});

	it('of an endless answer is short', () => {
		const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`field ${at}`, at]));
		expect(notationOf(wide).length).toBeLessThan(2000);
		let deep: unknown = 1;
		for (let at = 0; at < 10_000; at++) deep = [deep];
		expect(notationOf(deep).length).toBeLessThan(100);
		const nest = (depth: number): unknown =>
			depth === 0 ? 1 : Object.fromEntries(Array.from({ length: 20 }, (_, at) => [at, nest(depth - 1)]));
		expect(notationOf({ events: [nest(4)] }).length).toBeLessThan(2000);
	});

	it('shows the names of the API in an answer that is too long to be shown', () => {
		const names = Object.fromEntries(
			Array.from({ length: 100 }, (_, at) => [`custom ${at}`, { at: { at } }]),
		);
		expect(notationOf({ ...names, nextCursor: null, events: [] })).toMatch(
			/^\{nextCursor: null, events: \[\], .* more\}$/,
		);
	});

	it('read back has the same words and the same notation', () => {
		const isReadBack = fc.property(json, (value) => {
			const notation = notationOf(value);
			const specimen = specimenOf(notation);
			expect(inWords(specimen)).toBe(inWords(value));
			// Where a part is left out, the specimen is smaller.
			if (notation.includes('…')) return;
			expect(withoutLengths(notationOf(specimen))).toBe(withoutLengths(notation));
		});
		fc.assert(isReadBack);
	});

	test.each(['{', '[2 × ', 'text', '{a: text(1)', 'Jane', '{client id: null}', 'null null', ''])(
		'is not what is not one: %j',
		(text) => {
			expect(() => specimenOf(text)).toThrow(SyntaxError);
		},
	);
});

/** A specimen has other names where the notation hides them, and other numbers. */
function withoutLengths(notation: string): string {
	return notation.replaceAll(/name of \d+|number\(\d+\)/g, '');
}
