/** How far the server's clock may be ahead of this process's, in milliseconds, as narrowly as the Dates of a few answers tell. */
export class ClockOffset {
	private atLeast = -Infinity;
	private atMost = Infinity;

	/**
	 * Learns from an answer.
	 * @param time its Date, in whole seconds of the server's clock
	 * @param sentAt when its call was sent, and `now` when all of it was here, by this process's clock: its Date is from between
	 */
	hear(time: number, sentAt: number, now: number): void {
		this.atLeast = Math.max(this.atLeast, time - now);
		this.atMost = Math.min(this.atMost, time + 1000 - sentAt);
	}

	/** The least offset that the answers allow, which is at most two seconds and one answer's time too little; 0 if none told. */
	get least(): number {
		return Number.isFinite(this.atLeast) ? this.atLeast : 0;
	}

	/** The least offset that may be: 0 as long as the two clocks may be one. */
	get ms(): number {
		// If a clock was set, rather too late: then no older record seems to be a later one.
		return Math.max(this.atLeast, Math.min(this.atMost, 0));
	}
}
