import type { ITriggerFunctions } from 'n8n-workflow';

import { withStatusNames } from '../../events/statusNames';
import { subscribedTypes } from '../../events/triggerOn';
import type { Subscription } from '../../transport/contract';
import { Api } from '../../transport/request';
import { catchUp } from '../catchUp/catchUp';
import { describe } from '../subscription/description';
import { TriggerOver, hold } from '../subscription/ensure';
import { goOnReceiving } from '../deduplication';
import { noteOutage, noteSeenWell, nothingMissed, seenWellOf } from '../catchUp/state';
import type { Missed } from '../catchUp/state';
import { CHECK_INTERVAL_MS, EARLY_MS } from './interval';
import { isDue, noteHealing, noteIll, noteWell } from './alerts';
import { crmNow, crmTime, readSeenWell, writeSeenWell } from '../catchUp/checkpoint';
import { forgetList, sharedList } from './cache';
import type { List } from './cache';
import { loadSeenWell, loadSubscription, loadUrl, saveSeenWell } from '../subscription/staticData';
import { afterUpdate, ownSubscriptions, reconcile } from '../subscription/plan';
import type { WantedSubscription } from '../subscription/plan';
import { isAtStart, isOver, nameOf, newestOf } from './schedule';
import type { Watch } from './schedule';

const HOUR_MS = 60 * 60_000;
/** A call may wait for the rate limit's next window (D: a minute). */
const MAXIMUM_WAIT_MS = 75_000;
/** What does not stay fixed is fixed less and less often, down to once an hour. */
const FIRST_PAUSE_MS = CHECK_INTERVAL_MS - EARLY_MS;
const LONGEST_PAUSE_MS = HOUR_MS - EARLY_MS;
/** At every third check. */
const WRITTEN_EVERY_MS = 3 * CHECK_INTERVAL_MS - EARLY_MS;
const UNWRITABLE_MS = Math.max(HOUR_MS, 3 * CHECK_INTERVAL_MS) - EARLY_MS;

/** What the CRM holds for a trigger, and what is wanted. */
interface Findings {
	wanted: WantedSubscription;
	/** Its subscription, if it is as wanted, and whatever else is at its URL. */
	current?: Subscription;
	own: Subscription[];
	missed: Missed;
	/** When the CRM was asked, by this process's clock. */
	askedAt: number;
}

/**
 * Looks whether the CRM still holds the subscription of a published trigger as wanted, and fixes it if not: one that
 * was switched off is switched on, one that is gone is replaced. Then it catches up on what was missed. It never throws:
 * what it cannot do, it shows.
 */
export async function lookAfter(registered: Watch, now = Date.now()): Promise<void> {
	const watch = newestOf(registered);
	const { logger } = watch.context;
	if (watch.busy || isOver(watch)) {
		logger.debug(`${nameOf(watch)} is not looked after now.`);
		return;
	}
	watch.busy = true;
	try {
		const url = loadUrl(watch.context);
		// Until then, publishing is not finished.
		if (url !== undefined) await look(watch, url, now);
	} finally {
		watch.busy = false;
		logger.debug(`${nameOf(watch)} was looked after.`);
	}
}

async function look(watch: Watch, url: string, now: number): Promise<void> {
	let api: Api | undefined;
	let found: Findings | undefined;
	try {
		api = await Api.open(watch.context, MAXIMUM_WAIT_MS, { background: true });
		found = await findOut(watch, url, api);
		if (isOver(watch)) return;
		if (found.current !== undefined) noteWell(watch);
		else await heal(watch, found, api, now);
	} catch (error) {
		if (!(error instanceof TriggerOver)) noteIll(watch, error as Error, now);
	}
	const { missed, lookBackMs } = watch;
	if (api === undefined || missed === undefined || lookBackMs === undefined || isOver(watch)) return;
	watch.choice = await withStatusNames(watch.choice, () => Promise.resolve(api));
	await catchUp(watch, missed, api);
	if (found !== undefined && !isOver(watch)) await keepSeenWell(watch, found, api);
}

/** Asks the CRM, and notes whether all is well. @throws NodeApiError */
export async function findOut(watch: Watch, url: string, api: Api, ageMs?: number): Promise<Findings> {
	const { key, context, choice } = watch;
	const { baseUrl, account } = api;
	watch.received = goOnReceiving(key, watch.received);
	const wanted = { url, baseUrl, account, eventTypes: subscribedTypes(choice.options) };
	const list = await sharedList(api, ageMs);
	const own = ownSubscriptions(wanted, loadSubscription(context), list.held);
	const current = heldAsWanted(context, wanted, list);
	const missed = (watch.missed ??= whatIsMissed(watch, wanted, list, own, current !== undefined));
	missed.ahead = list.ahead;
	if (current === undefined) noteOutage(missed);
	else noteSeenWell(missed, list.at);
	return { wanted, current, own, missed, askedAt: list.at };
}

/** Fixes the subscription, unless that has just been done. @throws NodeApiError, TriggerOver */
async function heal(watch: Watch, { wanted, missed }: Findings, api: Api, now: number): Promise<void> {
	const { context } = watch;
	watch.illSince ??= now;
	// Much later than that, it is of a clock that was set back.
	if (now < watch.nextAttemptAt && watch.nextAttemptAt - now <= LONGEST_PAUSE_MS) {
		if (isDue(watch, now)) {
			throw new Error(`It was put right ${watch.attempts} times, and each time it was soon wrong again`);
		}
		return;
	}
	watch.nextAttemptAt = now + Math.min(FIRST_PAUSE_MS * 2 ** watch.attempts, LONGEST_PAUSE_MS);
	watch.attempts += 1;
	noteHealing(watch, now);
	forgetList(api.account);
	const isNew = await hold({ context, api, wanted, isOver: () => isOver(watch) });
	noteSeenWell(missed, Date.now());
	if (!isNew) return;
	Object.assign(watch, { written: undefined, unwritableUntil: undefined });
	// n8n stores the new secret with what a trigger emits, and only then: an execution without an item.
	saveSeenWell(context, { account: missed.account, ...seenWellOf(watch.key, missed) });
	context.emit([[]]);
}

/** The subscription, if it is as wanted, or its state is an unknown word, which no change would make known. */
function heldAsWanted(
	context: ITriggerFunctions,
	wanted: WantedSubscription,
	{ held }: List,
): Subscription | undefined {
	const plan = afterUpdate(wanted, reconcile(wanted, loadSubscription(context), held));
	return plan.action === 'keep' && plan.obsolete.length === 0 ? plan.current : undefined;
}

/**
 * Since when events may have been missed: what a person publishes begins then. After a start of n8n it goes on from when all
 * was last seen well; where only n8n's own note tells that, which may be old, only if the subscription is not well now. At
 * another address, it may be a copy of an n8n that goes on there.
 */
function whatIsMissed(
	watch: Watch,
	{ account, url }: WantedSubscription,
	{ ahead }: List,
	own: Subscription[],
	isWell: boolean,
): Missed {
	const { context, startedAt } = watch;
	// Events tell their time in whole seconds.
	if (!isAtStart(context)) return nothingMissed(account, ahead, { at: crmTime(startedAt, { ahead }) });
	const now = crmNow({ ahead });
	const told = own.map(({ description }) => readSeenWell(description)).find((seen) => seen !== undefined);
	const stored = loadSeenWell(context);
	const isOfHere = stored?.account === account && loadSubscription(context)?.place?.url === url;
	const noted = isOfHere && (told !== undefined || !isWell) ? stored : undefined;
	const [seen] = [told, noted]
		.filter((each) => each !== undefined)
		.toSorted((one, other) => other.at - one.at);
	if (seen === undefined) return nothingMissed(account, ahead, { at: now });
	// If it is in the future, a clock was ahead: then it must hold nothing back.
	const isEarly = seen.isEarly === true && seen.at <= now;
	const missed = nothingMissed(account, ahead, { ...seen, at: Math.min(seen.at, now), isEarly });
	noteOutage(missed);
	return missed;
}

/** Notes in the subscription from time to time that all is well; rarely, where the API does not show it again. */
async function keepSeenWell(watch: Watch, { current, missed, askedAt }: Findings, api: Api): Promise<void> {
	const { written, unwritableUntil = -Infinity } = watch;
	const now = Date.now();
	if (current === undefined || now < unwritableUntil) return;
	const told = readSeenWell(current.description);
	if (written !== undefined && askedAt > written.at && told?.at !== written.told) {
		watch.unwritableUntil = now + UNWRITABLE_MS;
		watch.written = undefined;
		return;
	}
	const seenWell = seenWellOf(watch.key, missed);
	const known = written?.told ?? told?.at;
	if (known !== undefined && Math.abs(seenWell.at - known) < WRITTEN_EVERY_MS) return;
	try {
		watch.written = { at: now, told: await writeSeenWell(api, current, seenWell, describe(watch.context)) };
	} catch {
		watch.written = undefined;
		watch.unwritableUntil = now + WRITTEN_EVERY_MS;
	}
}
