import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { accounts } from '../../nodes/WhiteLabelCro/client/account.ts';
import { ANSWER_MS } from '../../nodes/WhiteLabelCro/client/rateLimiter.ts';
import type { Priority } from '../../nodes/WhiteLabelCro/client/rateLimiter.ts';
import {
	QueuedRequest,
	RequestQueue,
	STARVES_AFTER_MS,
} from '../../nodes/WhiteLabelCro/client/requestQueue.ts';
import type { Waiter } from '../../nodes/WhiteLabelCro/client/requestQueue.ts';
import type { Outcome } from '../../nodes/WhiteLabelCro/client/retry.ts';

const NOW = Date.UTC(2026, 0, 28, 10, 30);
const answerOf = (statusCode: number, headers: Record<string, string> = {}): Outcome => ({
	kind: 'answer',
	answer: { statusCode, headers, body: undefined },
});
const A_DAY = answerOf(429, { 'retry-after': '86400' });
const told = (remaining: number, limit = 10): Outcome =>
	answerOf(200, {
		'x-ratelimit-limit': String(limit),
		'x-ratelimit-remaining': String(remaining),
		'x-ratelimit-reset': String(NOW / 1000 + 30),
		'x-ratelimit-window': '1m',
	});

/** A queue in which waiters come by name, and the names of those who were let go, in order. */
const makeQueue = () => {
	const queue = new RequestQueue();
	const granted: string[] = [];
	const enqueue = (name: string, priority: Priority = 'workflow', now = NOW) => {
		const waiter: Waiter = { priority, onGrant: () => granted.push(name) };
		queue.enqueue(waiter, now);
		queue.drain(now);
		return waiter;
	};
	const record = (waiter: Waiter, outcome: Outcome) => {
		const { reservation } = waiter;
		if (reservation === undefined) throw new Error('It was not let go');
		waiter.reservation = undefined;
		queue.limiter.record(reservation, outcome, NOW);
		queue.drain(NOW);
	};
	return { queue, granted, enqueue, record };
};

describe('the queue of those who wait for a bucket', () => {
	it('lets one find out, then as many as are left, those first who came first', () => {
		const { granted, enqueue, record } = makeQueue();
		const first = enqueue('a');
		for (const name of ['b', 'c', 'd', 'e']) enqueue(name);
		expect(granted).toEqual(['a']);
		record(first, told(3));
		expect(granted).toEqual(['a', 'b', 'c', 'd']);
	});

	it('keeps the place of one that has to come again', () => {
		const { queue, granted, enqueue } = makeQueue();
		const first = enqueue('a');
		enqueue('b');
		const { reservation } = first;
		if (reservation !== undefined) queue.limiter.withdraw(reservation);
		queue.enqueue(first, NOW);
		queue.drain(NOW);
		expect(granted).toEqual(['a', 'a']);
	});

	it('lets people go before workflows, and those before the background, whoever came first', () => {
		const { granted, enqueue, record } = makeQueue();
		const first = enqueue('a');
		enqueue('poll', 'background');
		enqueue('run');
		enqueue('list', 'person');
		record(first, told(3));
		expect(granted).toEqual(['a', 'list', 'run']);
		enqueue('another run');
		expect(granted).toEqual(['a', 'list', 'run', 'another run']);
	});

	it('lets a person go of a window that workflows used up but for a few calls', () => {
		const { granted, enqueue, record } = makeQueue();
		const first = enqueue('a');
		for (const name of ['b', 'c', 'd', 'e']) enqueue(name);
		record(first, told(5, 60));
		enqueue('list', 'person');
		expect(granted).toEqual(['a', 'b', 'c', 'list']);
	});

	it('lets one in the background that has waited long go before workflows that came later', () => {
		const { granted, enqueue, record } = makeQueue();
		const first = enqueue('a');
		enqueue('poll', 'background', NOW - STARVES_AFTER_MS);
		enqueue('run');
		record(first, told(1));
		expect(granted).toEqual(['a', 'poll']);
	});

	it('calls the next if one leaves that was to find out, or that had been let go and sends nothing', () => {
		const { queue, granted, enqueue } = makeQueue();
		const first = enqueue('a');
		const second = enqueue('b');
		enqueue('c');
		queue.leave(second, NOW);
		expect(granted).toEqual(['a']);
		queue.leave(first, NOW);
		expect(granted).toEqual(['a', 'c']);
	});

	it('is one for all executions with the same key, and another for another key or bucket', () => {
		expect(accounts.queueOf('shared', 'write')).toBe(accounts.queueOf('shared', 'write'));
		expect(accounts.queueOf('shared', 'read')).not.toBe(accounts.queueOf('shared', 'write'));
		expect(accounts.queueOf('other', 'write')).not.toBe(accounts.queueOf('shared', 'write'));
	});
});

let queue: RequestQueue;
beforeEach(() => {
	jest.useFakeTimers();
	queue = new RequestQueue();
});
afterEach(() => {
	jest.useRealTimers();
});

const requestOf = ({ maximumWaitS = 300, signal }: { maximumWaitS?: number; signal?: AbortSignal } = {}) => {
	const waits: number[] = [];
	const request = new QueuedRequest(queue, {
		maximumWaitMs: maximumWaitS * 1000,
		priority: 'workflow',
		signal,
		onWait: (from, to) => waits.push(to - from),
	});
	return { request, waitedMs: () => waits.reduce((sum, ms) => sum + ms, 0) };
};
/** What a request's wait came to, as far as it has ended. */
const follow = ({ request }: ReturnType<typeof requestOf>) => {
	const state: { result?: number; cancelled?: true } = {};
	request.acquire().then(
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
	const { request } = requestOf();
	await request.acquire();
	request.release(outcome);
};

describe('a call under a 429 that asks for a day', () => {
	it('fails at once if no call can find out within its Maximum Wait', async () => {
		await call(A_DAY);
		const impatient = follow(requestOf({ maximumWaitS: 60 }));
		await pass(0);
		expect(impatient.result).toBe(120_000);
	});

	it('waits two minutes if it may, finds out, and has its place again if it is refused again', async () => {
		await call(A_DAY);
		const first = requestOf();
		const state = follow(first);
		const others = [follow(requestOf()), follow(requestOf())];
		await pass(119_000);
		expect(state.result).toBeUndefined();
		await pass(1000);
		expect(state.result).toBe(0);
		expect(others.map(({ result }) => result)).toEqual([undefined, undefined]);
		expect(first.waitedMs()).toBe(120_000);
		first.request.release(A_DAY);
		const again = follow(first);
		await pass(120_000);
		expect(again.result).toBe(0);
		first.request.release(A_DAY);
		await pass(1000);
		// Both may wait another 59 seconds, and nobody finds out before another two minutes have passed.
		expect(others.map(({ result }) => result)).toEqual([119_000, 119_000]);
	});

	it('goes at once with all others when one has found out that the API lets them', async () => {
		await call(A_DAY);
		const first = requestOf();
		follow(first);
		const others = [follow(requestOf()), follow(requestOf())];
		await pass(120_000);
		first.request.release(answerOf(200));
		await pass(0);
		expect(others.map(({ result }) => result)).toEqual([0, 0]);
	});
});

describe('a cancelled execution', () => {
	it('waits no longer, and gives back its place', async () => {
		await call(A_DAY);
		const cancel = new AbortController();
		const cancelled = follow(requestOf({ signal: cancel.signal }));
		const next = follow(requestOf());
		await pass(5000);
		cancel.abort();
		await pass(0);
		expect(cancelled.cancelled).toBe(true);
		await pass(115_000);
		expect(next.result).toBe(0);
	});

	it('that had just been called gives the next its turn', async () => {
		const asking = requestOf();
		follow(asking);
		const cancel = new AbortController();
		const cancelled = follow(requestOf({ signal: cancel.signal }));
		const next = follow(requestOf());
		await pass(5);
		cancel.abort();
		asking.request.release(answerOf(503));
		await pass(0);
		expect(cancelled.cancelled).toBe(true);
		expect(next.result).toBe(0);
	});
});

describe('a call that waits for what others find out', () => {
	it('goes when they get no answer in time, one after the other, and counts that as no wait for the limit', async () => {
		follow(requestOf());
		const second = requestOf();
		const states = [follow(second), follow(requestOf())];
		await pass(ANSWER_MS);
		expect(states.map(({ result }) => result)).toEqual([0, undefined]);
		await pass(ANSWER_MS);
		expect(states.map(({ result }) => result)).toEqual([0, 0]);
		expect(second.waitedMs()).toBe(0);
	});

	it('goes when its Maximum Wait is over, but waits for an answer even without any', async () => {
		follow(requestOf());
		const states = [1, 2, 3].map(() => follow(requestOf({ maximumWaitS: 0 })));
		await pass(ANSWER_MS - 1);
		expect(states.map(({ result }) => result)).toEqual([undefined, undefined, undefined]);
		await pass(1);
		expect(states.map(({ result }) => result)).toEqual([0, 0, 0]);
	});
});
