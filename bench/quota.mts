// The rate limit of the bulk benchmark: its windows, the other client that shares it, and the floor that it sets.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sandbox } from '../sandbox/server.mts';

export const WINDOW_MS = 6000;
/** 100 writes in 6 seconds: the documented 100 in a minute, ten times as fast. */
export const WRITES_PER_WINDOW = 100;
/** What the other client takes of each window. */
const OTHERS_SHARE = 20;
const OTHERS_PACE_MS = 25;

/** Calls that somebody else made with the key, by the number of the window. */
export type Taken = ReadonlyMap<number, number>;

export function windowOf(time: number): number {
	return Math.floor(time / WINDOW_MS);
}

/**
 * The least time in which the limit lets this many writes through, in milliseconds, if a write took no time at all: at
 * `startedAt` what is left of that window's quota, at the opening of each further window its quota, and the last write
 * at the opening of the window whose quota covers it. What another client took is not there to be had.
 */
export function floorMs(writes: number, startedAt: number, taken: Taken): number {
	let window = windowOf(startedAt);
	for (let left = writes; ; window += 1) {
		left -= WRITES_PER_WINDOW - (taken.get(window) ?? 0);
		if (left <= 0) return Math.max(0, window * WINDOW_MS - startedAt);
	}
}

/** Resolves when a window has been open for this long. */
export async function intoWindow(ms: number): Promise<void> {
	const now = Date.now();
	const opening = Math.ceil((now - ms) / WINDOW_MS) * WINDOW_MS;
	await sleep(opening + ms - now);
}

/** Another client of the same key: from the opening of each window on a call every 25 ms until it has its fifth. */
export function startOtherClient(sandbox: Sandbox, key: string): { taken: Taken; stop(): void } {
	const taken = new Map<number, number>();
	const timer = setInterval(() => {
		const window = windowOf(Date.now());
		const already = taken.get(window) ?? 0;
		if (already < OTHERS_SHARE && sandbox.consume(key, 'write', 1).allowed) taken.set(window, already + 1);
	}, OTHERS_PACE_MS);
	return {
		taken,
		stop() {
			clearInterval(timer);
		},
	};
}
