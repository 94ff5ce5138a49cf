import { readRateLimit, readRetryAfterMs, readServerTime } from './contract';
import type { ToldWindow } from './contract';
import { LONGEST_BELIEF_MS, Resets } from './resets';
import type { KeyWindows } from './resets';
import type { Outcome } from './retry';

/** A call that may be sent, or is under way. */
export interface Reservation {
	/** Grows from call to call. */
	readonly order: number;
	readonly sentAt: number;
}

/** When the next call may be sent. */
export interface Outlook {
	/** In milliseconds of this process's clock; it has passed if the call may go now. */
	opensAt: number;
	/** Whether nothing is left until then. If not, the answer to a call that is under way will tell, perhaps sooner. */
	certain: boolean;
}

/** What is known of the bucket's window. */
interface Window {
	/** What tells it from others, if an answer did. */
	reset?: number;
	limit?: number;
	/** How many calls were left at the newest answer that tells; those that are under way may each take one of them. */
	remaining: number;
	/** How many calls ended whose answers tell nothing: each may have taken one more of them, or be counted in them. */
	silent: number;
	/** How many calls are left by the count of those that ended, if nobody else calls. */
	own: number;
	/** Until when this holds, and whether that is the reset. */
	endsAt: number;
	atReset: boolean;
	/** From when on one call may find out although nothing seems to be left, since some may not have been counted. */
	askAt?: number;
	learnedAt: number;
	/** The newest call when the window was first heard of: one that was sent later is of no older window. */
	since: number;
	/** The newest call when `remaining` was heard of: an answer to one that was sent later is newer. */
	heardAfter: number;
}

/** A call that was most likely counted, although no answer told what it left. */
interface Silent {
	endedAt: number;
	/** The newest call when it ended: what the answer to one that was sent later tells includes it. */
	order: number;
}

/** How long to wait for the answer of a call under way before another call finds out. */
export const ANSWER_MS = 10_000;
const FIRST_BACK_OFF_MS = 1000;
const LONGEST_BACK_OFF_MS = 30_000;
/** How much sooner a window may be over than it is taken to be. */
const SLACK_MS = 3000;
/** The part of a window that calls in the background leave to others. */
const FOREGROUND_SHARE = 1 / 5;

/**
 * The rate limit of one bucket of one API key: which calls may be sent, by what the answers tell. It is pure: times and answers
 * go in, and nothing waits here.
 *
 * If a window is unknown, one call finds out. If it is known, as many go as are left less those under way. Where
 * the API has told a limit but an answer tells no window, as those of searches that find nothing may, no more go within
 * any window's length than the limit; if no answer in any bucket of the key tells that length, one call finds out, after a
 * pause that grows. Where the API never tells any limit, calls go freely until one is refused.
 */
export class RateLimit {
	private window: Window | undefined;
	private readonly underWay = new Set<Reservation>();
	private readonly resets: Resets;
	private sent = 0;
	/** Whether the API answers without telling of any window. */
	private untold = false;
	/** As the API told it last. */
	private limit: number | undefined;
	/** The oldest first, as far back as a window may reach. */
	private silent: Silent[] = [];
	/** How often the API has refused in a row; calls that are under way at once are refused at once. */
	private refusals = 0;
	private refusedAfter = 0;

	constructor(windows: KeyWindows = {}) {
		this.resets = new Resets(windows);
	}

	/** When a call may be sent; in the background only if it leaves a fifth of the window to others. */
	outlook(now: number, background = false): Outlook {
		const known = this.current(now);
		const window = known ?? this.assumed(now);
		if (window !== undefined) {
			const share = background ? (window.limit ?? 0) * FOREGROUND_SHARE : 0;
			const left = (known ? leastLeft(known) : window.remaining) - 1 - share;
			if (left >= this.underWay.size) return { opensAt: now, certain: false };
			const opensAt = Math.min(window.endsAt, known?.askAt ?? Infinity);
			if (opensAt > now) return { opensAt, certain: left < 0 };
		}
		const free = this.untold && this.limit === undefined;
		const asking = free ? undefined : this.asking(now);
		return { opensAt: asking === undefined ? now : asking.sentAt + ANSWER_MS, certain: false };
	}

	/** Counts a call that is about to be sent. */
	reserve(now: number): Reservation {
		const reservation = { order: ++this.sent, sentAt: now };
		this.underWay.add(reservation);
		return reservation;
	}

	/** Gives back the place of a call that was not sent after all. */
	withdraw(reservation: Reservation): void {
		this.underWay.delete(reservation);
	}

	/** Learns from how a call ended. */
	settle(reservation: Reservation, outcome: Outcome, now: number): void {
		if (outcome.kind === 'unreachable') {
			if (outcome.arrived === 'no') this.withdraw(reservation);
			else if (this.count(reservation, now)) this.spend(now, false);
			return;
		}
		this.count(reservation, now);
		const { headers, statusCode } = outcome.answer;
		const told = readRateLimit(headers, now);
		this.resets.learn(told, readServerTime(headers), reservation.sentAt, now);
		this.limit = told?.limit ?? this.limit;
		if (statusCode === 429) {
			this.untold = false;
			this.refuse(reservation, told, readRetryAfterMs(headers, now), now);
			return;
		}
		this.refusals = 0;
		if (told !== undefined) this.learn(reservation, told, now);
		else {
			if (this.current(now) === undefined && statusCode < 500) {
				this.untold = true;
				this.startAnew(reservation);
			}
			this.spend(now, statusCode < 500);
		}
	}

	/** Counts a call that was under way. @returns whether it was not counted before */
	private count(reservation: Reservation, now: number): boolean {
		const wasUnderWay = this.underWay.delete(reservation);
		const window = this.current(now);
		if (wasUnderWay && window !== undefined) window.own -= 1;
		return wasUnderWay;
	}

	/** Counts a call that was most likely counted, without an answer that tells so. @param certain whether it was for certain */
	private spend(now: number, certain: boolean): void {
		const window = this.current(now);
		if (window !== undefined) {
			window.silent += 1;
			if (!certain && leastLeft(window) >= 0) window.askAt ??= now + LONGEST_BELIEF_MS;
		}
		// If no limit is known, none applies.
		if (this.limit !== undefined) this.silent = [...this.counted(now), { endedAt: now, order: this.sent }];
	}

	/** Forgets the calls before one that was answered although they had left nothing: a new window had begun. */
	private startAnew({ sentAt }: Reservation): void {
		if (this.limit === undefined || this.counted(sentAt).length < this.limit) return;
		this.silent = this.silent.filter(({ endedAt }) => endedAt > sentAt);
	}

	/** The silent calls that may have been counted in a window that is not over. */
	private counted(now: number): Silent[] {
		const { window } = this;
		const reset = window?.atReset && window.endsAt <= now ? window.endsAt - SLACK_MS : -Infinity;
		const since = Math.max(reset, now - this.resets.length().mostMs);
		// None is later unless this process's clock was set back.
		return this.silent.filter(({ endedAt }) => endedAt > since && endedAt <= now);
	}

	/** What is left at least of an unknown window, until the oldest call no longer counts or a call may find out. */
	private assumed(now: number): Pick<Window, 'limit' | 'remaining' | 'endsAt'> | undefined {
		if (!this.untold || this.limit === undefined) return undefined;
		const counted = this.counted(now);
		const [oldest, newest] = [counted[0], counted.at(-1)];
		if (oldest === undefined || newest === undefined) return undefined;
		const { leastMs, mostMs } = this.resets.length();
		const endsAt = Math.min(oldest.endedAt + mostMs, newest.endedAt + leastMs);
		if (endsAt <= now) return undefined;
		return { limit: this.limit, remaining: this.limit - counted.length, endsAt };
	}

	private learn(reservation: Reservation, told: ToldWindow, now: number): void {
		const assumed = this.assumed(now)?.remaining ?? -Infinity;
		this.untold = false;
		// One that hangs has arrived long before this one, if ever: what is left includes it.
		for (const call of this.underWay) {
			if (call.sentAt <= reservation.sentAt - ANSWER_MS) this.count(call, now);
		}
		const end = this.resets.endOf(told, now);
		const endsAt = this.resets.believed(end, now);
		// A window that is over tells nothing of the one that has begun.
		if (endsAt <= now) return;
		const { limit, reset } = told;
		const window = this.current(now);
		const same = window !== undefined && this.resets.areSame(window.reset, told.reset);
		const newer = window === undefined || reservation.order > window.heardAfter;
		// Those that it may not include.
		const silent = this.silent.filter(({ order }) => order >= reservation.order).length;
		const { remaining } = told;
		const least = remaining - silent;
		const counted = same ? window.own : assumed - 1;
		// If others call, too, or the limit was changed.
		const isWrong = counted - this.underWay.size > remaining || (newer && counted < least);
		const own = isWrong ? least : counted;
		if (same) {
			Object.assign(window, { limit, own, heardAfter: this.sent });
			if (endsAt < window.endsAt) Object.assign(window, { endsAt, atReset: endsAt === end });
			// Answers overtake each other: among those to calls that were under way at once, the least is the newest.
			if (!newer && least >= window.remaining - window.silent) return;
			Object.assign(window, { remaining, silent, askAt: undefined });
		} else if (newer || (reset > (window.reset ?? Infinity) && window.endsAt - now <= SLACK_MS)) {
			const atReset = endsAt === end;
			this.window = this.windowFrom({ reset, limit, remaining, silent, own, endsAt, atReset }, now);
		}
	}

	/** Learns from a 429. */
	private refuse(
		reservation: Reservation,
		told: ToldWindow | undefined,
		retryAfterMs: number | undefined,
		now: number,
	): void {
		const window = this.current(now);
		if (window !== undefined && this.isOfOlder(window, reservation, told)) return;
		if (told !== undefined && this.wasEarly(reservation, told, now)) this.resets.delay();
		if (this.refusals === 0 || reservation.order > this.refusedAfter) {
			this.refusals += 1;
			this.resets.lengthen();
		}
		this.refusedAfter = this.sent;
		// All that was counted is in the window that is used up.
		this.silent = [];

		const reset = told?.reset ?? window?.reset;
		const end = told !== undefined ? this.resets.endOf(told, now) : reset && window?.endsAt;
		const opensAt = this.opensAfter(end, retryAfterMs, now);
		// A server that asks for no wait again and again must not be called again and again.
		const soonest = this.refusals > 1 ? now + this.backOffMs() / 8 : now;
		const endsAt = Math.max(this.resets.believed(opensAt, now), soonest);
		const limit = told?.limit ?? window?.limit;
		this.window = this.windowFrom(
			{ reset, limit, remaining: 0, silent: 0, own: 0, endsAt, atReset: endsAt === end },
			now,
		);
	}

	/** When a refusal is over: the time it asks for, else when the window resets, else longer and longer, with jitter. */
	private opensAfter(end: number | undefined, retryAfterMs: number | undefined, now: number): number {
		const asked = retryAfterMs === undefined ? undefined : this.resets.endOfWait(retryAfterMs, now);
		if (end === undefined) return asked ?? now + this.backOffMs() * (0.75 + Math.random() / 2);
		// Retry-After may be the reset, rounded to seconds from now.
		return asked === undefined || Math.abs(asked - end) <= 2000 ? end : asked;
	}

	private backOffMs(): number {
		return Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (this.refusals - 1));
	}

	/** Whether a call was refused in a window that had been taken for over when it was sent, and still is. */
	private wasEarly({ sentAt }: Reservation, told: ToldWindow, now: number): boolean {
		const { window } = this;
		if (!window?.atReset || sentAt < window.endsAt) return false;
		return this.resets.areSame(window.reset, told.reset) && this.resets.endOf(told, now) <= now;
	}

	/** Whether a refusal is of a window before the one that is known: not if its call was sent since that was heard of. */
	private isOfOlder(window: Window, { order }: Reservation, told: ToldWindow | undefined): boolean {
		if (order > window.since) return false;
		if (told === undefined || window.reset === undefined) return true;
		return told.reset < window.reset && !this.resets.areSame(window.reset, told.reset);
	}

	private windowFrom(known: Omit<Window, 'learnedAt' | 'since' | 'heardAfter'>, now: number): Window {
		return { ...known, learnedAt: now, since: this.sent, heardAfter: this.sent };
	}

	/** The window, as long as what is known of it holds. */
	private current(now: number): Window | undefined {
		// This process's clock was set back.
		if (this.window !== undefined && now < this.window.learnedAt) this.window = undefined;
		return this.window !== undefined && now < this.window.endsAt ? this.window : undefined;
	}

	/** The newest call under way that will tell of the window that is unknown. */
	private asking(now: number): Reservation | undefined {
		const since = this.current(now)?.askAt ?? this.window?.endsAt ?? -Infinity;
		return [...this.underWay].findLast(
			({ sentAt }) => sentAt >= since && sentAt <= now && now < sentAt + ANSWER_MS,
		);
	}
}

/** How many calls are left in a window at least. */
function leastLeft({ remaining, silent, own }: Window): number {
	return Math.max(remaining - silent, Math.min(remaining, own));
}
