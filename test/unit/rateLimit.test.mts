import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ANSWER_MS, RateLimit } from '../../nodes/WhiteLabelCro/transport/rateLimit.ts';
import type { Reservation } from '../../nodes/WhiteLabelCro/transport/rateLimit.ts';
import type { Outcome } from '../../nodes/WhiteLabelCro/transport/retry.ts';
import { simulate } from './simulatedLimit.mts';
import type { SimulatedServer } from './simulatedLimit.mts';

/** Half past a whole minute, in milliseconds and seconds. */
const NOW = Date.UTC(2026, 0, 28, 10, 30, 30);
const NO_ANSWER: Outcome = { kind: 'unreachable', arrived: 'maybe', failure: undefined };
const NEVER_ARRIVED: Outcome = { ...NO_ANSWER, arrived: 'no' };

const answerOf = (statusCode: number, headers: Record<string, string> = {}): Outcome => ({
	kind: 'answer',
	answer: { statusCode, headers, body: undefined },
});
interface Told {
	/** In seconds from NOW. */
	reset?: number;
	limit?: number;
	window?: string;
	status?: number;
	/** The server's clock, in seconds from NOW. */
	date?: number;
	retryAfter?: number;
}
const told = (
	remaining: number,
	{ reset = 30, limit = 40, window = '1m', status = 200, ...more }: Told = {},
) =>
	answerOf(status, {
		date: new Date(NOW + (more.date ?? 0) * 1000).toUTCString(),
		'x-ratelimit-limit': String(limit),
		'x-ratelimit-remaining': String(remaining),
		'x-ratelimit-reset': String(NOW / 1000 + reset),
		...(window !== '' && { 'x-ratelimit-window': window }),
		...(more.retryAfter !== undefined && { 'retry-after': String(more.retryAfter) }),
	});
const refusal = (headers: Record<string, string> = {}) => answerOf(429, headers);

/** How long a call would have to wait; 0 if it may go. */
const waitMs = (limit: RateLimit, now: number, background = false) =>
	Math.max(0, limit.outlook(now, background).opensAt - now);
const mayGo = (limit: RateLimit, now: number) => waitMs(limit, now) === 0;
/** Sends a call and has it answered at once. */
const send = (limit: RateLimit, outcome: Outcome, now = NOW) => {
	limit.settle(limit.reserve(now), outcome, now);
};
/** Sends as many calls at once as may go, up to a thousand. */
const sendAll = (limit: RateLimit, now: number) => {
	const sent: Reservation[] = [];
	while (sent.length < 1000 && mayGo(limit, now)) sent.push(limit.reserve(now));
	return sent;
};
const limitThat = (...outcomes: Outcome[]) => {
	const limit = new RateLimit();
	for (const outcome of outcomes) send(limit, outcome);
	return limit;
};

describe('of a window that is unknown', () => {
	it('one call finds out, and then as many go as its answer says are left', () => {
		const limit = new RateLimit();
		const [first, ...others] = sendAll(limit, NOW);
		expect(others).toHaveLength(0);
		expect(limit.outlook(NOW + 100).certain).toBe(false);
		if (first !== undefined) limit.settle(first, told(39), NOW + 200);
		expect(sendAll(limit, NOW + 200)).toHaveLength(39);
	});

	it.each([
		['1s', 1],
		['30s', 30],
		['1m', 30],
		['1h', 1770],
	])('as one of %s is once it has reset, one call finds out again', (window, reset) => {
		const limit = limitThat(told(0, { window, reset }));
		const end = NOW + waitMs(limit, NOW);
		expect(limit.outlook(end - 1).certain).toBe(true);
		expect(end - NOW).toBeGreaterThanOrEqual(reset * 1000);
		expect(end - NOW).toBeLessThanOrEqual(reset * 1000 + 1000);
		expect(sendAll(limit, end)).toHaveLength(1);
	});

	it.each([
		['no answer', NO_ANSWER],
		['an answer that never came since the call did not arrive', NEVER_ARRIVED],
		['an error that tells nothing', answerOf(503)],
	])('the next call finds out if the first ends with %s', (_what, outcome) => {
		const limit = new RateLimit();
		const [first] = sendAll(limit, NOW);
		expect(mayGo(limit, NOW)).toBe(false);
		if (first !== undefined) limit.settle(first, outcome, NOW + 50);
		expect(sendAll(limit, NOW + 50)).toHaveLength(1);
	});

	it('nobody is held up by a search that found nothing, whose answer tells of no limit', () => {
		const limit = new RateLimit();
		const [first] = sendAll(limit, NOW);
		if (first !== undefined) limit.settle(first, answerOf(404), NOW + 50);
		for (let call = 0; call < 20; call++) {
			expect(mayGo(limit, NOW + 50)).toBe(true);
			limit.reserve(NOW + 50);
		}
	});

	it('the next call finds out if the first is not sent after all', () => {
		const limit = new RateLimit();
		const [first] = sendAll(limit, NOW);
		if (first !== undefined) limit.withdraw(first);
		expect(sendAll(limit, NOW)).toHaveLength(1);
	});

	it('another call finds out if the first is not answered in time', () => {
		const limit = new RateLimit();
		sendAll(limit, NOW);
		expect(waitMs(limit, NOW + 1000)).toBe(ANSWER_MS - 1000);
		expect(sendAll(limit, NOW + ANSWER_MS)).toHaveLength(1);
	});

	it('a late answer of the window before tells nothing', () => {
		const limit = limitThat(told(1));
		const [late] = sendAll(limit, NOW);
		const after = NOW + 32_000;
		const [asks] = sendAll(limit, after);
		if (late !== undefined) limit.settle(late, told(0, { date: 29 }), after + 10);
		expect(mayGo(limit, after + 10)).toBe(false);
		if (asks !== undefined) limit.settle(asks, told(39, { reset: 90, date: 32 }), after + 20);
		expect(sendAll(limit, after + 20)).toHaveLength(39);
	});
});

describe('of a window that is known', () => {
	it('each call under way takes one of what is left, whichever window it was sent in', () => {
		const limit = limitThat(told(10));
		const sent = sendAll(limit, NOW);
		expect(sent).toHaveLength(10);
		// The first of them arrived in the next window.
		if (sent[0] !== undefined) limit.settle(sent[0], told(39, { reset: 90, date: 31 }), NOW + 31_000);
		expect(sendAll(limit, NOW + 31_000)).toHaveLength(39 - 9);
	});

	it('answers that overtake each other do not make more of it', () => {
		const limit = limitThat(told(39));
		const [first, second] = [limit.reserve(NOW), limit.reserve(NOW)];
		limit.settle(second, told(0), NOW + 10);
		limit.settle(first, told(38), NOW + 20);
		expect(limit.outlook(NOW + 20)).toMatchObject({ certain: true });
	});

	it.each([
		['that a server rounds now up, now down', '1m', 30],
		['that a server rounds, which tells no length,', '', 30],
		['of servers whose clocks differ by some seconds', '1m', 33],
	])('resets %s are one', (_what, window, reset) => {
		const limit = limitThat(told(39, { reset: 29, window }));
		const [first, second] = [limit.reserve(NOW), limit.reserve(NOW)];
		limit.settle(second, told(3, { reset: 29, window }), NOW + 10);
		limit.settle(first, told(20, { reset, window }), NOW + 20);
		expect(sendAll(limit, NOW + 20)).toHaveLength(3);
	});

	it('an answer that was overtaken does not make another of it, whatever reset it tells', () => {
		const limit = limitThat(told(39));
		const [first, second] = [limit.reserve(NOW), limit.reserve(NOW)];
		limit.settle(second, told(3), NOW + 10);
		limit.settle(first, told(20, { reset: 55 }), NOW + 20);
		expect(sendAll(limit, NOW + 20)).toHaveLength(3);
	});

	it('an answer that was overtaken tells of the next one, if this one may be over', () => {
		const limit = limitThat(told(10));
		const late = NOW + 30_500;
		const [first, second] = [limit.reserve(late), limit.reserve(late)];
		limit.settle(second, told(8, { date: 29 }), late + 10);
		limit.settle(first, told(39, { reset: 90, date: 30 }), late + 20);
		expect(sendAll(limit, late + 20)).toHaveLength(39);
	});

	it('a call that hangs takes nothing any more once the answer to one that was sent ten seconds later tells what is left', () => {
		const limit = limitThat(told(20));
		const hung = limit.reserve(NOW);
		send(limit, told(19, { date: 5 }), NOW + ANSWER_MS - 1);
		const sent = sendAll(limit, NOW + ANSWER_MS - 1);
		expect(sent).toHaveLength(18);
		for (const call of sent) limit.withdraw(call);
		send(limit, told(18, { date: 10 }), NOW + ANSWER_MS);
		limit.settle(hung, NO_ANSWER, NOW + 20_000);
		expect(sendAll(limit, NOW + 20_000)).toHaveLength(18);
	});

	it("another client's calls are missing from it", () => {
		const limit = limitThat(told(39), told(5));
		expect(sendAll(limit, NOW)).toHaveLength(5);
	});

	it.each([
		['raised', 99, 100],
		['lowered', 3, 4],
	])('it is %s with the limit, by the next answer', (_what, left, raised) => {
		const limit = limitThat(told(20), told(left, { limit: raised }));
		expect(sendAll(limit, NOW)).toHaveLength(left);
	});

	it('a call without an answer, or whose answer tells nothing, has taken one of what is left', () => {
		const limit = limitThat(told(10), NO_ANSWER, answerOf(404), NEVER_ARRIVED);
		expect(sendAll(limit, NOW)).toHaveLength(8);
	});

	it.each([
		['calls that got no answer', NO_ANSWER],
		['errors of the server', answerOf(503)],
	])('used up by %s, it is asked about after two minutes, one call at a time', (_what, outcome) => {
		const hour = { window: '1h', reset: 1770 };
		const limit = limitThat(told(3, hour), outcome, outcome, outcome);
		expect(limit.outlook(NOW)).toEqual({ opensAt: NOW + 120_000, certain: true });
		const [asks, ...others] = sendAll(limit, NOW + 120_000);
		expect(others).toHaveLength(0);
		if (asks !== undefined) limit.settle(asks, told(2, { ...hour, date: 120 }), NOW + 120_050);
		expect(sendAll(limit, NOW + 120_050)).toHaveLength(2);
	});

	it('used up, too, by calls whose answers tell so, it is waited for to its end', () => {
		const hour = { window: '1h', reset: 1770 };
		const limit = limitThat(told(2, hour), answerOf(404), told(0, hour), NO_ANSWER);
		expect(waitMs(limit, NOW)).toBeGreaterThanOrEqual(1_770_000);
	});

	it('it is another one if the server thinks again', () => {
		const limit = limitThat(told(0, { reset: 1770, window: '1h' }));
		// A call that went out all the same.
		send(limit, told(39, { reset: 30 }), NOW + 10);
		expect(sendAll(limit, NOW + 10)).toHaveLength(39);
	});

	it('a reset is asked for again after two minutes if nothing tells that windows are that long', () => {
		expect(waitMs(limitThat(told(0, { reset: 7200, window: '' })), NOW)).toBe(120_000);
		expect(waitMs(limitThat(told(0, { reset: 7200, window: '1m' })), NOW)).toBe(60_000);
		expect(waitMs(limitThat(told(0, { reset: 7200, window: '24h' })), NOW)).toBe(120_000);
	});

	it.each([3_000_000, -3_000_000])('one answer with a Date that is wrong by %i s does no harm', (date) => {
		const limit = limitThat(told(39), told(38, { date }), told(37));
		expect(sendAll(limit, NOW)).toHaveLength(37);
		send(limit, told(0, { date: 1 }), NOW + 1000);
		expect(waitMs(limit, NOW + 1000)).toBeGreaterThanOrEqual(29_000);
		expect(waitMs(limit, NOW + 1000)).toBeLessThanOrEqual(31_000);
	});

	it("it holds for as long when this process's clock is set forward", () => {
		const limit = limitThat(told(39));
		send(limit, told(0, { date: 1 }), NOW + 20_000);
		send(limit, told(0, { date: 1, status: 429 }), NOW + 3_600_000);
		expect(waitMs(limit, NOW + 3_600_000)).toBeGreaterThanOrEqual(29_000);
		expect(waitMs(limit, NOW + 3_600_000)).toBeLessThanOrEqual(32_000);
	});

	it('its next reset is waited for exactly once one call was early, since a clock was set', () => {
		const limit = limitThat(told(0));
		const aheadMs = 20_000;
		/** When it is so many seconds from NOW by the server's clock. */
		const at = (seconds: number) => NOW + aheadMs + seconds * 1000;
		// It seems to be over by then, and is not.
		send(limit, told(0, { status: 429, date: 11 }), at(11));
		expect(waitMs(limit, at(11))).toBe(20_000);
		send(limit, told(0, { reset: 90, date: 31 }), at(31));
		expect(waitMs(limit, at(31))).toBe(59_000);
	});

	it("it is forgotten when this process's clock is set back", () => {
		const limit = limitThat(told(0));
		expect(sendAll(limit, NOW - 3_600_000)).toHaveLength(1);
	});
});

describe('calls in the background', () => {
	it('leave a fifth of the window to others', () => {
		const limit = limitThat(told(9, { limit: 40 }));
		expect(waitMs(limit, NOW, true)).toBe(0);
		limit.reserve(NOW);
		expect(limit.outlook(NOW, true)).toMatchObject({ certain: false });
		const used = limitThat(told(8, { limit: 40 }));
		expect(used.outlook(NOW, true)).toMatchObject({ certain: true });
		expect(mayGo(used, NOW)).toBe(true);
	});

	it('find out like all others, and go freely where nothing is told', () => {
		const limit = new RateLimit();
		expect(waitMs(limit, NOW, true)).toBe(0);
		send(limit, answerOf(200));
		limit.reserve(NOW);
		expect(waitMs(limit, NOW, true)).toBe(0);
	});
});

describe('searches that find nothing, whose answers tell of no limit', () => {
	const MISS = answerOf(404);
	/** A minute after the window of which the API told, with 40 calls. */
	const LATER = NOW + 90_000;
	/** Of that limit, one call has found out nothing. */
	const missed = (told40 = told(39)) => {
		const limit = limitThat(told40);
		const [first, ...others] = sendAll(limit, LATER);
		expect(others).toHaveLength(0);
		if (first !== undefined) limit.settle(first, MISS, LATER + 50);
		return limit;
	};

	it('are as many as the API has told to be allowed, and the next go when the first are a window old', () => {
		const limit = missed();
		const sent = sendAll(limit, LATER + 50);
		expect(sent).toHaveLength(39);
		expect(limit.outlook(LATER + 50)).toMatchObject({ certain: false });
		for (const [index, call] of sent.entries())
			limit.settle(call, MISS, LATER + 100 + (index < 9 ? 0 : 1000));
		expect(limit.outlook(LATER + 1100)).toEqual({ opensAt: LATER + 60_050, certain: true });
		expect(sendAll(limit, LATER + 60_050)).toHaveLength(1);
		expect(sendAll(limit, LATER + 60_100)).toHaveLength(9);
	});

	it.each([
		['by what the API tells of it', told(39, { window: '30s' }), 30_000],
		['what was left of one if it tells nothing of it', told(39, { window: '' }), 29_000],
		['a second if it tells nothing of it', told(39, { window: '', reset: 0 }), 1000],
		['two minutes at the most, if it tells of a day', told(39, { window: '24h' }), 120_000],
	])('a window is as long as it is %s', (_what, told40, lengthMs) => {
		const limit = missed(told40);
		for (const call of sendAll(limit, LATER + 50)) limit.settle(call, MISS, LATER + 50);
		expect(waitMs(limit, LATER + 50)).toBe(lengthMs);
	});

	it('a window is no longer than the time between two resets', () => {
		const limit = limitThat(told(39, { window: '', reset: 30 }), told(39, { window: '', reset: 50 }));
		send(limit, MISS, LATER);
		for (const call of sendAll(limit, LATER)) limit.settle(call, MISS, LATER);
		expect(waitMs(limit, LATER)).toBe(20_000);
	});

	it.each([
		['answered last', [1, 0]],
		['answered first', [0, 1]],
	])('take one of what is left, not two, if they are %s of calls at once', (_what, order) => {
		const limit = limitThat(told(39));
		const calls = [limit.reserve(NOW), limit.reserve(NOW)];
		// The server counted the one that found nothing, then the other.
		const outcomes = [MISS, told(37)];
		for (const nth of order) {
			const [call, outcome] = [calls[nth], outcomes[nth]];
			if (call !== undefined && outcome !== undefined) limit.settle(call, outcome, NOW + 10);
		}
		expect(sendAll(limit, NOW + 10)).toHaveLength(37);
	});

	it('give way to what the API tells, which may not include those that ended since it was asked', () => {
		const limit = missed();
		const asked = limit.reserve(LATER + 50);
		send(limit, MISS, LATER + 60);
		limit.settle(asked, told(30, { reset: 120, date: 90 }), LATER + 70);
		expect(sendAll(limit, LATER + 70)).toHaveLength(29);
	});

	it('leave a fifth to others in the background', () => {
		const limit = missed();
		let sent = 0;
		for (; waitMs(limit, LATER + 50, true) === 0; sent++) limit.reserve(LATER + 50);
		expect(sent).toBe(31);
	});

	it("are forgotten when this process's clock is set back", () => {
		const limit = missed();
		for (const call of sendAll(limit, LATER + 50)) limit.settle(call, MISS, LATER + 50);
		expect(sendAll(limit, LATER - 3_600_000)).toHaveLength(1);
	});
});

describe('an API that tells nothing', () => {
	it('is called freely until it refuses; then one call finds out', () => {
		const limit = limitThat(answerOf(200));
		const [first, second] = sendAll(limit, NOW);
		if (first === undefined || second === undefined) throw new Error('Nothing was sent');
		limit.settle(first, refusal(), NOW);
		const wait = waitMs(limit, NOW);
		expect(limit.outlook(NOW).certain).toBe(true);
		// Those that were under way at once are refused at once, which tells nothing more.
		limit.settle(second, refusal(), NOW);
		expect(waitMs(limit, NOW)).toBe(wait);
		const later = NOW + wait;
		const [asks, ...others] = sendAll(limit, later);
		expect(others).toHaveLength(0);
		if (asks !== undefined) limit.settle(asks, answerOf(200), later);
		expect(sendAll(limit, later)).toHaveLength(1000);
	});
});

describe('a 429', () => {
	/** The waits of a call that is refused again and again. */
	const waitsAfter = (headers: Record<string, string>, times: number) => {
		const limit = new RateLimit();
		let now = NOW;
		return Array.from({ length: times }, () => {
			send(limit, refusal(headers), now);
			const wait = waitMs(limit, now);
			now += wait;
			return wait;
		});
	};

	it('without any headers is waited for longer and longer, half a minute at the most', () => {
		const waits = waitsAfter({}, 8);
		expect(waits[0]).toBeGreaterThanOrEqual(750);
		expect(waits[3]).toBeGreaterThan(waits[0] ?? 0);
		expect(Math.max(...waits)).toBeLessThanOrEqual(37_600);
	});

	it('that asks for no wait is not followed at once again and again', () => {
		const waits = waitsAfter({ 'retry-after': '0' }, 5);
		expect(waits[0]).toBeLessThan(100);
		expect(waits[4]).toBeGreaterThan(1000);
	});

	it('that asks for a day is not believed unasked: after two minutes one call finds out, and the others keep waiting', () => {
		const limit = limitThat(refusal({ 'retry-after': '86400' }));
		expect(waitMs(limit, NOW)).toBe(120_000);
		const later = NOW + 120_000;
		expect(sendAll(limit, later)).toHaveLength(1);
		expect(mayGo(limit, later + 100)).toBe(false);
		const told1h = limitThat(told(5, { window: '1m' }), refusal({ 'retry-after': '86400' }));
		expect(waitMs(told1h, NOW)).toBe(120_000);
	});

	it.each<[string, Outcome, number]>([
		['nothing', refusal(), 31_000],
		['the reset', told(0, { status: 429 }), 31_000],
		['Retry-After, rounded from the reset', refusal({ 'retry-after': '30' }), 31_000],
		['Retry-After and the reset', told(0, { status: 429, retryAfter: 30 }), 31_000],
		['Retry-After before the reset', told(0, { status: 429, retryAfter: 5 }), 5000],
		['Retry-After after the reset', told(0, { status: 429, retryAfter: 90 }), 90_000],
	])('in a window that is known, with %s, is waited for', (_what, outcome, wait) => {
		expect(waitMs(limitThat(told(5), outcome), NOW)).toBe(wait);
	});

	it.each<[string, Outcome]>([
		['nothing', refusal()],
		['the reset', told(0, { status: 429, date: 29 })],
	])('of the window before, with %s, closes none that has begun', (_what, outcome) => {
		const limit = limitThat(told(1));
		const [late] = sendAll(limit, NOW);
		const after = NOW + 32_000;
		send(limit, told(39, { reset: 90, date: 32 }), after);
		if (late !== undefined) limit.settle(late, outcome, after);
		expect(sendAll(limit, after)).toHaveLength(39);
	});

	it.each([2, 20, 2000])('closes a window also if an answer told that it resets %i s later', (later) => {
		const limit = limitThat(told(20), told(19, { reset: 30 + later }));
		send(limit, told(0, { status: 429 }), NOW);
		expect(limit.outlook(NOW)).toMatchObject({ certain: true });
	});

	it('that tells of less than nothing, since the limit was lowered, is waited for until the reset', () => {
		expect(waitMs(limitThat(told(-26, { status: 429 })), NOW)).toBe(31_000);
	});

	it('that is overtaken by an answer from before stays', () => {
		const limit = limitThat(told(5));
		const [first, second] = [limit.reserve(NOW), limit.reserve(NOW)];
		limit.settle(second, told(0, { status: 429 }), NOW);
		limit.settle(first, told(1), NOW);
		expect(limit.outlook(NOW).certain).toBe(true);
	});

	it.each([1, 2, 3])(
		'to a call that was sent after the reset, since answers are dated by a clock %i s ahead, makes later ones wait longer',
		(aheadS) => {
			const limit = new RateLimit();
			let refused = 0;
			for (let window = 0, now = NOW; window < 10; window++) {
				const reset = 30 + window * 60;
				const used = (status: number) => told(0, { reset, status, date: (now - NOW) / 1000 + aheadS });
				for (let status = 200; now < NOW + reset * 1000; status = 429) {
					if (status === 429) refused += 1;
					send(limit, used(status), now);
					now += Math.max(1, waitMs(limit, now));
				}
			}
			expect(refused).toBeLessThanOrEqual(aheadS + 1);
		},
	);
});

describe('over any run of calls', () => {
	const START = 1_000_000;
	const latency = fc.integer({ min: 1, max: 400 });
	const call = fc.record({
		at: fc.oneof(fc.constant(START), fc.integer({ min: START, max: START + 20_000 })),
		upMs: latency,
		downMs: latency,
		background: fc.boolean(),
	});
	const calls = fc.array(call, { minLength: 1, maxLength: 150 });
	const server: fc.Arbitrary<SimulatedServer> = fc.record({
		limit: fc.integer({ min: 1, max: 60 }),
		windowMs: fc.constantFrom(1000, 2000, 3000, 10_000, 60_000, 3_600_000),
		aligned: fc.constant(true),
		rounding: fc.constantFrom('floor', 'ceil'),
		aheadMs: fc.oneof(
			fc.integer({ min: -2500, max: 2500 }),
			fc.integer({ min: -86_400_000, max: 86_400_000 }),
		),
		headers: fc.constant('all'),
		retryAfter: fc.boolean(),
	});
	const holds = <T,>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void) => {
		fc.assert(fc.property(arbitrary, property), { numRuns: 300 });
	};

	it('none is refused, whatever the length of windows, the latencies and the clocks', () => {
		holds(fc.tuple(server, calls), ([setup, run]) => {
			expect(simulate(setup, run).refused).toBe(0);
		});
	});

	/** Of ten answers nine tell nothing, once one in each bucket has told what it does. */
	const mostlyMissing = fc
		.array(fc.tuple(call, fc.integer({ min: 0, max: 9 })), { maxLength: 150 })
		.map((run) => [
			{ at: START - 5000, upMs: 1, downMs: 1, writes: true },
			{ at: START - 4000, upMs: 1, downMs: 1 },
			...run.map(([one, of10]) => ({ ...one, misses: of10 > 0 })),
		]);

	it.each(['all', 'by-writes'] as const)(
		'nor where most answers tell nothing, if %s tell the length of windows',
		(headers) => {
			holds(fc.tuple(server, mostlyMissing), ([setup, run]) => {
				expect(simulate({ ...setup, headers }, run).refused).toBe(0);
			});
		},
	);

	it('few are where most answers tell nothing, and none the length of windows, of a minute at most', () => {
		holds(
			fc.tuple(server, fc.boolean(), fc.boolean(), mostlyMissing),
			([setup, aligned, silentRefusals, run]) => {
				const windowMs = Math.min(60_000, setup.windowMs);
				const untold = { ...setup, windowMs, aligned, silentRefusals, headers: 'no-length' as const };
				// A pause of a second that is doubled six times is longer than a minute.
				expect(simulate(untold, run).refused).toBeLessThanOrEqual(silentRefusals ? 6 : 2);
			},
		);
	});

	it('few are where resets are rounded now up, now down, and none tells the length of windows', () => {
		holds(fc.tuple(server, fc.boolean(), calls), ([setup, aligned, run]) => {
			const windowMs = Math.max(10_000, Math.min(60_000, setup.windowMs));
			const either = {
				...setup,
				windowMs,
				aligned,
				rounding: 'either' as const,
				headers: 'no-length' as const,
			};
			expect(simulate(either, run).refused).toBeLessThanOrEqual(1);
		});
	});

	it('few are where several servers answer, one of them by a clock that is ahead', () => {
		const skewed = fc.array(fc.tuple(call, fc.integer({ min: 1, max: 20 })), {
			minLength: 1,
			maxLength: 150,
		});
		holds(fc.tuple(server, skewed, fc.integer({ min: 0, max: 60_000 })), ([setup, run, skewMs]) => {
			const windowMs = Math.max(10_000, setup.windowMs);
			const calls = run.map(([one, of20]) => ({ ...one, skewMs: of20 > 1 ? 0 : skewMs }));
			expect(simulate({ ...setup, windowMs }, calls).refused).toBeLessThanOrEqual(5);
		});
	});

	it('few are when a clock is set', () => {
		const at = fc.integer({ min: START, max: START + 60_000 });
		const byMs = fc.integer({ min: -3_600_000, max: 3_600_000 });
		holds(fc.tuple(server, calls, at, byMs), ([setup, run, setAt, setBy]) => {
			const { refused } = simulate({ ...setup }, run, (now, changing) => {
				changing.aheadMs = setup.aheadMs + (now >= setAt ? setBy : 0);
			});
			expect(refused).toBeLessThanOrEqual(2);
		});
	});

	describe('where searches find nothing, of which the answers tell nothing', () => {
		const shortWindows: SimulatedServer = {
			limit: 20,
			windowMs: 6000,
			aligned: true,
			rounding: 'ceil',
			// Then a window begins at START.
			aheadMs: 2000,
			headers: 'by-writes',
			retryAfter: true,
		};
		const call20 = { upMs: 20, downMs: 20 };
		/** One search found somebody, and told the limit. */
		const hit = { ...call20, at: START - 30_000 };
		const misses = (count: number, everyMs = 0) =>
			Array.from({ length: count }, (_, nth) => ({ ...call20, at: START + nth * everyMs, misses: true }));
		const tookMs = ({ doneAt }: { doneAt: Map<number, number> }) => Math.max(...doneAt.values()) - START;

		it.each([
			['on multiples of their length', true],
			['with a call', false],
		])('windows that begin %s are as long as writes tell', (_what, aligned) => {
			const write = { ...call20, at: START - 20_000, writes: true };
			const simulated = simulate({ ...shortWindows, aligned }, [hit, write, ...misses(70)]);
			expect(simulated.refused).toBe(0);
			expect(tookMs(simulated)).toBeLessThan(1.1 * 3 * 6000);
		});

		it.each<[string, Partial<SimulatedServer>, number]>([
			['a reset and Retry-After', {}, 2],
			['a reset', { retryAfter: false }, 2],
			['Retry-After', { silentRefusals: true }, 3],
			['nothing', { silentRefusals: true, retryAfter: false }, 5],
		])(
			'probes find windows that are short if no length is told, and a 429 tells %s',
			(_what, server, most) => {
				const setup: SimulatedServer = { ...shortWindows, headers: 'no-length', windowMs: 3000, ...server };
				const simulated = simulate(setup, [hit, ...misses(400)]);
				expect(simulated.refused).toBeLessThanOrEqual(most);
				const starts = [...simulated.sentAt.values()].sort((a, b) => a - b);
				const waits = starts.slice(2).map((at, nth) => at - (starts[nth + 1] ?? at));
				expect(Math.max(...waits)).toBeLessThan(12_000);
			},
		);

		it('windows are used up, although one search in ten only tells what is left', () => {
			const searches = misses(300).map((call, nth) => ({
				...call,
				at: START + 180 * Math.floor(nth / 30),
				upMs: 10 + ((nth * 37) % 50),
				downMs: 10 + ((nth * 61) % 50),
				misses: nth % 10 > 0,
			}));
			const setup: SimulatedServer = { ...shortWindows, headers: 'all', windowMs: 60_000, limit: 60 };
			const { windows, refused } = simulate(setup, [{ ...call20, at: START - 1000 }, ...searches]);
			expect(refused).toBe(0);
			expect(windows.slice(0, -1).map(({ counted }) => counted)).toEqual(windows.slice(1).map(() => 60));
		});

		it.each([true, false])('probes are few in windows of a minute', (silentRefusals) => {
			const setup: SimulatedServer = { ...shortWindows, headers: 'no-length', windowMs: 60_000 };
			const simulated = simulate({ ...setup, silentRefusals }, [hit, ...misses(400)]);
			expect(simulated.refused).toBeLessThanOrEqual(3);
		});

		it('nobody waits who calls less often than the limit allows', () => {
			const setup: SimulatedServer = { ...shortWindows, headers: 'no-length' };
			const { doneAt, refused } = simulate(setup, [hit, ...misses(100, 400)]);
			expect(refused).toBe(0);
			expect(doneAt.get(100)).toBeLessThan(START + 100 * 400);
		});
	});

	it('at most one ever is where windows begin at any time, and that only if resets look otherwise', () => {
		holds(fc.tuple(server, calls), ([setup, run]) => {
			const { refused } = simulate({ ...setup, aligned: false }, run);
			expect(refused).toBeLessThanOrEqual(1);
		});
	});

	it('nobody waits while calls are left: a window that somebody waits through is used up', () => {
		holds(fc.tuple(server, fc.boolean(), calls), ([setup, aligned, run]) => {
			const foreground = run.map((one) => ({ ...one, background: false }));
			const windowMs = Math.max(10_000, setup.windowMs);
			const { sentAt, windows } = simulate({ ...setup, aligned, windowMs }, foreground);
			for (const { startsAt, endsAt, limit, counted } of windows) {
				// It is known to have begun three seconds later at the latest.
				const waitedThrough = foreground.some(
					({ at }, index) => at <= startsAt + 3000 && (sentAt.get(index) ?? 0) > endsAt,
				);
				if (waitedThrough) expect(counted).toBe(limit);
			}
		});
	});

	it('those that come first are sent first', () => {
		holds(fc.tuple(server, calls), ([setup, run]) => {
			const { sentAt } = simulate(setup, run);
			for (const background of [true, false]) {
				const ofThese = run
					.map((one, index) => ({ ...one, index }))
					.filter((one) => one.background === background)
					.sort((a, b) => a.at - b.at || a.index - b.index)
					.map(({ index }) => sentAt.get(index) ?? 0);
				expect(ofThese).toEqual(ofThese.toSorted((a, b) => a - b));
			}
		});
	});

	it('every call gets its answer, although others get lost, other clients call too, and the limit changes', () => {
		const any = fc.record({
			at: call.map(({ at }) => at),
			upMs: latency,
			downMs: latency,
			background: fc.boolean(),
			foreign: fc.boolean(),
			misses: fc.boolean(),
			writes: fc.boolean(),
			lost: fc.constantFrom(undefined, undefined, 'before' as const, 'after' as const),
		});
		const setups = fc.record({
			server,
			aligned: fc.boolean(),
			headers: fc.constantFrom('all' as const, 'by-writes' as const, 'no-length' as const, 'none' as const),
			silentRefusals: fc.boolean(),
			laterLimit: fc.integer({ min: 1, max: 60 }),
			changesAt: fc.integer({ min: START, max: START + 60_000 }),
		});
		holds(fc.tuple(setups, fc.array(any, { minLength: 1, maxLength: 150 })), ([setup, run]) => {
			const { aligned, headers, silentRefusals, laterLimit, changesAt } = setup;
			const simulated: SimulatedServer = { ...setup.server, aligned, headers, silentRefusals };
			const { doneAt } = simulate(simulated, run, (now, changing) => {
				if (now >= changesAt) changing.limit = laterLimit;
			});
			expect(doneAt.size).toBe(run.length);
		});
	});

	it('an hour long window is waited for to its end, and no call is refused', () => {
		const run = Array.from({ length: 100 }, () => ({ at: START, upMs: 20, downMs: 20 }));
		const hours: SimulatedServer = {
			limit: 40,
			windowMs: 3_600_000,
			aligned: true,
			rounding: 'floor',
			aheadMs: -777,
			headers: 'all',
			retryAfter: true,
		};
		const { refused, windows } = simulate(hours, run);
		expect(refused).toBe(0);
		expect(windows.map(({ counted }) => counted)).toEqual([40, 40, 20]);
	});
});
