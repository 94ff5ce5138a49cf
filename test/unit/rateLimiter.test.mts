import { describe, expect, it } from '@jest/globals';

import { ANSWER_MS, RateLimiter } from '../../nodes/WhiteLabelCro/client/rateLimiter.ts';
import type { Priority, Reservation } from '../../nodes/WhiteLabelCro/client/rateLimiter.ts';
import type { Outcome } from '../../nodes/WhiteLabelCro/client/retry.ts';

/** Half past a whole minute, in milliseconds and seconds. */
const NOW = Date.UTC(2026, 0, 28, 10, 30, 30);
const NO_ANSWER: Outcome = { kind: 'networkError', arrived: 'maybe', failure: undefined };
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
const waitMs = (limit: RateLimiter, now: number, priority: Priority = 'person') =>
	Math.max(0, limit.availability(now, priority).opensAt - now);
const mayGo = (limit: RateLimiter, now: number) => waitMs(limit, now) === 0;
/** Sends a call and has it answered at once. */
const send = (limit: RateLimiter, outcome: Outcome, now = NOW) => {
	limit.record(limit.reserve(now), outcome, now);
};
/** Sends as many calls at once as may go, up to a thousand. */
const sendAll = (limit: RateLimiter, now: number) => {
	const sent: Reservation[] = [];
	while (sent.length < 1000 && mayGo(limit, now)) sent.push(limit.reserve(now));
	return sent;
};
const limitThat = (...outcomes: Outcome[]) => {
	const limit = new RateLimiter();
	for (const outcome of outcomes) send(limit, outcome);
	return limit;
};

describe('of a window that is unknown', () => {
	it('one call finds out, and then as many go as its answer says are left', () => {
		const limit = new RateLimiter();
		const [first, ...others] = sendAll(limit, NOW);
		expect(others).toHaveLength(0);
		expect(limit.availability(NOW + 100, 'person').certain).toBe(false);
		if (first !== undefined) limit.record(first, told(39), NOW + 200);
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
		expect(limit.availability(end - 1, 'person').certain).toBe(true);
		expect(end - NOW).toBeGreaterThanOrEqual(reset * 1000);
		expect(end - NOW).toBeLessThanOrEqual(reset * 1000 + 1000);
		expect(sendAll(limit, end)).toHaveLength(1);
	});

	it.each([
		['no answer', NO_ANSWER],
		['an answer that never came since the call did not arrive', NEVER_ARRIVED],
		['an error that tells nothing', answerOf(500)],
	])('the next call finds out if the first ends with %s', (_what, outcome) => {
		const limit = new RateLimiter();
		const [first] = sendAll(limit, NOW);
		expect(mayGo(limit, NOW)).toBe(false);
		if (first !== undefined) limit.record(first, outcome, NOW + 50);
		expect(sendAll(limit, NOW + 50)).toHaveLength(1);
	});

	it('nobody is held up by a search that found nothing, whose answer tells of no limit', () => {
		const limit = new RateLimiter();
		const [first] = sendAll(limit, NOW);
		if (first !== undefined) limit.record(first, answerOf(404), NOW + 50);
		for (let call = 0; call < 20; call++) {
			expect(mayGo(limit, NOW + 50)).toBe(true);
			limit.reserve(NOW + 50);
		}
	});

	it('the next call finds out if the first is not sent after all', () => {
		const limit = new RateLimiter();
		const [first] = sendAll(limit, NOW);
		if (first !== undefined) limit.withdraw(first);
		expect(sendAll(limit, NOW)).toHaveLength(1);
	});

	it('another call finds out if the first is not answered in time', () => {
		const limit = new RateLimiter();
		sendAll(limit, NOW);
		expect(waitMs(limit, NOW + 1000)).toBe(ANSWER_MS - 1000);
		expect(sendAll(limit, NOW + ANSWER_MS)).toHaveLength(1);
	});

	it('a late answer of the window before tells nothing', () => {
		const limit = limitThat(told(1));
		const [late] = sendAll(limit, NOW);
		const after = NOW + 32_000;
		const [asks] = sendAll(limit, after);
		if (late !== undefined) limit.record(late, told(0, { date: 29 }), after + 10);
		expect(mayGo(limit, after + 10)).toBe(false);
		if (asks !== undefined) limit.record(asks, told(39, { reset: 90, date: 32 }), after + 20);
		expect(sendAll(limit, after + 20)).toHaveLength(39);
	});
});

describe('of a window that seems to end on a multiple of its length, as the one before did, and goes on', () => {
	const ten = { window: '10s', limit: 10 };
	const END = NOW + 10_500;
	const seemsOver = () => {
		const limit = new RateLimiter();
		send(limit, told(9, { ...ten, reset: 0, date: -10 }), NOW - 10_000);
		send(limit, told(9, { ...ten, reset: 10 }), NOW + 500);
		expect(limit.availability(NOW + 500, 'background')).toEqual({ opensAt: NOW + 500, certain: false });
		return limit;
	};

	it('the one call that finds out tells what is left of it', () => {
		const limit = seemsOver();
		const [asks, ...others] = sendAll(limit, END);
		expect(others).toHaveLength(0);
		if (asks !== undefined) limit.record(asks, told(4, { ...ten, reset: 10, date: 10 }), END + 100);
		expect(sendAll(limit, END + 100)).toHaveLength(4);
		expect(waitMs(limit, END + 100)).toBe(1000);
	});

	it.each<[string, Outcome]>([
		['tells of it', told(3, { ...ten, reset: 10, date: 10 })],
		['tells nothing', answerOf(404)],
	])('a late answer that %s lets no more than one call go', (_what, outcome) => {
		const limit = seemsOver();
		const late = limit.reserve(NOW + 9000);
		limit.record(late, outcome, END);
		const [asks, ...others] = sendAll(limit, END);
		expect(others).toHaveLength(0);
		// Both were counted, perhaps in the window that has begun.
		if (asks !== undefined) limit.record(asks, answerOf(404), END + 10);
		expect(sendAll(limit, END + 10)).toHaveLength(8);
	});
});

describe('the end of a window', () => {
	/** How long a call waits for the end of the last of some windows, each used up and heard of once the one before it is over. */
	const lastWait = (window: string, ...resets: number[]) => {
		const limit = new RateLimiter();
		let now = NOW;
		for (const reset of resets) {
			now += waitMs(limit, now);
			send(limit, told(0, { window, reset, date: (now - NOW) / 1000 }), now);
		}
		return { wait: waitMs(limit, now), leftMs: NOW + (resets.at(-1) ?? 0) * 1000 - now };
	};

	it.each([
		['the first', [30], 1000],
		['the second', [30, 90], 0],
		['one after another', [25, 90], 1000],
		['one after others, and is not,', [30, 90, 145], 1000],
		['one after another that was not', [30, 90, 145, 210], 1000],
	])('that is %s on a whole minute (%j) is waited for %i ms longer', (_what, resets, longer) => {
		const { wait, leftMs } = lastWait('1m', ...resets);
		expect(wait).toBe(Math.min(leftMs + longer, 60_000));
	});

	it.each([
		[4, 2000],
		[5, 1000],
	])(
		'of windows of two seconds is believed after %i on even seconds: %i ms from an odd one',
		(count, wait) => {
			const limit = new RateLimiter();
			const at = (nth: number) => NOW + 1000 + nth * 2000;
			for (let nth = 0; nth < count; nth++)
				send(limit, told(0, { window: '2s', reset: 2 + nth * 2, date: 1 + nth * 2 }), at(nth));
			expect(waitMs(limit, at(count - 1))).toBe(wait);
		},
	);

	it('counts once, however often it is told', () => {
		expect(waitMs(limitThat(told(2), told(1), told(0)), NOW)).toBe(31_000);
	});

	it('is no later than the length that was told last, and that of another window if it resets later', () => {
		expect(waitMs(limitThat(told(39), told(0, { window: '', reset: 600 })), NOW)).toBe(60_000);
		expect(waitMs(limitThat(told(20, { reset: 5 }), told(0)), NOW)).toBe(31_000);
	});

	it('comes though a call is under way that was sent before it', () => {
		const limit = limitThat(told(39));
		limit.reserve(NOW + 30_500);
		expect(sendAll(limit, NOW + 31_000)).toHaveLength(1);
	});

	it('comes for one call at first, though answers within the window told nothing', () => {
		expect(sendAll(limitThat(told(39), answerOf(404)), NOW + 31_000)).toHaveLength(1);
	});
});

describe('after refusals', () => {
	/** How many calls go at once when an answer tells of a window again. */
	const atOnce = (refusals: number, betweenMs?: number) => {
		const limit = new RateLimiter();
		let now = NOW;
		for (let nth = 0; nth < refusals; nth++) {
			send(limit, refusal(), now);
			now += betweenMs ?? waitMs(limit, now);
		}
		const date = Math.floor((now - NOW) / 1000);
		send(limit, told(39, { reset: date + 30, date }), now);
		return sendAll(limit, now).length;
	};

	it.each([
		[0, 39],
		[1, 4],
		[3, 4],
		[4, 3],
	])('%i in a row, %i go at once', (refusals, sent) => {
		expect(atOnce(refusals)).toBe(sent);
	});

	it('more than a minute apart, each is the first', () => {
		expect(atOnce(4, 61_000)).toBe(4);
	});
});

describe('of a window that is known', () => {
	it('each call under way takes one of what is left, whichever window it was sent in', () => {
		const limit = limitThat(told(10));
		const sent = sendAll(limit, NOW);
		expect(sent).toHaveLength(10);
		// The first of them arrived in the next window.
		if (sent[0] !== undefined) limit.record(sent[0], told(39, { reset: 90, date: 31 }), NOW + 31_000);
		expect(sendAll(limit, NOW + 31_000)).toHaveLength(39 - 9);
	});

	it('answers that overtake each other do not make more of it', () => {
		const limit = limitThat(told(39));
		const [first, second] = [limit.reserve(NOW), limit.reserve(NOW)];
		limit.record(second, told(0), NOW + 10);
		limit.record(first, told(38), NOW + 20);
		expect(limit.availability(NOW + 20, 'person')).toMatchObject({ certain: true });
	});

	it.each([
		['that a server rounds now up, now down', '1m'],
		['that a server rounds, which tells no length,', ''],
	])('resets %s are one', (_what, window) => {
		const limit = limitThat(told(39, { reset: 29, window }));
		const [first, second] = [limit.reserve(NOW), limit.reserve(NOW)];
		limit.record(second, told(3, { reset: 29, window }), NOW + 10);
		limit.record(first, told(20, { reset: 30, window }), NOW + 20);
		expect(sendAll(limit, NOW + 20)).toHaveLength(3);
	});

	it.each([-5, 3, 25])(
		'an answer that was overtaken makes no more of it, if it resets %i s later',
		(later) => {
			const limit = limitThat(told(39));
			const [first, second] = [limit.reserve(NOW), limit.reserve(NOW)];
			limit.record(second, told(3), NOW + 10);
			limit.record(first, told(20, { reset: 30 + later }), NOW + 20);
			// That call was counted, perhaps since.
			expect(sendAll(limit, NOW + 20)).toHaveLength(2);
		},
	);

	it('answers that take long to come back neither prolong it nor open the next one', () => {
		const limit = limitThat(told(39));
		const [first, second] = [limit.reserve(NOW), limit.reserve(NOW)];
		limit.record(second, told(0), NOW + 20_000);
		expect(waitMs(limit, NOW + 20_000)).toBe(11_000);
		const [asks] = sendAll(limit, NOW + 31_000);
		limit.record(first, told(1), NOW + 31_010);
		expect(mayGo(limit, NOW + 31_010)).toBe(false);
		if (asks !== undefined) limit.record(asks, told(39, { reset: 90, date: 31 }), NOW + 31_020);
		expect(sendAll(limit, NOW + 31_020)).toHaveLength(39);
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

	it('an answer that was overtaken makes less of it, if it tells of less', () => {
		const limit = limitThat(told(39));
		const [first, second] = [limit.reserve(NOW), limit.reserve(NOW)];
		limit.record(second, told(20), NOW + 10);
		limit.record(first, told(3), NOW + 20);
		expect(sendAll(limit, NOW + 20)).toHaveLength(3);
	});

	it('a call that may have arrived has taken one of what is left, and one that has not arrived none', () => {
		expect(sendAll(limitThat(told(10), NO_ANSWER, NO_ANSWER, NEVER_ARRIVED), NOW)).toHaveLength(8);
	});

	it('a call without an answer, or whose answer tells nothing, has taken one of what is left', () => {
		const limit = limitThat(told(10), NO_ANSWER, answerOf(404), NEVER_ARRIVED);
		expect(sendAll(limit, NOW)).toHaveLength(8);
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

	it("it is forgotten when this process's clock is set back", () => {
		const limit = limitThat(told(0));
		expect(sendAll(limit, NOW - 3_600_000)).toHaveLength(1);
	});
});

describe('calls of workflows', () => {
	it.each([
		[200, 3],
		[60, 3],
		[40, 2],
		[19, 0],
	])('of a window of %i leave %i to people, until its last seconds', (limit, kept) => {
		const window = limitThat(told(kept + 1, { limit }));
		expect(waitMs(window, NOW, 'workflow')).toBe(0);
		send(window, told(kept, { limit }));
		if (kept > 0) {
			expect(window.availability(NOW, 'workflow')).toEqual({ opensAt: NOW + 26_000, certain: true });
			expect(waitMs(window, NOW, 'person')).toBe(0);
			expect(waitMs(window, NOW + 26_000, 'workflow')).toBe(0);
		}
	});

	it('leave none where people make no calls', () => {
		const writes = new RateLimiter(false);
		send(writes, told(1));
		expect(waitMs(writes, NOW, 'workflow')).toBe(0);
		writes.reserve(NOW);
		expect(waitMs(writes, NOW, 'workflow')).toBe(31_000);
	});

	it('wait for the reset, as people do, if nothing is left', () => {
		const limit = limitThat(told(0));
		expect(waitMs(limit, NOW, 'workflow')).toBe(31_000);
		expect(waitMs(limit, NOW, 'person')).toBe(31_000);
	});
});

describe('calls in the background', () => {
	it('leave a fifth of the window to others', () => {
		const limit = limitThat(told(9, { limit: 40 }));
		expect(waitMs(limit, NOW, 'background')).toBe(0);
		limit.reserve(NOW);
		expect(limit.availability(NOW, 'background')).toMatchObject({ certain: false });
		const used = limitThat(told(8, { limit: 40 }));
		expect(used.availability(NOW, 'background')).toEqual({ opensAt: NOW + 31_000, certain: true });
		expect(mayGo(used, NOW)).toBe(true);
	});

	it('find out like all others, and go freely where nothing is told', () => {
		const limit = new RateLimiter();
		expect(waitMs(limit, NOW, 'background')).toBe(0);
		send(limit, answerOf(200));
		limit.reserve(NOW);
		expect(waitMs(limit, NOW, 'background')).toBe(0);
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
		if (first !== undefined) limit.record(first, MISS, LATER + 50);
		return limit;
	};

	it('are as many as the API has told to be allowed, and the next go when the first are a window old', () => {
		const limit = missed();
		const sent = sendAll(limit, LATER + 50);
		expect(sent).toHaveLength(39);
		expect(limit.availability(LATER + 50, 'person')).toMatchObject({ certain: false });
		for (const [index, call] of sent.entries())
			limit.record(call, MISS, LATER + 100 + (index < 9 ? 0 : 1000));
		expect(limit.availability(LATER + 1100, 'person')).toEqual({ opensAt: LATER + 60_050, certain: true });
		expect(sendAll(limit, LATER + 60_050)).toHaveLength(1);
		expect(sendAll(limit, LATER + 60_100)).toHaveLength(9);
	});

	it('are as many in a minute where the API has told no length of windows', () => {
		const limit = missed(told(39, { window: '' }));
		for (const call of sendAll(limit, LATER + 50)) limit.record(call, MISS, LATER + 100);
		expect(limit.availability(LATER + 100, 'person')).toEqual({ opensAt: LATER + 60_050, certain: true });
	});

	it.each([
		['answered last', [1, 0]],
		['answered first', [0, 1]],
	])(
		'take no more than one of what the next answer tells, if they are %s of calls at once',
		(_what, order) => {
			const limit = limitThat(told(39));
			const calls = [limit.reserve(NOW), limit.reserve(NOW)];
			// The server counted the one that found nothing, then the other.
			const outcomes = [MISS, told(37)];
			for (const nth of order) {
				const [call, outcome] = [calls[nth], outcomes[nth]];
				if (call !== undefined && outcome !== undefined) limit.record(call, outcome, NOW + 10);
			}
			expect(sendAll(limit, NOW + 10)).toHaveLength(36);
		},
	);

	it('give way to what the API tells, which may not include those that ended since it was asked', () => {
		const limit = missed();
		const asked = limit.reserve(LATER + 50);
		send(limit, MISS, LATER + 60);
		limit.record(asked, told(30, { reset: 120, date: 90 }), LATER + 70);
		expect(sendAll(limit, LATER + 70)).toHaveLength(29);
	});

	it('leave a fifth to others in the background', () => {
		const limit = missed();
		let sent = 0;
		for (; waitMs(limit, LATER + 50, 'background') === 0; sent++) limit.reserve(LATER + 50);
		expect(sent).toBe(31);
	});

	it("are forgotten when this process's clock is set back", () => {
		const limit = missed();
		for (const call of sendAll(limit, LATER + 50)) limit.record(call, MISS, LATER + 50);
		expect(sendAll(limit, LATER - 3_600_000)).toHaveLength(1);
	});
});

describe('an API that tells nothing', () => {
	it('is called freely until it refuses; then one call finds out, and a few go at once', () => {
		const limit = limitThat(answerOf(200));
		const [first, ...others] = sendAll(limit, NOW);
		if (first === undefined) throw new Error('Nothing was sent');
		limit.record(first, refusal(), NOW);
		const wait = waitMs(limit, NOW);
		expect(limit.availability(NOW, 'person').certain).toBe(true);
		// Those that were under way at once are refused at once, which tells nothing more.
		for (const other of others) limit.record(other, refusal(), NOW);
		expect(waitMs(limit, NOW)).toBe(wait);
		const later = NOW + wait;
		const asking = sendAll(limit, later);
		expect(asking).toHaveLength(1);
		for (const call of asking) limit.record(call, answerOf(200), later);
		expect(sendAll(limit, later)).toHaveLength(3);
	});
});

describe('a 429', () => {
	/** The waits of a call that is refused again and again. */
	const waitsAfter = (headers: Record<string, string>, times: number) => {
		const limit = new RateLimiter();
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
		expect(waits[0]).toBeLessThan(2000);
		expect(waits[4]).toBeGreaterThan(10_000);
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
		['Retry-After before the reset', told(0, { status: 429, retryAfter: 5 }), 6000],
		['Retry-After after the reset', told(0, { status: 429, retryAfter: 90 }), 91_000],
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
		if (late !== undefined) limit.record(late, outcome, after);
		expect(sendAll(limit, after)).toHaveLength(39);
	});

	it.each([2, 20, 2000])('closes a window also if an answer told that it resets %i s later', (later) => {
		const limit = limitThat(told(20), told(19, { reset: 30 + later }));
		send(limit, told(0, { status: 429 }), NOW);
		expect(limit.availability(NOW, 'person')).toMatchObject({ certain: true });
	});

	it('that tells of less than nothing, since the limit was lowered, is waited for until the reset', () => {
		expect(waitMs(limitThat(told(-26, { status: 429 })), NOW)).toBe(31_000);
	});

	it('that is overtaken by an answer from before stays', () => {
		const limit = limitThat(told(5));
		const [first, second] = [limit.reserve(NOW), limit.reserve(NOW)];
		limit.record(second, told(0, { status: 429 }), NOW);
		limit.record(first, told(1), NOW);
		expect(limit.availability(NOW, 'person').certain).toBe(true);
	});

	it.each([1, 2, 3])(
		'to a call that was sent after the reset, since answers are dated by a clock %i s ahead, is one of two in a window',
		(aheadS) => {
			const limit = new RateLimiter();
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
			expect(refused).toBeLessThanOrEqual(2 * 10);
		},
	);
});
