import { sleep } from 'n8n-workflow';

import { ANSWER_MS, RateLimiter } from './rateLimiter';
import type { Priority, Reservation } from './rateLimiter';
import type { Outcome } from './retry';

/** Older versions of n8n cannot interrupt a sleep, so none lasts longer than this. */
export const LONGEST_SLEEP_MS = 1000;
/** Once it has waited this long, a call in the background counts as a workflow's: else a long run would starve it. */
export const STARVES_AFTER_MS = 10_000;

/** A call that waits for the rate limit. */
export interface Waiter {
	readonly priority: Priority;
	/** When it came first, in milliseconds of this process's clock. */
	since?: number;
	/** Where it stands among those as urgent: a call keeps that when it has to come again. */
	sequence?: number;
	/** What it may be sent against, once it has been let go. */
	reservation?: Reservation;
	/** Called when it may be sent. */
	onGrant(): void;
}

/**
 * All calls of one bucket of one key that wait: the most urgent first, and among those who came first. Times go in, and nothing
 * waits here.
 */
export class RequestQueue {
	/** Of each class, in order: only the first of each has to be looked at. */
	private readonly waiting: Record<Priority, Waiter[]> = { person: [], workflow: [], background: [] };
	private sequences = 0;

	constructor(readonly limiter = new RateLimiter()) {}

	enqueue(waiter: Waiter, now: number): void {
		const sequence = (waiter.sequence ??= ++this.sequences);
		waiter.since ??= now;
		const ofClass = this.waiting[waiter.priority];
		const before = ofClass.findLastIndex((other) => (other.sequence ?? 0) < sequence);
		ofClass.splice(before + 1, 0, waiter);
	}

	/** Lets every waiter go that may go now. */
	drain(now: number): void {
		// Who is less urgent leaves at least as much to others: if the first may not go, nobody may.
		for (let next = this.first(now); next !== undefined; next = this.first(now)) {
			if (this.limiter.availability(now, urgencyOf(next, now)).opensAt > now) return;
			this.grant(next, now);
		}
	}

	/** Lets a waiter go, whatever is left. */
	grant(waiter: Waiter, now: number): void {
		this.remove(waiter);
		waiter.reservation = this.limiter.reserve(now);
		waiter.onGrant();
	}

	/** Takes out a call that will not be sent, whether it has been let go or not. */
	leave(waiter: Waiter, now: number): void {
		this.remove(waiter);
		if (waiter.reservation !== undefined) this.limiter.withdraw(waiter.reservation);
		waiter.reservation = undefined;
		this.drain(now);
	}

	private remove(waiter: Waiter): void {
		const ofClass = this.waiting[waiter.priority];
		const index = ofClass.indexOf(waiter);
		if (index >= 0) ofClass.splice(index, 1);
	}

	/** One that starves goes after people, before all workflows. */
	private first(now: number): Waiter | undefined {
		const { person, workflow, background } = this.waiting;
		const starving =
			background[0] && urgencyOf(background[0], now) === 'workflow' ? background[0] : undefined;
		return person[0] ?? starving ?? workflow[0] ?? background[0];
	}
}

/** How urgent a waiter is by now. */
function urgencyOf({ priority, since }: Waiter, now: number): Priority {
	return priority === 'background' && now - (since ?? now) >= STARVES_AFTER_MS ? 'workflow' : priority;
}

/** How a call waits. Times are in milliseconds. */
export interface WaitOptions {
	/** How long it may wait for the rate limit in all. */
	maximumWaitMs: number;
	priority: Priority;
	/** Ends the wait when the user cancels the execution. */
	signal?: AbortSignal;
	/** Told of each wait for a limit that is used up. */
	onWait: (from: number, to: number) => void;
}

/** One call's place in the queue of its bucket, for each try anew. */
export class QueuedRequest {
	private readonly waiter: Waiter;
	private leftMs: number;

	constructor(
		private readonly queue: RequestQueue,
		private readonly options: WaitOptions,
	) {
		this.waiter = { priority: options.priority, onGrant: () => undefined };
		this.leftMs = options.maximumWaitMs;
	}

	/**
	 * Waits until the call may be sent; `release` must follow.
	 * @returns 0, or how long it would still have to wait if that is more than it may, in milliseconds
	 * @throws as soon as the user cancels the execution
	 */
	async acquire(): Promise<number> {
		const cameAt = Date.now();
		const granted = new Promise<void>((resolve) => {
			this.waiter.onGrant = resolve;
		});
		this.queue.enqueue(this.waiter, cameAt);
		let isGranted = false;
		try {
			const tooLongMs = await this.wait(granted, cameAt + this.leftMs, cameAt + ANSWER_MS);
			isGranted = tooLongMs === 0;
			return tooLongMs;
		} finally {
			this.leftMs -= Date.now() - cameAt;
			if (!isGranted) this.queue.leave(this.waiter, Date.now());
		}
	}

	/** Tells the others how the call ended. */
	release(outcome: Outcome): void {
		const { reservation } = this.waiter;
		if (reservation === undefined) return;
		this.waiter.reservation = undefined;
		this.queue.limiter.record(reservation, outcome, Date.now());
		this.queue.drain(Date.now());
	}

	private async wait(granted: Promise<void>, waitsUntil: number, answersUntil: number): Promise<number> {
		const { queue, waiter } = this;
		const { signal, onWait } = this.options;
		for (;;) {
			signal?.throwIfAborted();
			const now = Date.now();
			queue.drain(now);
			if (waiter.reservation !== undefined) return 0;
			const { opensAt, certain } = queue.limiter.availability(now, urgencyOf(waiter, now));
			const isTooLong = certain && opensAt > waitsUntil;
			if (isTooLong && !this.mayTakeKept(now)) return opensAt - now;
			// If no answer came in time, this call finds out itself.
			if (isTooLong || (!certain && now >= Math.max(waitsUntil, answersUntil))) queue.grant(waiter, now);
			else await Promise.race([granted, sleep(Math.min(opensAt - now, LONGEST_SLEEP_MS), signal)]);
			if (certain) onWait(now, Date.now());
		}
	}

	/** A poll that would fail takes one of the calls that are kept for people: each may come when a run has used up the rest. */
	private mayTakeKept(now: number): boolean {
		return (
			this.waiter.priority === 'background' && this.queue.limiter.availability(now, 'person').opensAt <= now
		);
	}
}
