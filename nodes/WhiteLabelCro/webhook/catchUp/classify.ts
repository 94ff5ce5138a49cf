import { readContentKey } from '../../contract/events';
import { statusOf } from '../deduplication';
import { ALONE, PROVEN } from '../monitor/probe';
import { registry } from '../monitor/registry';
import type { TriggerState } from '../monitor/registry';
import { GRACE_MS, SLACK_MS, crmTime } from './state';
import type { CatchUpState, Checkpoint, PendingEvent } from './state';

/** How long an event may take to come where nobody knows whether deliveries arrive here. */
export const UNSURE_MS = 30 * 60_000;

/**
 * received: by this process. open: it may yet be. missed: no delivery brought it, and it has to be started. unsure: it is not yet
 * known whether another process may have received it. unknowable: one may have, or it is from before this process remembers.
 */
export type Verdict = 'received' | 'open' | 'missed' | 'unsure' | 'unknowable';

/** What became of an event of the log. */
export function classify(
	trigger: TriggerState,
	state: CatchUpState,
	{ envelope, key, createdAt, isMissed }: PendingEvent,
): Verdict {
	const byKey = statusOf(trigger, key);
	const status = byKey === 'no' ? statusOf(trigger, readContentKey(envelope)) : byKey;
	if (status !== 'no') return status === 'accepted' ? 'received' : 'open';
	if (isMissed) return 'missed';
	const age = crmTime(Date.now(), state) - createdAt;
	if (age <= GRACE_MS) return 'open';
	if (!isRemembered(trigger, state, createdAt)) return 'unknowable';
	if (mayBeShared(trigger)) return registry.executesHere === undefined ? 'unsure' : 'unknowable';
	return isUnreached(trigger) && age <= UNSURE_MS ? 'open' : 'missed';
}

/** Whether this process would know of an event's delivery: it forgot nothing since, or nothing came before the trigger was started here. */
function isRemembered(trigger: TriggerState, state: CatchUpState, createdAt: number): boolean {
	const retainedSince = registry.retainedSince(trigger);
	const { startedAt = -Infinity } = trigger.monitor ?? {};
	if (startedAt >= retainedSince && createdAt >= crmTime(startedAt, state)) return true;
	return createdAt >= retainedSince + state.ahead + SLACK_MS;
}

/** Whether another process of this n8n may receive deliveries: one answered at the address, or this process runs no executions. */
function mayBeShared({ reach }: TriggerState): boolean {
	if (reach?.isShared === true) return true;
	return registry.executesHere !== true && (reach?.here ?? 0) < ALONE;
}

/** Whether nobody answers at the trigger's address, or not often enough yet. */
export function isUnreached({ reach }: TriggerState): boolean {
	return reach?.other === undefined && (reach?.here ?? 0) < PROVEN;
}

/** Of an event that the trigger may still be missing. */
export const STILL_MISSING: Verdict[] = ['open', 'missed', 'unsure'];

/** Up to when nothing is missing, as far as it was looked at. */
export function checkpointOf(trigger: TriggerState, state: CatchUpState): Checkpoint {
	const { position, behind, readAt, reachedAt, pending } = state;
	const { cursor } = position;
	const next = pending.filter((event) => STILL_MISSING.includes(classify(trigger, state, event)));
	if (next[0] !== undefined) {
		// What came before it on its page is not missing.
		return {
			at: Math.min(...next.map(({ createdAt }) => createdAt)),
			cursor: next[0].from.cursor,
			isInclusive: true,
		};
	}
	// Until something new is reached, the log is being read again; before it is read at all, the cursor may be an older one.
	const isOlder = behind ? reachedAt <= readAt : position.since !== undefined;
	const isInclusive = position.rereading === true || isOlder;
	if (behind) return { at: Math.max(readAt, reachedAt), cursor, isInclusive };
	return { at: readAt, cursor, isInclusive };
}
