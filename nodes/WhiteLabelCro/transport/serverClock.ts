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

	/** @param time by the server's clock, when it answered. @param now by this process's clock, when the answer was here */
	hear(time: number, now: number): void {
		if (now - time > this.atMost(now)) return;
		this.aheadMs = now - time;
		this.heardAt = now;
	}

	/** For when one of the clocks turns out to have been set. */
	forget(): void {
		this.aheadMs = Infinity;
	}

	/** When the server's clock certainly shows `time`, by this process's clock. Until it was heard, the two count as one. */
	passes(time: number, now: number): number {
		return time + (this.aheadMs === Infinity ? 0 : this.atMost(now));
	}

	private atMost(now: number): number {
		return this.aheadMs + Math.ceil(Math.abs(now - this.heardAt) * DRIFT);
	}
}
