/** How far two clocks may drift apart: much more than clocks that nobody sets do. */
const DRIFT = 1 / 10_000;

/**
 * The server's clock, as far as its answers tell. Each tells its Date in whole seconds, and comes some time after: so this
 * process's clock is ahead of the server's by no more than the least difference ever seen. That bound gets closer with every
 * answer that was made just after a second began.
 */
export class ServerClock {
	private aheadMs = Infinity;
	private heardAt = 0;

	/**
	 * Learns from an answer.
	 * @param time its Date
	 * @param sentAt when its call was sent, and `now` when it was here, by this process's clock
	 */
	hear(time: number, sentAt: number, now: number): void {
		// No answer is made before its call is sent: if one seems to be, a clock was set, or an earlier Date was wrong.
		const wasSet = sentAt - (time + 1000) > this.atMost(now);
		if (now - time > this.atMost(now) && !wasSet) return;
		this.aheadMs = now - time;
		this.heardAt = now;
	}

	/** When the server's clock certainly shows `time`, by this process's clock. Until it was heard, the two count as one. */
	passes(time: number, now: number): number {
		return time + (this.aheadMs === Infinity ? 0 : this.atMost(now));
	}

	private atMost(now: number): number {
		return this.aheadMs + Math.ceil(Math.abs(now - this.heardAt) * DRIFT);
	}
}
