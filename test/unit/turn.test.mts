import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { Line } from '../../nodes/WhiteLabelCro/transport/line.ts';
import { ANSWER_MS } from '../../nodes/WhiteLabelCro/transport/rateLimit.ts';
import type { Outcome } from '../../nodes/WhiteLabelCro/transport/retry.ts';
import { Turn } from '../../nodes/WhiteLabelCro/transport/turn.ts';

const answerOf = (statusCode: number, headers: Record<string, string> = {}): Outcome => ({
	kind: 'answer',
	answer: { statusCode, headers, body: undefined },
});
const A_DAY = answerOf(429, { 'retry-after': '86400' });

let line: Line;
beforeEach(() => {
	jest.useFakeTimers();
	line = new Line();
});
afterEach(() => {
	jest.useRealTimers();
});

const turnOf = ({ patienceS = 300, signal }: { patienceS?: number; signal?: AbortSignal } = {}) => {
	const waits: number[] = [];
	const turn = new Turn(line, {
		patienceMs: patienceS * 1000,
		background: false,
		signal,
		onWait: (from, to) => waits.push(to - from),
	});
	return { turn, waitedMs: () => waits.reduce((sum, ms) => sum + ms, 0) };
};
/** What a turn came to, as far as it has. */
const follow = ({ turn }: ReturnType<typeof turnOf>) => {
	const state: { result?: number; cancelled?: true } = {};
	turn.come().then(
		(tooLongMs) => (state.result = tooLongMs),
		() => (state.cancelled = true),
	);
	return state;
};
const pass = async (ms: number) => {
	await jest.advanceTimersByTimeAsync(ms);
};
/** Makes a call that is answered in this way. */
const call = async (outcome: Outcome) => {
	const { turn } = turnOf();
	await turn.come();
	turn.end(outcome);
};

describe('a call under a 429 that asks for a day', () => {
	it('fails at once if no call can find out within its patience', async () => {
		await call(A_DAY);
		const impatient = follow(turnOf({ patienceS: 60 }));
		await pass(0);
		expect(impatient.result).toBe(120_000);
	});

	it('waits two minutes if it may, finds out, and has its place again if it is refused again', async () => {
		await call(A_DAY);
		const first = turnOf();
		const state = follow(first);
		const others = [follow(turnOf()), follow(turnOf())];
		await pass(119_000);
		expect(state.result).toBeUndefined();
		await pass(1000);
		expect(state.result).toBe(0);
		expect(others.map(({ result }) => result)).toEqual([undefined, undefined]);
		expect(first.waitedMs()).toBe(120_000);
		first.turn.end(A_DAY);
		const again = follow(first);
		await pass(120_000);
		expect(again.result).toBe(0);
		first.turn.end(A_DAY);
		await pass(1000);
		// Both may wait another 59 seconds, and nobody finds out before another two minutes have passed.
		expect(others.map(({ result }) => result)).toEqual([119_000, 119_000]);
	});

	it('goes at once with all others when one has found out that the API lets them', async () => {
		await call(A_DAY);
		const first = turnOf();
		follow(first);
		const others = [follow(turnOf()), follow(turnOf())];
		await pass(120_000);
		first.turn.end(answerOf(200));
		await pass(0);
		expect(others.map(({ result }) => result)).toEqual([0, 0]);
	});
});

describe('a cancelled execution', () => {
	it('waits no longer, and gives back its place', async () => {
		await call(A_DAY);
		const cancel = new AbortController();
		const cancelled = follow(turnOf({ signal: cancel.signal }));
		const next = follow(turnOf());
		await pass(5000);
		cancel.abort();
		await pass(0);
		expect(cancelled.cancelled).toBe(true);
		await pass(115_000);
		expect(next.result).toBe(0);
	});

	it('that had just been called gives the next its turn', async () => {
		const asking = turnOf();
		follow(asking);
		const cancel = new AbortController();
		const cancelled = follow(turnOf({ signal: cancel.signal }));
		const next = follow(turnOf());
		await pass(5);
		cancel.abort();
		asking.turn.end(answerOf(503));
		await pass(0);
		expect(cancelled.cancelled).toBe(true);
		expect(next.result).toBe(0);
	});
});

describe('a call that waits for what others find out', () => {
	it('goes when they get no answer in time, one after the other, and counts that as no wait for the limit', async () => {
		follow(turnOf());
		const second = turnOf();
		const states = [follow(second), follow(turnOf())];
		await pass(ANSWER_MS);
		expect(states.map(({ result }) => result)).toEqual([0, undefined]);
		await pass(ANSWER_MS);
		expect(states.map(({ result }) => result)).toEqual([0, 0]);
		expect(second.waitedMs()).toBe(0);
	});

	it('goes when its patience is over, but waits for an answer even without any', async () => {
		follow(turnOf());
		const states = [1, 2, 3].map(() => follow(turnOf({ patienceS: 0 })));
		await pass(ANSWER_MS - 1);
		expect(states.map(({ result }) => result)).toEqual([undefined, undefined, undefined]);
		await pass(1);
		expect(states.map(({ result }) => result)).toEqual([0, 0, 0]);
	});
});
