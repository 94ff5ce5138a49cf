import { expect, it } from '@jest/globals';

import { ClockOffset } from '../../nodes/WhiteLabelCro/client/clockOffset.ts';

const NOW = Date.UTC(2026, 0, 28, 10, 30, 30);
/** After answers with these Dates, each sent at NOW and here so much later, all in milliseconds. */
const offsetAfter = (...answers: Array<[dateMs: number, tookMs: number]>) => {
	const offset = new ClockOffset();
	for (const [dateMs, tookMs] of answers) offset.hear(NOW + dateMs, NOW, NOW + tookMs);
	return offset.ms;
};

it('clocks count as one until an answer tells otherwise', () => {
	expect(offsetAfter()).toBe(0);
	expect(offsetAfter([0, 300])).toBe(0);
	expect(offsetAfter([-1000, 0])).toBe(0);
});

it('an answer that comes slowly sets no clock back', () => {
	expect(offsetAfter([0, 9000])).toBe(0);
	expect(offsetAfter([3_600_000, 100], [3_600_000, 9000])).toBe(3_599_900);
});

it('a clock that is ahead or behind is known as exactly as the fastest answer tells', () => {
	expect(offsetAfter([3_600_000, 9000], [3_600_000, 100])).toBe(3_599_900);
	expect(offsetAfter([-3_600_000, 9000], [-3_600_000, 100])).toBe(-3_599_000);
});

it('where a clock was set meanwhile, the later of the two counts', () => {
	expect(offsetAfter([0, 100], [3_600_000, 100])).toBe(3_599_900);
	expect(offsetAfter([3_600_000, 100], [0, 100])).toBe(3_599_900);
});

it('the least that it can be is never more than it is', () => {
	const offset = new ClockOffset();
	expect(offset.least).toBe(0);
	offset.hear(NOW - 1000, NOW, NOW + 200);
	expect(offset.least).toBe(-1200);
});
