import { sleep } from 'n8n-workflow';

import type { Caller, Line } from './line';
import { ANSWER_MS } from './rateLimit';
import type { Outcome } from './retry';

/** Older versions of n8n cannot interrupt a sleep, so none lasts longer than this. */
export const LONGEST_SLEEP_MS = 1000;

/** How a call waits. Times are in milliseconds. */
export interface Patience {
	/** How long it may wait for the rate limit in all. */
	patienceMs: number;
	/** Whether it leaves a part of the limit to others. */
	background: boolean;
	/** Ends the wait when the user cancels the execution. */
	signal?: AbortSignal;
	/** Told of each wait for a limit that is used up. */
	onWait: (from: number, to: number) => void;
}

/** One call's turns in the line of its bucket, one for each try. */
export class Turn {
	private readonly caller: Caller;
	private patienceMs: number;

	constructor(
		private readonly line: Line,
		private readonly patience: Patience,
	) {
		this.caller = { background: patience.background, called: () => undefined };
		this.patienceMs = patience.patienceMs;
	}

	/**
	 * Waits until the call may be sent; `end` must follow.
	 * @returns 0, or how long it would still have to wait if that is more than is left of its patience, in milliseconds
	 * @throws as soon as the user cancels the execution
	 */
	async come(): Promise<number> {
		const cameAt = Date.now();
		const called = new Promise<void>((resolve) => {
			this.caller.called = resolve;
		});
		this.line.join(this.caller);
		let comes = false;
		try {
			const tooLongMs = await this.wait(called, cameAt + this.patienceMs, cameAt + ANSWER_MS);
			comes = tooLongMs === 0;
			return tooLongMs;
		} finally {
			this.patienceMs -= Date.now() - cameAt;
			if (!comes) this.line.leave(this.caller, Date.now());
		}
	}

	/** Tells the others how the call ended. */
	end(outcome: Outcome): void {
		const { reservation } = this.caller;
		if (reservation === undefined) return;
		this.caller.reservation = undefined;
		this.line.limit.settle(reservation, outcome, Date.now());
		this.line.advance(Date.now());
	}

	private async wait(called: Promise<void>, patientUntil: number, answersUntil: number): Promise<number> {
		const { signal, onWait } = this.patience;
		for (;;) {
			signal?.throwIfAborted();
			const now = Date.now();
			this.line.advance(now);
			if (this.caller.reservation !== undefined) return 0;
			const { opensAt, certain } = this.line.limit.outlook(now, this.caller.background);
			if (certain && opensAt > patientUntil) return opensAt - now;
			// If no answer came in time, this call finds out itself.
			if (!certain && now >= Math.max(patientUntil, answersUntil)) this.line.admit(this.caller, now);
			else await Promise.race([called, sleep(Math.min(opensAt - now, LONGEST_SLEEP_MS), signal)]);
			if (certain) onWait(now, Date.now());
		}
	}
}
