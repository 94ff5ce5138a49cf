// A clock that leaps over waits: where the package does nothing but wait, the time that it waits for comes at once.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

import { afterAll, beforeAll } from '@jest/globals';

interface Timer {
	/** By the clock that leaps. */
	dueAt: number;
	fire: () => void;
	/** Node's, which ends the wait if nothing leaps over it. */
	real: NodeJS.Timeout;
}

/** How often Node has to find nothing to do before all that can happen without the clock has happened. */
const IDLE_TURNS = 10;

/**
 * Lets the tests of a file wait for no timer of the package, of n8n, or their own, as long as no request is under way. Timers end
 * in their order, `Date` leaps with them, and those that keep no process alive are not leapt to.
 */
export function useLeapingClock(): void {
	const { Date: RealDate, setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;
	const realNow = Date.now;
	const timers = new Map<NodeJS.Timeout, Timer>();
	let ahead = 0;
	let requests = 0;
	let turnsLeft = 0;

	const now = () => performance.now() + ahead;
	const begin = (handle: NodeJS.Timeout | undefined, ms: number, fire: () => void): NodeJS.Timeout => {
		const real = realSetTimeout(fire, ms);
		const timer = { dueAt: now() + ms, fire, real };
		timers.set(handle ?? real, timer);
		return real;
	};
	const leap = () => {
		const next = Math.min(
			...[...timers.values()].filter(({ real }) => real.hasRef()).map(({ dueAt }) => dueAt),
		);
		if (requests > 0 || next === Infinity) return;
		ahead += Math.max(0, Math.ceil(next - now()));
		const inOrder = [...timers].toSorted(([, one], [, other]) => one.dueAt - other.dueAt);
		for (const [handle, timer] of inOrder) {
			if (timers.get(handle) !== timer) continue;
			realClearTimeout(timer.real);
			if (timer.dueAt <= next) timer.fire();
			else {
				const real = begin(handle, timer.dueAt - now(), timer.fire);
				if (!timer.real.hasRef()) real.unref();
			}
		}
		leapWhenIdle();
	};
	const turn = () => {
		turnsLeft -= 1;
		if (turnsLeft > 0) setImmediate(turn);
		else leap();
	};
	const leapWhenIdle = () => {
		if (turnsLeft <= 0) setImmediate(turn);
		turnsLeft = IDLE_TURNS;
	};
	const leapingSetTimeout = (callback: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) => {
		const handle = begin(undefined, ms, () => {
			timers.delete(handle);
			callback(...given);
		});
		leapWhenIdle();
		return handle;
	};
	const onRequest = (message: unknown) => {
		requests += 1;
		(message as { request: ClientRequest }).request.once('close', () => {
			requests -= 1;
			leapWhenIdle();
		});
	};

	beforeAll(() => {
		subscribe('http.client.request.start', onRequest);
		Object.assign(globalThis, {
			Date: new Proxy(RealDate, {
				construct: (target, given, newTarget) =>
					Reflect.construct(target, given.length > 0 ? given : [Date.now()], newTarget) as Date,
			}),
			setTimeout: leapingSetTimeout,
			clearTimeout(handle: NodeJS.Timeout | undefined) {
				const timer = handle && timers.get(handle);
				if (handle) timers.delete(handle);
				realClearTimeout(timer?.real ?? handle);
			},
		});
		Date.now = () => realNow() + ahead;
	});
	afterAll(() => {
		unsubscribe('http.client.request.start', onRequest);
		Object.assign(globalThis, { Date: RealDate, setTimeout: realSetTimeout, clearTimeout: realClearTimeout });
		Date.now = realNow;
	});
}
