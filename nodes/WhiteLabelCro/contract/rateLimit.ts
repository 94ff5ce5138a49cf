import type { IDataObject } from 'n8n-workflow';

import { readServerTime } from './headers';
import { textOf } from './json';

/** What an answer tells of its bucket's window. Times are in milliseconds. */
export interface ToldWindow {
	/** How many calls are left in it. */
	remaining: number;
	/** How many calls a window has. */
	limit?: number;
	lengthMs?: number;
	/** When it resets, by the server's clock, in whole seconds: this tells one window from another. */
	reset: number;
}

const UNITS_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };

/** D: `1m`, and in the policy `read:60/1m`. A: other lengths are written in the same way. */
function readLengthMs(headers: IDataObject): number | undefined {
	const told = [headers['x-ratelimit-window'], headers['x-ratelimit-policy']].map(textOf).join(' ');
	const [, count, unit = ''] = /(?:^|\/)(\d+)\s*([smh])\b/.exec(told) ?? [];
	const length = Number(count) * (UNITS_MS[unit] ?? 0);
	return length > 0 ? length : undefined;
}

/** How far the clocks of the vendor's servers may differ: those that date answers, and those by which windows reset. */
const CLOCKS_DIFFER_MS = 5000;

/** No date is later. */
const LAST_DATE = 8.64e15;

/**
 * D: the headers of a window; its reset is in Unix seconds.
 * @returns undefined if there are none, or none that can be true: a reset that is long past tells of a clock, not of a window,
 * and one beyond all dates of nothing
 */
export function readRateLimit(headers: IDataObject, now: number): ToldWindow | undefined {
	const remaining = Number(textOf(headers['x-ratelimit-remaining']) ?? NaN);
	const reset = Number(textOf(headers['x-ratelimit-reset']) ?? NaN) * 1000;
	const limit = Number(textOf(headers['x-ratelimit-limit']) ?? NaN);
	const answeredAt = readServerTime(headers) ?? now;
	if (Number.isNaN(remaining) || !(reset >= answeredAt - CLOCKS_DIFFER_MS && reset <= LAST_DATE)) {
		return undefined;
	}
	return {
		// A: less than none, when the limit was lowered.
		remaining: Math.max(0, remaining),
		limit: limit > 0 ? limit : undefined,
		lengthMs: readLengthMs(headers),
		reset,
	};
}

/**
 * The wait, in milliseconds, that a 429 asks for.
 * A: whether it carries `Retry-After`, in seconds or as an HTTP date by the server's clock; undefined if not.
 */
export function readRetryAfterMs(headers: IDataObject, now: number): number | undefined {
	const retryAfter = textOf(headers['retry-after']);
	if (retryAfter === undefined) return undefined;
	if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
	const until = Date.parse(retryAfter);
	return Number.isNaN(until) ? undefined : Math.max(0, until - (readServerTime(headers) ?? now));
}
