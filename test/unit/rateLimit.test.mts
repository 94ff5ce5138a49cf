import { describe, expect, it } from '@jest/globals';

import { RateLimitSlot } from '../../nodes/WhiteLabelCro/transport/rateLimit.ts';

const NOW = Date.UTC(2026, 0, 28, 10, 30);
const answer = (remaining: number, resetInSeconds: number) => ({
	statusCode: 200,
	headers: {
		'x-ratelimit-remaining': String(remaining),
		'x-ratelimit-reset': String(NOW / 1000 + resetInSeconds),
	},
});
const refusal = (headers: Record<string, string> = {}) => ({ statusCode: 429, headers });

let accounts = 0;
const newSlot = () => new RateLimitSlot(`account-${++accounts}`, 'write');

describe('a bucket of a rate limit', () => {
	it('of which nothing is known needs no wait', () => {
		expect(newSlot().waitMs(NOW)).toBe(0);
	});

	it('is waited for from the answer that says that nothing remains, until its reset', () => {
		const slot = newSlot();
		slot.learn(answer(1, 7), NOW, 0);
		expect(slot.waitMs(NOW)).toBe(0);
		slot.learn(answer(0, 7), NOW, 0);
		expect(slot.waitMs(NOW)).toBeGreaterThanOrEqual(7000);
		expect(slot.waitMs(NOW)).toBeLessThan(7100);
		expect(slot.waitMs(NOW + 8000)).toBe(0);
	});

	it('counts the calls under way, so that calls made at once do not exceed it together', () => {
		const slot = newSlot();
		slot.learn(answer(2, 7), NOW, 0);
		for (let call = 0; call < 2; call++) {
			expect(slot.waitMs(NOW)).toBe(0);
			slot.take(NOW);
		}
		expect(slot.waitMs(NOW)).toBeGreaterThan(0);
	});

	it('is not made larger by an answer that was overtaken, but begins anew with the next window', () => {
		const slot = newSlot();
		slot.learn(answer(0, 7), NOW, 0);
		slot.learn(answer(3, 7), NOW, 0);
		expect(slot.waitMs(NOW)).toBeGreaterThan(0);
		slot.learn(answer(99, 67), NOW + 7500, 0);
		expect(slot.waitMs(NOW + 7500)).toBe(0);
	});

	it('is one for all executions with the same key, and another for another key or bucket', () => {
		new RateLimitSlot('shared', 'write').learn(answer(0, 7), NOW, 0);
		expect(new RateLimitSlot('shared', 'write').waitMs(NOW)).toBeGreaterThan(0);
		expect(new RateLimitSlot('shared', 'read').waitMs(NOW)).toBe(0);
		expect(new RateLimitSlot('other', 'write').waitMs(NOW)).toBe(0);
	});
});

describe('a 429', () => {
	it('without any headers is waited for longer and longer, half a minute at the most', () => {
		const waits = [1, 2, 3, 4, 5, 6, 7, 8].map((refusals) => {
			const slot = newSlot();
			slot.learn(refusal(), NOW, refusals);
			return slot.waitMs(NOW);
		});
		expect(waits[0]).toBeGreaterThanOrEqual(750);
		expect(waits[3]).toBeGreaterThan(waits[0] ?? 0);
		expect(Math.max(...waits)).toBeLessThanOrEqual(37_600);
	});

	it('that asks for no wait is not followed at once again and again', () => {
		const slot = newSlot();
		const waits = [1, 2, 3, 4, 5].map((refusals) => {
			slot.learn(refusal({ 'retry-after': '0' }), NOW, refusals);
			return slot.waitMs(NOW);
		});
		expect(waits[0]).toBeLessThan(100);
		expect(waits[4]).toBeGreaterThan(1000);
	});

	it('that asks for a day is not believed unasked: after two minutes one call finds out, and the others keep waiting', () => {
		const slot = newSlot();
		slot.learn(refusal({ 'retry-after': '86400' }), NOW, 1);
		expect(slot.waitMs(NOW)).toBe(120_000);
		const later = NOW + 120_000;
		expect(slot.waitMs(later)).toBe(0);
		slot.take(later);
		expect(slot.waitMs(later)).toBe(120_000);
		slot.learn(answer(3, 180), later + 100, 1);
		expect(slot.waitMs(later + 100)).toBe(0);
	});
});

it('a reset that is said to be hours away is asked for again after two minutes', () => {
	const slot = newSlot();
	slot.learn(answer(0, 7200), NOW, 0);
	expect(slot.waitMs(NOW)).toBe(120_000);
});
