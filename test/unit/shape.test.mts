// What the report of Account: Check shows of an answer: names, types and lengths, and never a value.
import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';

import { inNotation, inWords } from '../../nodes/WhiteLabelCro/actions/account/shape.ts';

const PAGE = {
	items: [{ id: 45678, type: 'lead.created', payload: { client_id: 5 } }],
	next_cursor: null,
	has_more: false,
};

describe('A shape', () => {
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
	])('of %j is, in words, %s', (value, words) => {
		expect(inWords(value)).toBe(words);
	});

	test.each([
		[
			PAGE,
			'{items: [1 × {id: number(5), type: text(12), payload: {client_id: number(1)}}], next_cursor: null, has_more: boolean}',
		],
		[{ Nickname: 'Jo', email: 'jo@example.com' }, '{(name of 8): text(2), email: text(14)}'],
		[[], '[]'],
		[-1.5, 'number(2)'],
		['', 'nothing'],
	])('of %j is, as developers note it, %s', (value, notation) => {
		expect(inNotation(value)).toBe(notation);
	});

	it('holds nothing of any value, and of no name that is not of the API', () => {
		// Of letters that no word of a shape and no name of the API has.
		const secret = fc.stringMatching(/^[ZJQ#%]{1,30}$/);
		const names = fc.oneof(secret, fc.constantFrom('email', 'payload', 'events', 'id'));
		const json = fc.letrec((tie) => ({
			value: fc.oneof({ depthSize: 'medium' }, secret, fc.constant(null), tie('list'), tie('object')),
			list: fc.array(tie('value')),
			object: fc.dictionary(names, tie('value')),
		})).value;
		fc.assert(fc.property(json, (value) => !/[ZJQ#%]/.test(inWords(value) + inNotation(value))));
	});

	it('of an endless answer is short', () => {
		const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`field ${at}`, at]));
		expect(inNotation(wide).length).toBeLessThan(2000);
		let deep: unknown = 1;
		for (let at = 0; at < 10_000; at++) deep = [deep];
		expect(inNotation(deep).length).toBeLessThan(100);
	});
});
