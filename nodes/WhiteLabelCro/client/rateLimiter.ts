import type { IDataObject } from 'n8n-workflow';

import { readServerTime } from '../contract/headers';
import { readRateLimit, readRetryAfterMs } from '../contract/rateLimit';
import type { Outcome } from './retry';

/** Whom a call is made for, the most urgent first. */
export const PRIORITIES = ['person', 'workflow', 'background'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** A call that may be sent, or is under way. */
export interface Reservation {
	/** Grows from call to call. */
	readonly order: number;
	readonly sentAt: number;
}

/** When the next call may be sent. */
export interface Availability {
	/** In milliseconds of this process's clock; it has passed if the call may go now. */
	opensAt: number;
	/** Whether nothing is left until then. If not, the answer to a call that is under way will tell, perhaps sooner. */
	certain: boolean;
}

/** What an answer tells of the bucket's window. */
interface Told {
	/** By the server's clock: it tells one window from another. Undefined if only a 429 told that there is one. */
	reset?: number;
	/** How many calls were left; those that were under way may each take one of them. */
	remaining: number;
	endsAt: number;
}

interface Window extends Told {
	/** The newest call when that was heard: the answer to one that was sent later is newer. */
	heardAfter: number;
	/** The newest call when the window was first heard of: one that was sent later is of no older window. */
	since: number;
}

/** How long the windows of a key are, as the API told it last. */
export interface KeyWindows {
	lengthMs?: number;
}

/** How long to wait for the answer of a call under way before another call finds out. */
export const ANSWER_MS = 10_000;
/** A longer wait is believed only within a window whose length the API tells, up to an hour. */
const LONGEST_BELIEF_MS = 120_000;
const LONGEST_WINDOW_MS = 3_600_000;
/** D: how long a window is. */
const USUAL_WINDOW_MS = 60_000;
const FIRST_BACK_OFF_MS = 1000;
/** Resets, dates, and Retry-After count whole seconds, perhaps rounded down. */
const ROUNDED_MS = 1000;
/** How much sooner a window may be over than it is taken to be. */
const SLACK_MS = 3000;
/** How many calls go at once after a refusal, until answers tell what is left. */
const FEW = 3;
/** The part of a window that calls in the background leave to others. */
const FOREGROUND_SHARE = 1 / 5;
/** The part of a window, and the most calls, that workflows leave to people until its last seconds, for which a list waits. */
const PEOPLE_SHARE = 1 / 20;
const PEOPLE_CALLS = 3;
const LAST_MS = 5000;

/**
 * The rate limit of one bucket of one API key: which calls may be sent, by what the answers tell. Times and answers go in, and
 * nothing waits here.
 *
 * If a window is unknown, one call finds out. If it is known, as many go as are left less those under way. Where an answer
 * tells nothing, as those of searches that find nothing may, no more go within a window's length than the limit; as long as
 * the API has told no limit, calls go freely until one is refused, and then a few at a time.
 */
export class RateLimiter {
	private window: Window | undefined;
	private readonly underWay = new Set<Reservation>();
	private sent = 0;
	/** Calls that most likely were counted, but perhaps not in what the newest answer told; the oldest first. */
	private uncounted: Array<{ endedAt: number; order: number }> = [];
	/** Whether the newest answer in a window that is unknown told nothing. */
	private untold = false;
	/** As the API told it last. */
	private limit: number | undefined;
	/** How many resets have been on multiples of the length; none counts once one was not. */
	private multiples = 0;
	private newestReset = 0;
	/** This process's clock, when it was last told. */
	private newest = 0;
	/** How many calls go at once at most. */
	private atOnce = Infinity;
	/** How often the API refused with less than a minute in between; calls that are under way at once are refused at once. */
	private refusals = 0;
	private refusedAt = 0;
	private refusedAfter = 0;

	/**
	 * @param forPeople whether people make calls in this bucket, for which workflows leave a few
	 * @param windows of all buckets of the key: D: they are of one length
	 */
	constructor(
		private readonly forPeople = true,
		private readonly windows: KeyWindows = {},
	) {}

	/** When a call may be sent. */
	availability(now: number, priority: Priority): Availability {
		const known = this.current(now);
		const { remaining, endsAt } = known ?? this.assumed(now);
		const left = remaining - this.uncounted.length;
		const kept = this.keptFrom(priority, endsAt - now);
		if (left - kept <= this.underWay.size) {
			const opensSooner = priority === 'workflow' && kept > 0 && left > 0;
			return { opensAt: endsAt - (opensSooner ? LAST_MS : 0), certain: left <= kept };
		}
		const isUnknown = known === undefined && !this.untold;
		const since = isUnknown ? (this.window?.endsAt ?? -Infinity) : -Infinity;
		const asking = [...this.underWay].filter(
			({ sentAt }) => sentAt >= since && sentAt <= now && now < sentAt + ANSWER_MS,
		);
		const [oldest] = asking;
		const waits = oldest !== undefined && asking.length >= (isUnknown ? 1 : this.atOnce);
		return { opensAt: waits ? oldest.sentAt + ANSWER_MS : now, certain: false };
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
	record(reservation: Reservation, outcome: Outcome, now: number): void {
		this.underWay.delete(reservation);
		if (outcome.kind === 'networkError' && outcome.arrived === 'no') return;
		const { headers, statusCode } =
			outcome.kind === 'answer' ? outcome.answer : { headers: {}, statusCode: 0 };
		const told = this.read(headers, reservation.sentAt, now);
		if (statusCode === 429) this.refuse(reservation, told, readRetryAfterMs(headers, now), now);
		else if (told === undefined || !this.learn(reservation, told, now)) {
			// An error of the server tells nothing of its limit, either, nor a late answer of the window that has begun since.
			const isOfLimit = statusCode > 0 && statusCode < 500 && !this.isLate(reservation.sentAt);
			if (isOfLimit && this.current(now) === undefined) this.untold = true;
			if (this.limit !== undefined) this.uncounted.push({ endedAt: now, order: this.sent });
		}
	}

	/** How many calls of what is left, `leftMs` before the window ends, a call must leave to more urgent ones. */
	private keptFrom(priority: Priority, leftMs: number): number {
		const { limit = 0 } = this;
		if (priority === 'background') return limit * FOREGROUND_SHARE;
		if (priority === 'person' || !this.forPeople || leftMs <= LAST_MS) return 0;
		return Math.min(PEOPLE_CALLS, Math.floor(limit * PEOPLE_SHARE));
	}

	/** What an answer tells, with when the window is over: rather a little late than early, since a call before that is refused. */
	private read(headers: IDataObject, sentAt: number, now: number): (Told & { reset: number }) | undefined {
		const told = readRateLimit(headers, now);
		if (told === undefined) return undefined;
		const { reset, remaining, limit = this.limit, lengthMs = this.windows.lengthMs ?? Infinity } = told;
		this.limit = limit;
		this.windows.lengthMs = lengthMs <= LONGEST_WINDOW_MS ? lengthMs : undefined;
		// The window was taken for over, and is not.
		const wentOn = !this.isLate(sentAt) && this.compare(reset) === 0;
		if (wentOn || reset % lengthMs !== 0) this.multiples = -Infinity;
		else if (reset > this.newestReset) this.multiples += 1;
		this.newestReset = Math.max(this.newestReset, reset);
		// A reset between two seconds was rounded, perhaps down. That some are on multiples of the length by chance is not likely.
		const isExact = this.multiples > 1 && (lengthMs / 1000) ** this.multiples > 30;
		const leftMs = reset - (readServerTime(headers) ?? now) + (isExact ? 0 : ROUNDED_MS);
		const endsAt = now + Math.min(leftMs, this.windows.lengthMs ?? LONGEST_BELIEF_MS);
		const known = this.current(now);
		// An answer that took long to come back tells of a later end.
		const isSame = known !== undefined && this.compare(reset) === 0;
		return { reset, remaining, endsAt: isSame ? Math.min(endsAt, known.endsAt) : endsAt };
	}

	/** @returns whether it knows by now that the call was counted */
	private learn({ order, sentAt }: Reservation, told: Told & { reset: number }, now: number): boolean {
		if (told.endsAt <= now) return false;
		if (this.refusals <= FEW) this.atOnce += 1;
		const known = this.current(now);
		const age = this.compare(told.reset);
		if (known === undefined) {
			// A late answer of a window that is over tells nothing of the one that has begun.
			if (age <= 0 && this.isLate(sentAt)) return true;
		} else if (order <= known.heardAfter) {
			// Answers overtake each other: among those to calls that were under way at once, the least is the newest.
			if (age === 0) {
				known.endsAt = told.endsAt;
				if (told.remaining >= known.remaining) return true;
			} else return age < 0 && order <= known.since;
		}
		this.uncounted = this.uncounted.filter((call) => call.order >= order);
		// Windows of which one begins in the middle of another tell of servers that disagree.
		const goesOn = known !== undefined && (age === 0 || known.endsAt - now > SLACK_MS);
		this.open(told, goesOn ? known.since : this.sent);
		return true;
	}

	/** Learns from a 429: it is over when it asks, else when the window is, else longer and longer, with jitter. */
	private refuse(
		{ order }: Reservation,
		told: (Told & { reset: number }) | undefined,
		waitMs: number | undefined,
		now: number,
	): void {
		const known = this.current(now);
		if (known && order <= known.since && (told === undefined || this.compare(told.reset) < 0)) return;
		if (order > this.refusedAfter) {
			this.refusals = Math.abs(now - this.refusedAt) > USUAL_WINDOW_MS ? 1 : this.refusals + 1;
			this.refusedAt = now;
			this.atOnce = FEW;
		}
		this.refusedAfter = this.sent;
		this.uncounted = [];
		const longestMs = Math.max(this.windows.lengthMs ?? 0, LONGEST_BELIEF_MS);
		const asked = waitMs === undefined ? undefined : now + Math.min(waitMs + ROUNDED_MS, longestMs);
		const mostMs = Math.max(LAST_MS, (this.windows.lengthMs ?? USUAL_WINDOW_MS) / 2);
		const backOffMs =
			Math.min(mostMs, FIRST_BACK_OFF_MS * 2 ** (this.refusals - 1)) * (0.75 + Math.random() / 2);
		// A server that asks for no wait again and again must not be called again and again.
		const endsAt = Math.max(asked ?? told?.endsAt ?? known?.endsAt ?? 0, now + backOffMs);
		this.open({ reset: told?.reset ?? known?.reset, remaining: 0, endsAt }, this.sent);
	}

	private open(told: Told, since: number): void {
		this.untold = false;
		this.window = { ...told, since, heardAfter: this.sent };
	}

	/** Whether a call was sent before the window heard of last was over. */
	private isLate(sentAt: number): boolean {
		return sentAt < (this.window?.endsAt ?? -Infinity);
	}

	/** Whether a reset is of the window heard of last (0), of an older one, or of a newer one: they are rounded, up and down. */
	private compare(reset: number): number {
		const difference = reset - (this.window?.reset ?? -Infinity);
		return Math.abs(difference) < Math.min(ROUNDED_MS + 1, this.windows.lengthMs ?? Infinity)
			? 0
			: difference;
	}

	/** The window, as long as it lasts. If this process's clock was set back, nothing is known. */
	private current(now: number): Window | undefined {
		if (now < this.newest - SLACK_MS) [this.window, this.uncounted, this.untold] = [undefined, [], false];
		this.newest = now;
		return this.window !== undefined && now < this.window.endsAt ? this.window : undefined;
	}

	/** What is left of a window that is unknown: at most the limit less those calls that ended within its length. */
	private assumed(now: number): Told {
		const { limit = Infinity, window } = this;
		const { lengthMs = USUAL_WINDOW_MS } = this.windows;
		const since = Math.max((window?.endsAt ?? -Infinity) - SLACK_MS, now - lengthMs);
		this.uncounted = this.uncounted.filter(({ endedAt }) => endedAt > since);
		return { remaining: limit, endsAt: (this.uncounted[0]?.endedAt ?? now) + lengthMs };
	}
}
