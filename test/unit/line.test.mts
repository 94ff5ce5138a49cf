import { describe, expect, it } from '@jest/globals';

import { Line, lineOf } from '../../nodes/WhiteLabelCro/transport/line.ts';
import type { Caller } from '../../nodes/WhiteLabelCro/transport/line.ts';
import type { Outcome } from '../../nodes/WhiteLabelCro/transport/retry.ts';

const NOW = Date.UTC(2026, 0, 28, 10, 30);
const told = (remaining: number, window = '1m'): Outcome => ({
	kind: 'answer',
	answer: {
		statusCode: 200,
		headers: {
			'x-ratelimit-limit': '10',
			'x-ratelimit-remaining': String(remaining),
			'x-ratelimit-reset': String(NOW / 1000 + 30),
			'x-ratelimit-window': window,
		},
		body: undefined,
	},
});

/** A line in which callers join by name, and the names of those who were called, in order. */
const makeLine = () => {
	const line = new Line();
	const called: string[] = [];
	const join = (name: string, background = false) => {
		const caller: Caller = { background, called: () => called.push(name) };
		line.join(caller);
		line.advance(NOW);
		return caller;
	};
	const settle = (caller: Caller, outcome: Outcome) => {
		const { reservation } = caller;
		if (reservation === undefined) throw new Error('It was not called');
		caller.reservation = undefined;
		line.limit.settle(reservation, outcome, NOW);
	};
	return { line, called, join, settle };
};

describe('the line of those who wait for a bucket', () => {
	it('lets one find out, then as many as are left, those first who came first', () => {
		const { line, called, join, settle } = makeLine();
		const first = join('a');
		for (const name of ['b', 'c', 'd', 'e']) join(name);
		expect(called).toEqual(['a']);
		settle(first, told(3));
		line.advance(NOW);
		expect(called).toEqual(['a', 'b', 'c', 'd']);
	});

	it('keeps the place of one that has to come again', () => {
		const { line, called, join, settle } = makeLine();
		const first = join('a');
		join('b');
		settle(first, { kind: 'unreachable', arrived: 'maybe', failure: undefined });
		line.join(first);
		line.advance(NOW);
		expect(called).toEqual(['a', 'a']);
	});

	it('goes on past those in the background that must wait', () => {
		const { line, called, join, settle } = makeLine();
		const first = join('a');
		join('poll', true);
		settle(first, told(2));
		line.advance(NOW);
		join('b');
		join('c');
		join('d');
		expect(called).toEqual(['a', 'b', 'c']);
	});

	it('calls the next if one leaves that was to find out, or that had been called and sends nothing', () => {
		const { line, called, join } = makeLine();
		const first = join('a');
		const second = join('b');
		join('c');
		line.leave(second, NOW);
		expect(called).toEqual(['a']);
		line.leave(first, NOW);
		expect(called).toEqual(['a', 'c']);
	});

	it('is told how long windows are by the other buckets of the key, and by no other key', () => {
		const miss: Outcome = { kind: 'answer', answer: { statusCode: 404, headers: {}, body: undefined } };
		/** How long the last of ten misses are waited for, after a search that told the limit and no length. */
		const waitFor = (account: string) => {
			const { limit } = lineOf(account, 'read');
			limit.settle(limit.reserve(NOW), told(9, ''), NOW);
			const later = NOW + 60_000;
			for (let call = 0; call < 10; call++) limit.settle(limit.reserve(later), miss, later);
			return limit.outlook(later).opensAt - later;
		};
		const writes = lineOf('told by writes', 'write').limit;
		writes.settle(writes.reserve(NOW), told(9, '45s'), NOW);
		expect(waitFor('told by writes')).toBe(45_000);
		expect(waitFor('told by none')).toBeLessThan(30_000);
	});

	it('is one for all executions with the same key, and another for another key or bucket', () => {
		expect(lineOf('shared', 'write')).toBe(lineOf('shared', 'write'));
		expect(lineOf('shared', 'read')).not.toBe(lineOf('shared', 'write'));
		expect(lineOf('other', 'write')).not.toBe(lineOf('shared', 'write'));
	});
});
