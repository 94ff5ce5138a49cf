import type { ApiResponse } from './response';

/** How one attempt at a call ended. */
export type Outcome =
	| { kind: 'answer'; answer: ApiResponse }
	/** No answer: the request either never arrived, or may have. `failure` is what the HTTP client threw. */
	| { kind: 'networkError'; arrived: 'no' | 'maybe'; failure: unknown };

export type NextStep =
	/** The rate limit is used up: wait for it. */
	| 'wait'
	/** Try again after a back-off. */
	| 'retry'
	| 'fail'
	/** The write may have taken effect: it must not be repeated blindly. */
	| 'unconfirmed';

export const MAX_TRIES = 3;

/**
 * How long to wait before each search for what a creation may have made, in milliseconds. A gateway gives up on a server that
 * still works on it, so the last search says what there is six seconds later; only then is the creation repeated.
 */
export const CONFIRM_AFTER_MS = [2000, 4000] as const;

/**
 * What to do after an attempt that did not succeed.
 * @param repeatable whether making the call twice is safe (GET, PATCH, DELETE)
 * @param tries how many attempts have been made, waits for the rate limit not counted
 */
export function nextStep(repeatable: boolean, outcome: Outcome, tries: number): NextStep {
	if (outcome.kind === 'answer') {
		const { statusCode } = outcome.answer;
		if (statusCode === 429) return 'wait';
		if (repeatable ? statusCode < 500 : isFinal(statusCode)) return 'fail';
	}
	const harmless = repeatable || (outcome.kind === 'networkError' && outcome.arrived === 'no');
	if (!harmless) return 'unconfirmed';
	return tries < MAX_TRIES ? 'retry' : 'fail';
}

/** Whether a creation certainly did nothing: after a redirect (303) or a timeout (408) it may have. */
function isFinal(statusCode: number): boolean {
	return statusCode < 300 || (statusCode >= 400 && statusCode < 500 && statusCode !== 408);
}

/** How long to back off before the next try, in milliseconds, with jitter so that many do not come back at once. */
export function backOffMs(tries: number): number {
	return 300 * 2 ** tries * (0.75 + Math.random() / 2);
}
