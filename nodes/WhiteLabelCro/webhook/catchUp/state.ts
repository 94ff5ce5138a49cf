import type { EventCursor } from '../../api/eventCursor';
import type { EventEnvelope } from '../../contract/events';
import { CHECK_INTERVAL_MS, EARLY_MS } from '../monitor/interval';

/** How long a failed delivery is left to the CRM's own retries. */
export const GRACE_MS = 3 * 60_000;
/** How much later the CRM's time may be than assumed. */
export const SLACK_MS = 3000;
/**
 * A subscription found well this recently is well: n8n skips a tick for which it is a quarter of a second late, so two in a
 * row may be missing.
 */
const LATELY_MS = 3 * CHECK_INTERVAL_MS + EARLY_MS;

/**
 * Until when nothing is missing: every earlier event was received, or the trigger did not want it. It outlives a restart of
 * n8n in the subscription's own description, since n8n stores nothing that a trigger only notes.
 */
export interface Checkpoint {
	/** By the CRM's clock, in milliseconds. */
	at: number;
	/** Where in the event log to look for what came later, if that is known. */
	cursor?: string;
	/** The cursor also leads to what came before, which only its time tells. */
	isInclusive?: boolean;
}

/** Whose log it is: a key can be renewed, and the log stays the company's. */
export interface LogOwner {
	account: string;
	companyId?: string;
}

export function ownerOf({ account, companyId }: LogOwner): LogOwner {
	return { account, companyId };
}

/** An event of the log that was not received here, or not yet. */
export interface PendingEvent {
	envelope: EventEnvelope;
	key: string;
	createdAt: number;
	/** Where the page begins that it came with. */
	from: EventCursor;
	/** It happened in an outage. */
	isMissed: boolean;
}

/** What is known of the events that a trigger may have missed. Plain data, like its monitor. Times are the CRM's. */
export interface CatchUpState extends LogOwner {
	/** How far the CRM's clock is ahead of this process's. */
	ahead: number;
	position: EventCursor;
	/** When the log was last read to its end, whether there is more, and when the newest event read happened. */
	readAt: number;
	behind: boolean;
	reachedAt: number;
	/** What happened before is too long ago. */
	cutAt: number;
	/** When the subscription was last found well, and until when it was not, or nobody looked: as long as that lasts, forever. */
	wellAt: number;
	outageUntil?: number;
	pending: PendingEvent[];
	/** This key may not read the event log. */
	denied: boolean;
	/** When the log last told that it cannot be read, and whether it told that some is too long ago. */
	reportedAt?: number;
	cutShown: boolean;
	/** An event that the trigger wants was read since the checkpoint was last written, or is still missing. */
	hasUnsavedEvents: boolean;
}

/**
 * What is known at first: from a checkpoint on, events may be missing.
 * @param end where the log ended then or before, if it is known and the checkpoint does not tell it
 */
export function initialState(
	{ account, companyId }: LogOwner,
	ahead: number,
	{ at, cursor, isInclusive }: Checkpoint,
	end?: string,
): CatchUpState {
	return {
		account,
		companyId,
		ahead,
		position:
			cursor === undefined || isInclusive === true
				? { cursor: cursor ?? end, since: at, rereading: isInclusive }
				: // What comes behind a cursor of that moment is new, whatever its clock says.
					{ cursor },
		readAt: at,
		behind: false,
		reachedAt: at,
		cutAt: -Infinity,
		wellAt: at,
		pending: [],
		denied: false,
		cutShown: false,
		hasUnsavedEvents: false,
	};
}

/** Notes that the subscription was well at a moment of this process's clock, which is `now` by now; an outage is over. */
export function markHealthy(state: CatchUpState, askedAt: number, now: number): void {
	const at = crmTime(askedAt, state);
	// Nobody looked for a while.
	if (at - state.wellAt > LATELY_MS) beginOutage(state);
	state.wellAt = at;
	if (state.outageUntil === Infinity) state.outageUntil = crmTime(now, state) + SLACK_MS;
}

/** Notes that the subscription is not well, or could not be looked at, and may not have been well since it was last found so. */
export function beginOutage(state: CatchUpState): void {
	if (state.outageUntil === Infinity) return;
	state.outageUntil = Infinity;
	for (const event of state.pending) {
		if (event.createdAt > state.wellAt - GRACE_MS) event.isMissed = true;
	}
}

/** Whether an event read now, by the CRM's clock, was missed: it is from before the end of an outage, or nobody knows when. */
export function isInOutage({ outageUntil }: CatchUpState, now: number, createdAt = Infinity): boolean {
	if (outageUntil === undefined) return false;
	// One from the future does not tell when it happened either.
	return createdAt <= outageUntil || createdAt > now + SLACK_MS;
}

/** Ends an outage once the log is read beyond it. */
export function endOutage(state: CatchUpState): void {
	if (!state.behind && state.readAt > (state.outageUntil ?? Infinity)) state.outageUntil = undefined;
}

/** Where a log is to be read from a moment on, and nothing of before. */
export function startingAt(now: number): Pick<CatchUpState, 'position' | 'readAt' | 'reachedAt' | 'behind'> {
	return { position: { since: now }, readAt: now, reachedAt: now, behind: false };
}

/** Notes whose log a key reads. One can be renewed, so the events of the same company go on; those of another start over now. */
export function useAccount(
	state: CatchUpState,
	account: string,
	companyId: string | undefined,
	now: number,
): void {
	const isAnother = companyId === undefined || state.companyId !== companyId;
	if (state.account !== account && isAnother) {
		Object.assign(state, { ...startingAt(now), pending: [] });
	}
	Object.assign(state, { account, companyId });
}

/**
 * The CRM's time at a moment of this process's clock, in milliseconds, rather a second or two too early than too late.
 * @param ahead how far its clock is ahead of this process's at least, as its answers tell
 */
export function crmTime(ms: number, { ahead }: { ahead: number }): number {
	return Math.floor((ms + ahead) / 1000) * 1000;
}
