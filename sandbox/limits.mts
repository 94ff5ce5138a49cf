// Fixed-window rate limits per key and bucket (contract section 1).
import type { Dialect } from './dialect.mts';

export type Bucket = 'read' | 'write' | 'admin';
/** Requests per window of each bucket, and the window's length in whole seconds. */
export type Limits = Record<Bucket | 'windowSeconds', number>;

export const defaultLimits: Readonly<Limits> = { read: 60, write: 100, admin: 200, windowSeconds: 60 };

/** What a request found in its window; `resetAt` is in Unix seconds. */
export interface RateWindow {
	bucket: Bucket;
	allowed: boolean;
	limit: number;
	remaining: number;
	resetAt: number;
	windowSeconds: number;
}

type Windows = Pick<Dialect, 'rateLimitWindows'>;

/** Counts requests in windows that begin on multiples of their length, or with the first request after the last window. */
export class RateLimiter {
	readonly limits: Limits = { ...defaultLimits };
	readonly #now: () => number;
	readonly #dialect: Windows;
	readonly #used = new Map<string, { start: number; count: number }>();

	/** In: what differs from the default limits, a clock in milliseconds, and the dialect, which may change. */
	constructor(
		change: Partial<Limits> = {},
		now: () => number = Date.now,
		dialect: Windows = { rateLimitWindows: 'aligned' },
	) {
		this.set(change);
		this.#now = now;
		this.#dialect = dialect;
	}

	/** Takes `count` requests from the key's bucket; a refused request takes nothing. */
	take(keyId: string, bucket: Bucket, count = 1): RateWindow {
		const { windowSeconds, [bucket]: limit } = this.limits;
		const slot = `${keyId} ${bucket}`;
		const before = this.#used.get(slot);
		const start = this.#start(before?.start);
		const used = before?.start === start ? before.count : 0;
		const allowed = used < limit;
		const after = allowed ? used + count : used;
		this.#used.set(slot, { start, count: after });
		const remaining = Math.max(0, limit - after);
		return { bucket, allowed, limit, remaining, resetAt: start + windowSeconds, windowSeconds };
	}

	/** When the window of a request that comes now began, in Unix seconds. In: when that of the last request began. */
	#start(last = -Infinity): number {
		const { windowSeconds } = this.limits;
		const now = this.#now() / 1000;
		if (this.#dialect.rateLimitWindows === 'aligned') return Math.floor(now / windowSeconds) * windowSeconds;
		return now < last + windowSeconds ? last : now;
	}

	/** Changes limits from the next request on; throws a RangeError if one is not a whole number above zero. */
	set(change: Partial<Limits>): void {
		for (const [name, value] of Object.entries(change)) {
			if (!Number.isInteger(value) || value < 1) throw new RangeError(`Limit ${name}: ${value}`);
		}
		Object.assign(this.limits, change);
	}

	/** Forgets what was used. */
	clear(): void {
		this.#used.clear();
	}
}

/** The five headers of a successful answer, named in contract section 1. */
function rateLimitHeaders(window: RateWindow, dialect: Dialect): Record<string, string> {
	const { bucket, limit, remaining, windowSeconds } = window;
	const resetAt = (dialect.rateLimitReset === 'rounded-up' ? Math.ceil : Math.floor)(window.resetAt);
	const length = windowSeconds % 60 === 0 ? `${windowSeconds / 60}m` : `${windowSeconds}s`;
	return {
		'x-ratelimit-limit': String(limit),
		'x-ratelimit-remaining': String(remaining),
		'x-ratelimit-reset': String(resetAt),
		'x-ratelimit-window': length,
		'x-ratelimit-policy': `${bucket}:${limit}/${length}`,
	};
}

/**
 * What an answer of this status says about its window: documented for 2xx, a setting for 429, nothing otherwise.
 * In: `now` in milliseconds, by the clock that the window was taken by.
 */
export function limitHeaders(
	status: number,
	window: RateWindow,
	dialect: Dialect,
	now: number,
): Record<string, string> {
	if (status >= 200 && status < 300) return rateLimitHeaders(window, dialect);
	if (status !== 429) return {};
	const form = dialect.tooManyRequests;
	const seconds = Math.max(1, Math.ceil(window.resetAt - now / 1000));
	const retryAfter =
		dialect.retryAfterForm === 'seconds'
			? String(seconds)
			: new Date(Math.ceil(window.resetAt) * 1000).toUTCString();
	return {
		...((form === 'all-headers' || form === 'rate-limit-headers') && rateLimitHeaders(window, dialect)),
		...((form === 'all-headers' || form === 'retry-after') && { 'retry-after': retryAfter }),
	};
}
