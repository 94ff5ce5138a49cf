import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { fromCursorText, toCursorText } from '../../nodes/WhiteLabelCro/actions/event/nextCursor.ts';
import { resetCursor, takePage } from '../../nodes/WhiteLabelCro/api/eventCursor.ts';
import type { EventCursor } from '../../nodes/WhiteLabelCro/api/eventCursor.ts';
import { positionIn } from '../../nodes/WhiteLabelCro/polling/position.ts';

const NOW = Date.UTC(2026, 0, 28, 10, 30);
const rows = (...ids: Array<number | string>) =>
	ids.map((id) => ({ id, type: 'lead.created', createdUtc: '2026-01-28T10:30:00Z', payload: {} }));
const take = (position: EventCursor, page: Parameters<typeof takePage>[1], most = Infinity) => {
	const { events, hasMore } = takePage(position, page, most);
	return { ids: events.map(({ id }) => id), hasMore };
};

describe('a page of the event log', () => {
	it.each([
		['says so', { nextCursor: 'b', hasMore: true }, true],
		['says the contrary', { nextCursor: 'b', hasMore: false }, false],
		['says so without a cursor', { hasMore: true }, false],
		['says nothing, and has events and another cursor', { nextCursor: 'b' }, true],
		['says nothing, and gives the cursor back', { nextCursor: 'a' }, false],
		['says nothing, and gives no cursor', {}, false],
	])('that %s tells whether more follow', (_what, page, hasMore) => {
		expect(take({ cursor: 'a' }, { events: rows(1), ...page })).toEqual({ ids: [1], hasMore });
	});

	it('that is empty is the last, unless it says that more follow', () => {
		expect(take({ cursor: 'a' }, { events: [], nextCursor: 'b' }).hasMore).toBe(false);
		expect(take({ cursor: 'a' }, { events: [], nextCursor: 'b', hasMore: true }).hasMore).toBe(true);
	});

	it('without a cursor behind it is read again, and gives only what is new then', () => {
		const position: EventCursor = { cursor: 'a' };
		expect(take(position, { events: rows(1, 2) }).ids).toEqual([1, 2]);
		expect(take(position, { events: rows(1, 2) }).ids).toEqual([]);
		expect(take(position, { events: rows(1, 2, 3), nextCursor: 'b', hasMore: false }).ids).toEqual([3]);
		expect(position).toEqual({ cursor: 'b', lastId: '3' });
	});

	it('that is longer than wanted gives the rest with the next reading', () => {
		const position: EventCursor = {};
		const page = { events: rows(1, 2, 3), nextCursor: 'b', hasMore: false };
		expect(take(position, page, 2)).toEqual({ ids: [1, 2], hasMore: false });
		expect(take(position, page, 2)).toEqual({ ids: [3], hasMore: false });
		expect(position).toEqual({ cursor: 'b', lastId: '3' });
	});

	it('of a server that takes no notice of the cursor gives no event twice', () => {
		const position: EventCursor = {};
		const page = { events: rows(1, 2), nextCursor: 'b', hasMore: true };
		expect(take(position, page).ids).toEqual([1, 2]);
		expect(take(position, page).ids).toEqual([]);
	});

	it('that begins with the last event that was read gives what is behind it, an ID committed late too', () => {
		const position: EventCursor = { cursor: 'a', lastId: '2' };
		expect(take(position, { events: rows(2, 1, 3), nextCursor: 'b', hasMore: false }).ids).toEqual([1, 3]);
		expect(position).toEqual({ cursor: 'b', lastId: '3' });
	});

	it('gives an ID that was rounded like the last one, since it may be of another event', () => {
		const position: EventCursor = { cursor: 'a', lastId: '9007199254740992' };
		const events = rows(9007199254740992, '9007199254740992');
		expect(take(position, { events, nextCursor: 'b' }).ids).toEqual([9007199254740992]);
	});

	it('compares ids as the numbers that they are, wider than a JavaScript number too', () => {
		const position: EventCursor = { lastId: '9007199254740993' };
		resetCursor(position);
		const events = rows('9', '9007199254740993', '9007199254740994', '10000000000000000');
		expect(take(position, { events }).ids).toEqual(['9007199254740994', '10000000000000000']);
	});

	it('compares ids that are no numbers by their length, then by their letters', () => {
		const events = rows('evt_9', 'evt_10', 'evt_11', 'evt_09', 'evt_100');
		expect(take({ lastId: 'evt_10', rereading: true }, { events }).ids).toEqual(['evt_11', 'evt_100']);
	});

	it('without a cursor behind it gives an ID committed late, too, and leaves the reader where it was', () => {
		const position: EventCursor = { cursor: 'a', lastId: '2' };
		expect(take(position, { events: rows(1, 3) }).ids).toEqual([1, 3]);
		expect(position.cursor).toBe('a');
	});

	it('that has just as many as wanted is read to its end', () => {
		const position: EventCursor = {};
		const page = { events: rows(1, 2), nextCursor: 'b', hasMore: true };
		expect(take(position, page, 2)).toEqual({ ids: [1, 2], hasMore: true });
		expect(position).toEqual({ cursor: 'b', lastId: '2' });
	});

	it('of older events does not make a newer one forgotten', () => {
		const position: EventCursor = { cursor: 'a', lastId: '5' };
		expect(take(position, { events: rows(3), nextCursor: 'b' }).ids).toEqual([3]);
		resetCursor(position);
		expect(take(position, { events: rows(3, 4, 5, 6) }).ids).toEqual([6]);
	});

	it('that is read again has nothing new in a row that is no event', () => {
		const rowWithoutId = { note: 'a' };
		expect(takePage({ lastId: '2', rereading: true }, { events: [rowWithoutId] }, 9).events).toEqual([]);
	});

	describe('when the log is read again from its beginning', () => {
		const again = (): EventCursor => ({ cursor: 'a', lastId: '2', rereading: true });
		const late = { events: rows(1), nextCursor: 'z', hasMore: false };

		it.each([
			['is the last, with a cursor', { events: rows(1, 2), nextCursor: 'b', hasMore: false }],
			['is empty, and gives the cursor back', { events: [], nextCursor: 'a' }],
		])('and %s, ends that: an ID committed late is new behind it', (_what, page) => {
			const position = again();
			expect(take(position, page).ids).toEqual([]);
			expect(take(position, late).ids).toEqual([1]);
		});

		it.each([
			['says that more follow', { events: rows(1), nextCursor: 'b', hasMore: true }],
			[
				'ends with the newest that was read, and says that more follow',
				{ events: rows(2), nextCursor: 'b', hasMore: true },
			],
			['does not say whether more follow', { events: rows(1), nextCursor: 'b' }],
			['is empty, and gives no cursor', { events: [] }],
			['has events, and gives the cursor back', { events: rows(1), nextCursor: 'a', hasMore: false }],
		])('and %s, does not end that', (_what, page) => {
			const position = again();
			expect(take(position, page).ids).toEqual([]);
			expect(take(position, late).ids).toEqual([]);
		});
	});

	it.each([
		['2026-01-28T10:29:59Z', false],
		['2026-01-28T10:30:00Z', true],
		['2026-01-28T10:30:00', true],
		['2026-01-28T10:29:59.999', false],
		['2026-01-28T12:30:00+02:00', true],
		['2026-01-28T11:30:00+02:00', false],
		['some day', true],
		[undefined, true],
	])('of an event created at %s keeps it from the start 10:30 on: %s', (createdUtc, kept) => {
		const events = [{ id: 1, type: 'lead.created', createdUtc, payload: {} }];
		expect(take({ since: NOW }, { events }).ids).toEqual(kept ? [1] : []);
	});
});

describe('the position in a log that is read with another key', () => {
	const owner = { baseUrl: 'https://crm.example', account: 'new', companyId: '92' };
	const log = { ...owner, isEmpty: false };
	const stored = { ...owner, account: 'old', cursor: 'c', lastId: '7', since: 5 };

	it('is kept if the company is the same', () => {
		expect(positionIn(log, stored, NOW, false)).toEqual({ ...stored, account: 'new' });
	});

	it.each([
		['the company is not', { companyId: '93', isEmpty: false }],
		['the log is empty', { companyId: undefined, isEmpty: true }],
	])('begins anew, from now on, if %s, whatever Start says', (_what, { companyId, isEmpty }) => {
		for (const fromBeginning of [true, false]) {
			expect(positionIn({ ...owner, companyId, isEmpty }, stored, NOW, fromBeginning)).toEqual({
				...owner,
				companyId,
				since: NOW,
			});
		}
	});

	it.each([
		['before', '92', undefined],
		['now', undefined, '92'],
	])(
		'is read again with its start and its last event if no event told the company %s',
		(_when, companyId, storedCompanyId) => {
			const position = { ...stored, companyId: storedCompanyId };
			expect(positionIn({ ...log, companyId }, position, NOW, false)).toEqual({
				...owner,
				companyId,
				lastId: '7',
				since: 5,
				rereading: true,
			});
		},
	);

	it('is kept if an older version stored it, which knew neither', () => {
		const older = { baseUrl: log.baseUrl, cursor: 'c', lastId: '7', rereading: true };
		expect(positionIn(log, older, NOW, false)).toEqual({ ...older, ...owner });
	});

	it.each([
		['from now on', false, NOW],
		['from the beginning', true, undefined],
	])('begins %s if there is none, or one of another API', (_start, fromBeginning, since) => {
		const begun = { ...owner, since };
		expect(positionIn(log, undefined, NOW, fromBeginning)).toEqual(begun);
		const elsewhere = { ...stored, baseUrl: 'https://other.example' };
		expect(positionIn(log, elsewhere, NOW, fromBeginning)).toEqual(begun);
	});
});

describe('the next cursor', () => {
	it("is WhiteLabelCRO's own where that says it all, and is read back as it was typed in", () => {
		expect(toCursorText({ cursor: 'abc', lastId: '7' })).toBe('abc');
		expect(fromCursorText('abc')).toEqual({ cursor: 'abc' });
		expect(toCursorText({})).toBe('');
		expect(fromCursorText('')).toEqual({});
	});

	it('is read back to where it was made, whatever the cursor', () => {
		fc.assert(
			fc.property(
				fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
				fc.string(),
				(cursor, lastId) => {
					const position = { cursor, lastId, rereading: true };
					expect(fromCursorText(toCursorText(position))).toEqual(position);
				},
			),
		);
	});

	it.each(['wlcro-position.', 'wlcro-position.###', 'wlcro-position.e30', 'wlcro-position.WzFd'])(
		'of no form of ours, %s, goes to WhiteLabelCRO as it is',
		(text) => {
			expect(fromCursorText(text)).toEqual({ cursor: text });
		},
	);
});
