/** Where a trigger goes on after a restart of n8n: how that is found out, and how it is kept. */
import { changeSubscription } from '../../api/subscriptions';
import { accounts } from '../../client/account';
import type { SubscriptionList } from '../../client/account';
import type { ApiClient } from '../../client/apiClient';
import type { Subscription } from '../../contract/subscriptions';
import { CHECK_INTERVAL_MS, EARLY_MS } from '../monitor/interval';
import type { Monitor } from '../monitor/registry';
import { describe, readCheckpoint, withCheckpoint } from '../subscription/description';
import type { WantedSubscription } from '../subscription/plan';
import { loadCheckpoint, loadSubscription } from '../subscription/staticData';
import { checkpointOf } from './classify';
import { beginOutage, crmTime, initialState } from './state';
import type { CatchUpState, Checkpoint } from './state';

/** At every third check. */
const WRITTEN_EVERY_MS = 3 * CHECK_INTERVAL_MS - EARLY_MS;
/** How long it is not tried again where the API does not show what was written. */
const UNWRITABLE_MS = Math.max(60 * 60_000, 3 * CHECK_INTERVAL_MS) - EARLY_MS;

/**
 * Since when events may have been missed: what a person publishes begins then. After a start of n8n it goes on from the
 * checkpoint; where only n8n's own copy tells that, which may be old, only if the subscription is not well now. At another
 * address, it may be a copy of an n8n that goes on there.
 * @param own the subscriptions at its address
 */
export function resume(
	{ context, startedAt, isAtStart }: Monitor,
	{ account, url }: WantedSubscription,
	{ ahead }: SubscriptionList,
	own: Subscription[],
	isWell: boolean,
): CatchUpState {
	const { logEnd } = accounts.of(account);
	const begin = (checkpoint: Checkpoint) =>
		initialState(
			account,
			ahead,
			checkpoint,
			logEnd && logEnd.at <= checkpoint.at ? logEnd.cursor : undefined,
		);
	// Events tell their time in whole seconds.
	if (!isAtStart) return begin({ at: crmTime(startedAt, { ahead }) });
	const now = crmTime(Date.now(), { ahead });
	const told = own.map(({ description }) => readCheckpoint(description)).find((each) => each !== undefined);
	const stored = loadCheckpoint(context);
	const isOfHere = stored?.account === account && loadSubscription(context)?.place?.url === url;
	const noted = isOfHere && (told !== undefined || !isWell) ? stored : undefined;
	const [newest] = [told, noted]
		.filter((each) => each !== undefined)
		.toSorted((one, other) => other.at - one.at);
	if (newest === undefined) return begin({ at: now });
	// If it is in the future, a clock was ahead: then it must hold nothing back.
	const isInclusive = newest.isInclusive === true && newest.at <= now;
	const state = begin({ ...newest, at: Math.min(newest.at, now), isInclusive });
	beginOutage(state);
	return state;
}

/** Notes in the subscription from time to time that all is well; rarely, where the API does not show it again. */
export async function keepCheckpoint(
	monitor: Monitor,
	state: CatchUpState,
	current: Subscription,
	askedAt: number,
	api: ApiClient,
): Promise<void> {
	const { trigger, context, written, unwritableUntil = -Infinity } = monitor;
	const now = Date.now();
	// Much later than that, it is of a clock that was set back.
	if (now < unwritableUntil && unwritableUntil - now <= UNWRITABLE_MS) return;
	const told = readCheckpoint(current.description);
	if (written !== undefined && askedAt > written.at && told?.at !== written.told) {
		Object.assign(monitor, { written: undefined, unwritableUntil: now + UNWRITABLE_MS });
		return;
	}
	const checkpoint = checkpointOf(trigger, state);
	const known = written?.told ?? told?.at;
	if (known !== undefined && Math.abs(checkpoint.at - known) < WRITTEN_EVERY_MS) return;
	try {
		const at = await writeCheckpoint(api, current, checkpoint, describe(context));
		monitor.written = { at: now, told: at };
	} catch {
		Object.assign(monitor, { written: undefined, unwritableUntil: now + WRITTEN_EVERY_MS });
	}
}

/**
 * Keeps it where the subscription is, beside what else is written there.
 * @param purpose what the subscription is, if nothing is written there
 * @returns the moment that it tells, in whole seconds @throws NodeApiError if the API does not let it
 */
export async function writeCheckpoint(
	api: ApiClient,
	subscription: Subscription,
	checkpoint: Checkpoint,
	purpose: string,
): Promise<number> {
	const at = crmTime(checkpoint.at, { ahead: 0 });
	await changeSubscription(api, subscription, {
		description: withCheckpoint(subscription.description, { ...checkpoint, at }, purpose),
	});
	return at;
}
