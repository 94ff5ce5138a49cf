import type { IDataObject } from 'n8n-workflow';

import { BoundedMap } from '../helpers/boundedMap';
import { readRateLimit, readRetryAfterMs } from './contract';
import type { Bucket } from './contract';

/** What is known of one bucket's current window, in this process's time. */
interface Window {
	remaining: number;
	resetsAt: number;
	/** When a call goes out to find out, although the window is said to reset later. */
	asksAt: number;
}

/** Timers may fire a little early, and a call that arrives before the reset is refused. */
const MARGIN_MS = 15;
const MAX_SLOTS = 1000;
const FIRST_BACK_OFF_MS = 1000;
const LONGEST_BACK_OFF_MS = 30_000;
/** No answer is believed for longer that says that nothing remains: one that is wrong would stop a key for good. */
const LONGEST_BELIEF_MS = 120_000;

/**
 * The rate-limit windows of all keys this process uses. Every execution with one key shares what is known of it, so that
 * together they stop before the limit instead of running into it.
 */
const windows = new BoundedMap<string, Window>(MAX_SLOTS);

/** One bucket of one API key. */
export class RateLimitSlot {
	private readonly name: string;

	/** @param account anything that tells one key on one host from another; it is only ever compared */
	constructor(account: string, bucket: Bucket) {
		this.name = `${bucket} ${account}`;
	}

	/** How long the next call has to wait, in milliseconds: 0 unless the window is known to be used up. */
	waitMs(now: number): number {
		const window = windows.get(this.name);
		if (window === undefined || window.remaining > 0) return 0;
		return Math.max(0, Math.min(window.resetsAt, window.asksAt) - now);
	}

	/** Counts a call that is about to be sent, so that others sent at the same time know of it. */
	take(now: number): void {
		const window = windows.get(this.name);
		if (window === undefined) return;
		if (window.resetsAt <= now) windows.delete(this.name);
		else if (window.remaining > 0) window.remaining -= 1;
		// This call finds out; the others wait for its answer, which is not of the window that was told.
		else this.set(0, now + LONGEST_BELIEF_MS, now);
	}

	/**
	 * Learns from an answer's headers. A 429 that carries none backs off exponentially, with jitter.
	 * @param refusals how many 429s this call has had, this one included
	 */
	learn(
		{ statusCode, headers }: { statusCode: number; headers: IDataObject },
		now: number,
		refusals: number,
	): void {
		if (statusCode === 429) {
			const backOff = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (refusals - 1));
			const asked = readRetryAfterMs(headers, now) ?? backOff * (0.75 + Math.random() / 2);
			// A server that asks for no wait again and again must not be called again and again.
			const wait = Math.max(asked, refusals > 1 ? backOff / 8 : 0);
			this.set(0, now + wait + MARGIN_MS, now);
			return;
		}
		const said = readRateLimit(headers, now);
		if (said === undefined) return;
		const known = windows.get(this.name);
		const sameWindow = known !== undefined && Math.abs(known.resetsAt - said.resetsAt) < 1000;
		// Answers overtake each other: within a window the smallest number is the newest.
		const remaining = sameWindow ? Math.min(known.remaining, said.remaining) : said.remaining;
		this.set(remaining, said.resetsAt + MARGIN_MS, now);
	}

	private set(remaining: number, resetsAt: number, now: number): void {
		windows.set(this.name, { remaining, resetsAt, asksAt: now + LONGEST_BELIEF_MS });
	}
}
