import { CLOCKS_DIFFER_MS } from './contract';
import type { ToldWindow } from './contract';
import { ServerClock } from './serverClock';

/** A longer wait is believed only within a window whose length the API tells. */
export const LONGEST_BELIEF_MS = 120_000;
const LONGEST_WINDOW_MS = 3_600_000;
/** How long windows are assumed to be at first, and at most after refusals. D: a minute. */
const SHORTEST_WINDOW_MS = 1000;
const USUAL_WINDOW_MS = 60_000;
/** How much later resets are taken to be each time one turns out later, and at most. */
const LATER_MS = 1000;
const LATEST_MS = 3000;
/** How likely it may be that all resets are on multiples of the window's length by chance. */
const LIKELY_CHANCE = 1 / 30;

/** What the answers in any bucket of a key tell of the windows of all. D: they are all of one length. */
export interface KeyWindows {
	/** As told last. */
	lengthMs?: number;
}

/**
 * When the windows of one bucket are over, by this process's clock: rather a little late than early, since a call that arrives
 * before the reset is refused.
 */
export class Resets {
	private readonly clock = new ServerClock();
	/** The most that was told to be left of a window, or longer, since calls were refused. */
	private leastMs = SHORTEST_WINDOW_MS;
	/** The least time between two resets. */
	private mostMs = LONGEST_WINDOW_MS;
	/** The newest reset told, how many different ones have been told, and whether one was on no multiple of the length. */
	private newest = 0;
	private told = 0;
	private unaligned = false;
	/** How much later resets turned out to be than they were told. */
	private laterMs = 0;

	constructor(private readonly windows: KeyWindows) {}

	/**
	 * Learns from an answer.
	 * @param sentAt when its call was sent, and `now` when it is here, by this process's clock
	 * @param serverTime when it was made, by the server's clock
	 */
	learn(told: ToldWindow | undefined, serverTime: number | undefined, sentAt: number, now: number): void {
		if (told !== undefined) this.compare(told);
		if (serverTime === undefined) return;
		this.clock.hear(serverTime, sentAt, now);
		if (told === undefined) return;
		// The end is up to two seconds late.
		this.leastMs = Math.max(this.leastMs, this.endOf(told, now) - now - 2000);
	}

	/** Takes resets for later: a call that was sent after one was refused. */
	delay(): void {
		this.laterMs = Math.min(LATEST_MS, this.laterMs + LATER_MS);
	}

	/** When a window is over for certain. */
	endOf({ reset }: ToldWindow, now: number): number {
		// The reset of a window that began at any time was rounded to seconds, perhaps down.
		const roundedOffMs = this.areExact() ? 0 : 1000;
		const end = this.clock.passes(reset, now) + roundedOffMs + this.laterMs;
		// It had begun when the answer was made.
		return Math.min(end, now + (this.windows.lengthMs ?? Infinity));
	}

	/** When a wait is over that a 429 asks for. */
	endOfWait(waitMs: number, now: number): number {
		return now + waitMs + this.laterMs;
	}

	/** Until when to believe that nothing is left until `end`. */
	believed(end: number, now: number): number {
		const vouchedMs = Math.min(this.windows.lengthMs ?? 0, LONGEST_WINDOW_MS);
		return end - now <= vouchedMs ? end : Math.min(end, now + LONGEST_BELIEF_MS);
	}

	/** How long windows are at least and at most: one and the same if an answer has told, and as far as that is believed. */
	length(): { leastMs: number; mostMs: number } {
		const { lengthMs } = this.windows;
		if (lengthMs === undefined) return { leastMs: Math.min(this.leastMs, this.mostMs), mostMs: this.mostMs };
		const ms = lengthMs <= LONGEST_WINDOW_MS ? lengthMs : LONGEST_BELIEF_MS;
		return { leastMs: ms, mostMs: ms };
	}

	/** Takes windows for longer: a call was refused. */
	lengthen(): void {
		this.leastMs = Math.max(this.leastMs, Math.min(this.leastMs * 2, USUAL_WINDOW_MS));
	}

	/**
	 * Whether two resets are of one window: servers that count down to a reset round it now up, now down, and the clocks of
	 * several behind one address differ. Those of two windows are a length apart.
	 */
	areSame(one: number | undefined, other: number): boolean {
		const { lengthMs } = this.windows;
		const tolerance = lengthMs === undefined ? 1000 : Math.min(CLOCKS_DIFFER_MS, lengthMs / 2 - 1);
		return one !== undefined && Math.abs(one - other) <= tolerance;
	}

	private compare({ reset, lengthMs }: ToldWindow): void {
		this.windows.lengthMs = lengthMs ?? this.windows.lengthMs;
		if (this.windows.lengthMs === undefined || reset % this.windows.lengthMs !== 0) this.unaligned = true;
		if (reset <= this.newest) return;
		// A second may be rounding.
		if (this.told > 0 && reset - this.newest > 1000) this.mostMs = Math.min(this.mostMs, reset - this.newest);
		this.newest = reset;
		this.told += 1;
	}

	/** Whether windows begin on multiples of their length: not by one reset, nor by as many as may be on them by chance. */
	private areExact(): boolean {
		const chance = (1000 / (this.windows.lengthMs ?? 1000)) ** this.told;
		return !this.unaligned && this.told > 1 && chance < LIKELY_CHANCE;
	}
}
