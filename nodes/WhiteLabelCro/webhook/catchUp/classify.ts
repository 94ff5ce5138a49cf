import { statusOf } from '../deduplication';
import { registry } from '../monitor/registry';
import type { TriggerState } from '../monitor/registry';
import { GRACE_MS, SLACK_MS, crmTime } from './state';
import type { CatchUpState, Checkpoint, PendingEvent } from './state';

/**
 * received: by this process. open: it may yet be. missed: it happened in an outage. unverified: this process would know if it
 * had received it, but others may receive too. unknowable: it is from before this process remembers.
 */
export type Verdict = 'received' | 'open' | 'missed' | 'unverified' | 'unknowable';

/** What became of an event of the log. */
export function classify(
	trigger: TriggerState,
	state: CatchUpState,
	{ key, createdAt, isMissed }: PendingEvent,
): Verdict {
	const status = statusOf(trigger, key);
	if (status !== 'no') return status === 'accepted' ? 'received' : 'open';
	if (isMissed) return 'missed';
	if (createdAt > crmTime(Date.now(), state) - GRACE_MS) return 'open';
	const knownSince = registry.retainedSince(trigger) + state.ahead + SLACK_MS;
	return createdAt >= knownSince ? 'unverified' : 'unknowable';
}

/** Up to when nothing is missing, as far as it was looked at. */
export function checkpointOf(trigger: TriggerState, state: CatchUpState): Checkpoint {
	const { position, behind, readAt, reachedAt, wellAt, denied, pending } = state;
	const { cursor } = position;
	const held: Verdict[] = ['open', 'missed'];
	if (state.received > 0 && state.received >= state.unreceived) held.push('unverified');
	const next = pending.filter((event) => held.includes(classify(trigger, state, event)));
	if (next[0] !== undefined) {
		// What came before it on its page is not missing.
		return {
			at: Math.min(...next.map(({ createdAt }) => createdAt)),
			cursor: next[0].from.cursor,
			isInclusive: true,
		};
	}
	// Until something new is reached, the log is being read again.
	const isInclusive = position.rereading === true || (behind && reachedAt <= readAt);
	if (behind) return { at: Math.max(readAt, reachedAt), cursor, isInclusive };
	return { at: denied ? wellAt : readAt, cursor, isInclusive };
}
