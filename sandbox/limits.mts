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

/** Counts requests in windows that begin on multiples of their length, so that the reset is a whole second. */
export class RateLimiter {
	readonly limits: Limits = { ...defaultLimits };
	readonly #now: () => number;
	readonly #used = new Map<string, { start: number; count: number }>();

	/** In: what differs from the default limits, and a clock in milliseconds. */
	constructor(change: Partial<Limits> = {}, now: () => number = Date.now) {
		this.set(change);
		this.#now = now;
	}

	/** Takes `count` requests from the key's bucket; a refused request takes nothing. */
	take(keyId: string, bucket: Bucket, count = 1): RateWindow {
		const { windowSeconds, [bucket]: limit } = this.limits;
		const start = Math.floor(this.#now() / 1000 / windowSeconds) * windowSeconds;
		const slot = `${keyId} ${bucket}`;
		const before = this.#used.get(slot);
		const used = before?.start === start ? before.count : 0;
		const allowed = used < limit;
		const after = allowed ? used + count : used;
		this.#used.set(slot, { start, count: after });
		const remaining = Math.max(0, limit - after);
		return { bucket, allowed, limit, remaining, resetAt: start + windowSeconds, windowSeconds };
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
function rateLimitHeaders(window: RateWindow): Record<string, string> {
	const { bucket, limit, remaining, resetAt, windowSeconds } = window;
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
	if (status >= 200 && status < 300) return rateLimitHeaders(window);
	if (status !== 429) return {};
	const form = dialect.tooManyRequests;
	const seconds = Math.max(1, Math.ceil(window.resetAt - now / 1000));
	const retryAfter =
		dialect.retryAfterForm === 'seconds' ? String(seconds) : new Date(window.resetAt * 1000).toUTCString();
	return {
		...((form === 'all-headers' || form === 'rate-limit-headers') && rateLimitHeaders(window)),
		...((form === 'all-headers' || form === 'retry-after') && { 'retry-after': retryAfter }),
	};
}
