import type { LogPosition } from '../../events/logPosition';
import type { EventEnvelope } from '../../transport/contract';
import { lookUp, remembersSince } from '../deduplication';
import { crmNow, crmTime } from './checkpoint';
import type { SeenWell } from './checkpoint';
import { CHECK_INTERVAL_MS, EARLY_MS } from '../monitor/interval';
import { endBefore } from '../monitor/cache';

/** How long a failed delivery is left to the CRM's own retries. */
const GRACE_MS = 3 * 60_000;
/** How much later the CRM's time may be than assumed. */
const SLACK_MS = 3000;
/**
 * A subscription found well this recently is well: n8n skips a tick for which it is a quarter of a second late, so two in a
 * row may be missing.
 */
const LATELY_MS = 3 * CHECK_INTERVAL_MS + EARLY_MS;

/** An event of the log that was not received here, or not yet. */
export interface Waiting {
	envelope: EventEnvelope;
	key: string;
	createdAt: number;
	/** Where the page begins that it came with. */
	from: LogPosition;
	/** It happened in an outage. */
	isMissed: boolean;
	/** It counts as not received here. */
	isCounted?: boolean;
}

/** What is known of the events that a trigger may have missed. Plain data, like its watch. Times are the CRM's. */
export interface Missed {
	account: string;
	/** Whose events the log holds. */
	companyId?: string;
	/** How far the CRM's clock is ahead of this process's. */
	ahead: number;
	position: LogPosition;
	/** When the log was last read to its end, whether there is more, and when the newest event read happened. */
	readAt: number;
	behind: boolean;
	reachedAt: number;
	/** What happened before is too long ago. */
	cutAt: number;
	/** When the subscription was last found well, and until when it was not after that: as long as that lasts, forever. */
	wellAt: number;
	outageUntil?: number;
	waiting: Waiting[];
	/** How many events of the log were received by this process lately, and how many were not though all was well. */
	received: number;
	unreceived: number;
	/** This key may not read the event log. */
	denied: boolean;
	/** When the log last told that it cannot be read, and whether it told that some is too long ago. */
	reportedAt?: number;
	cutShown: boolean;
}

/** What is known at first: from a moment on, events may be missing. */
export function nothingMissed(account: string, ahead: number, { at, cursor, isEarly }: SeenWell): Missed {
	const end = cursor ?? endBefore(account, at)?.cursor;
	return {
		account,
		ahead,
		position:
			cursor === undefined || isEarly === true
				? { cursor: end, since: at, rereading: isEarly }
				: // What comes behind a cursor of that moment is new, whatever its clock says.
					{ cursor },
		readAt: at,
		behind: false,
		reachedAt: at,
		cutAt: -Infinity,
		wellAt: at,
		waiting: [],
		received: 0,
		unreceived: 0,
		denied: false,
		cutShown: false,
	};
}

/** Notes that the subscription was well at a moment of this process's clock; an outage is over. */
export function noteSeenWell(missed: Missed, askedAt: number): void {
	const at = crmTime(askedAt, missed);
	// Nobody looked for a while.
	if (at - missed.wellAt > LATELY_MS) noteOutage(missed);
	missed.wellAt = at;
	if (missed.outageUntil === Infinity) missed.outageUntil = crmNow(missed) + SLACK_MS;
}

/** Notes that the subscription is not well, and may not have been since it was last found so. */
export function noteOutage(missed: Missed): void {
	if (missed.outageUntil === Infinity) return;
	missed.outageUntil = Infinity;
	for (const event of missed.waiting) {
		if (event.createdAt > missed.wellAt - GRACE_MS) event.isMissed = true;
	}
}

/** Whether an event now read was missed: it is from before the end of an outage, or nobody knows when. */
export function isInOutage(missed: Missed, createdAt = Infinity): boolean {
	const { outageUntil } = missed;
	if (outageUntil === undefined) return false;
	// One from the future does not tell when it happened either.
	return createdAt <= outageUntil || createdAt > crmNow(missed) + SLACK_MS;
}

/** Ends an outage once the log is read beyond it. */
export function closeOutage(missed: Missed): void {
	if (!missed.behind && missed.readAt > (missed.outageUntil ?? Infinity)) missed.outageUntil = undefined;
}

/** Notes whose log a key reads. One can be renewed, so the events of the same company go on; those of another start over. */
export function noteCompany(missed: Missed, account: string, companyId: string | undefined): void {
	const isAnother = missed.companyId !== undefined && missed.companyId !== companyId;
	if (missed.account !== account && isAnother) {
		Object.assign(missed, { position: { since: crmNow(missed) }, behind: false, waiting: [] });
	}
	Object.assign(missed, { account, companyId });
}

/**
 * received: by this process. open: it may yet be. missed: it happened in an outage. doubtful: this process would know if it had
 * received it, but others may receive too. unknowable: it is from before this process remembers.
 */
export type Verdict = 'received' | 'open' | 'missed' | 'doubtful' | 'unknowable';

export function judge(trigger: string, missed: Missed, { key, createdAt, isMissed }: Waiting): Verdict {
	const known = lookUp(trigger, key);
	if (known !== 'no') return known === 'accepted' ? 'received' : 'open';
	if (isMissed) return 'missed';
	if (createdAt > crmNow(missed) - GRACE_MS) return 'open';
	return createdAt >= remembersSince(trigger) + missed.ahead + SLACK_MS ? 'doubtful' : 'unknowable';
}

/** Up to when nothing is missing, as far as it was looked at. */
export function seenWellOf(trigger: string, missed: Missed): SeenWell {
	const { position, behind, readAt, reachedAt, wellAt, denied, waiting } = missed;
	const { cursor } = position;
	const held: Verdict[] = ['open', 'missed'];
	if (missed.received > 0 && missed.received >= missed.unreceived) held.push('doubtful');
	const next = waiting.filter((event) => held.includes(judge(trigger, missed, event)));
	if (next[0] !== undefined) {
		// What came before it on its page is not missing.
		return {
			at: Math.min(...next.map(({ createdAt }) => createdAt)),
			cursor: next[0].from.cursor,
			isEarly: true,
		};
	}
	// Until something new is reached, the log is being read again.
	const isEarly = position.rereading === true || (behind && reachedAt <= readAt);
	if (behind) return { at: Math.max(readAt, reachedAt), cursor, isEarly };
	return { at: denied ? wellAt : readAt, cursor, isEarly };
}
