import { NodeOperationError, sleep } from 'n8n-workflow';
import type { ITriggerFunctions } from 'n8n-workflow';

import { subscribedTypes } from '../events/triggerOn';
import type { Subscription } from '../transport/contract';
import { hasStatus } from '../transport/errors';
import { Api } from '../transport/request';
import { catchUp, noteOutage, noteSeenWell, nothingMissed, seenWellOf } from './catchUp';
import type { Missed } from './catchUp';
import { REFUSALS, TriggerOver, hold } from './hold';
import { crmNow, readSeenWell, writeSeenWell } from './seenWell';
import { forgetList, sharedList } from './shared';
import type { List } from './shared';
import { loadSeenWell, loadSubscription, loadUrl } from './storage';
import { afterUpdate, ownSubscriptions, reconcile } from './subscription';
import type { WantedSubscription } from './subscription';
import { isAtStart, isOver, nameOf, newestOf } from './watch';
import type { Watch } from './watch';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A call may wait for the rate limit's next window (D: a minute). */
const MAXIMUM_WAIT_MS = 75_000;
/** From when on a person has to be told, and how long they are left alone then. */
const ILL_AFTER_MS = 30 * MINUTE_MS;
const SHOWN_AGAIN_MS = DAY_MS;
/** What does not stay put right is put right again later and later, up to once an hour. */
const FIRST_PAUSE_MS = 4 * MINUTE_MS;
const LONGEST_PAUSE_MS = 59 * MINUTE_MS;
/** Every fifteen minutes, at a look every five. */
const WRITTEN_EVERY_MS = 14 * MINUTE_MS;
/** For how long all triggers together hold up the end of n8n. */
const STOP_MS = 5_000;

let stoppingSince = -Infinity;

/**
 * Looks whether the CRM still holds the subscription of a published trigger as wanted, and puts it right if not: one that
 * was switched off is switched on, one that is gone is made anew. Then it catches up on what was missed. It never throws:
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
		// Until then, publishing has not come to its end.
		if (url !== undefined) await look(watch, url, now);
	} finally {
		watch.busy = false;
		logger.debug(`${nameOf(watch)} was looked after.`);
	}
}

async function look(watch: Watch, url: string, now: number): Promise<void> {
	let api: Api | undefined;
	try {
		api = await Api.open(watch.context, MAXIMUM_WAIT_MS, { background: true });
		if (await isWell(watch, url, api, now)) noteWell(watch);
	} catch (error) {
		if (!(error instanceof TriggerOver)) noteIll(watch, error as Error, now);
	}
	const { missed, lookBackMs } = watch;
	if (api === undefined || missed === undefined || lookBackMs === undefined || isOver(watch)) return;
	await catchUp(watch, missed, api);
	if (!isOver(watch)) await keepSeenWell(watch, missed, api);
}

/** @returns whether all was well; false too if it has just been put right, or may not be yet */
async function isWell(watch: Watch, url: string, api: Api, now: number): Promise<boolean> {
	const { context, choice } = watch;
	const eventTypes = subscribedTypes(choice.options);
	const wanted = { url, baseUrl: api.baseUrl, account: api.account, eventTypes };
	const list = await sharedList(api);
	if (isOver(watch)) return false;
	const current = heldAsWanted(context, wanted, list);
	const missed = (watch.missed ??= whatIsMissed(watch, wanted, list, current !== undefined));
	missed.ahead = list.ahead;
	watch.current = current;
	if (current !== undefined) {
		noteSeenWell(missed);
		return true;
	}

	noteOutage(missed);
	watch.illSince ??= now;
	if (now < watch.nextAttemptAt) {
		if (isDue(watch, now)) {
			throw new Error(`It was put right ${watch.attempts} times, and each time it was soon wrong again`);
		}
		return false;
	}
	watch.nextAttemptAt = now + Math.min(FIRST_PAUSE_MS * 2 ** watch.attempts, LONGEST_PAUSE_MS);
	watch.attempts += 1;
	forgetList(api.account);
	const isNew = await hold({
		context,
		api,
		wanted,
		seenWell: () => (watch.lookBackMs === undefined ? undefined : seenWellOf(watch, missed)),
		isOver: () => isOver(watch),
	});
	noteSeenWell(missed);
	// n8n stores the new secret with what a trigger emits, and only then: an execution without an item.
	if (isNew) context.emit([[]]);
	return false;
}

/** The subscription, if it is as wanted, or in a state in an unknown word, which no change would make known. */
function heldAsWanted(
	context: ITriggerFunctions,
	wanted: WantedSubscription,
	{ held }: List,
): Subscription | undefined {
	const plan = afterUpdate(wanted, reconcile(wanted, loadSubscription(context), held));
	return plan.action === 'keep' && plan.obsolete.length === 0 ? plan.current : undefined;
}

/**
 * From when on events may have been missed: what a person publishes begins then. After a start of n8n it goes on from when all
 * was last seen well; where only n8n's own note tells that, which may be old, only if the subscription is not well now.
 */
function whatIsMissed(
	watch: Watch,
	wanted: WantedSubscription,
	{ ahead, held }: List,
	isNow: boolean,
): Missed {
	const { context, startedAt } = watch;
	const { account } = wanted;
	if (!isAtStart(context)) return nothingMissed(account, ahead, { at: Math.floor(startedAt + ahead) });
	const own = ownSubscriptions(wanted, loadSubscription(context), held);
	const told = own.map(({ description }) => readSeenWell(description)).find((seen) => seen !== undefined);
	const stored = loadSeenWell(context);
	const noted = stored?.account === account ? stored : undefined;
	const seen = [told, told === undefined && isNow ? undefined : noted]
		.filter((each) => each !== undefined)
		.toSorted((one, other) => other.at - one.at)[0];
	if (seen === undefined) return nothingMissed(account, ahead, { at: crmNow({ ahead }) });
	const missed = nothingMissed(account, ahead, seen);
	noteOutage(missed);
	return missed;
}

/** Notes in the subscription from time to time that all is well, where the API shows that again. */
async function keepSeenWell(watch: Watch, missed: Missed, api: Api): Promise<void> {
	const { current, writtenAt } = watch;
	if (current?.description === undefined || watch.unwritable === true) return;
	const told = readSeenWell(current.description)?.at;
	const seenWell = seenWellOf(watch, missed);
	const known = Math.max(told ?? -Infinity, writtenAt === undefined ? -Infinity : writtenAt + missed.ahead);
	if (seenWell.at - known < WRITTEN_EVERY_MS) return;
	// It was written, and is not there.
	if (told === undefined && writtenAt !== undefined) {
		watch.unwritable = true;
		return;
	}
	watch.writtenAt = Date.now();
	try {
		await writeSeenWell(watch.context, api, current, seenWell);
	} catch (error) {
		watch.unwritable = hasStatus(error, ...REFUSALS);
	}
}

/** Notes that all was well until now, if it was: n8n stops, or the workflow is published anew. It takes a moment at most. */
export async function noteStop(watch: Watch): Promise<void> {
	const { context, missed, current, lookBackMs, unwritable } = watch;
	if (missed === undefined || current?.description === undefined || lookBackMs === undefined) return;
	if (unwritable === true) return;
	const write = async () => {
		const api = await Api.open(context, 0, { background: true });
		await writeSeenWell(context, api, current, seenWellOf(watch, missed));
	};
	const timer = new AbortController();
	const patience = sleep(patienceAtStop(), timer.signal).catch(() => undefined);
	await Promise.race([write().catch(() => undefined), patience]);
	timer.abort();
}

/** n8n ends its triggers one by one, and itself after half a minute, however many there are. */
function patienceAtStop(): number {
	const now = Date.now();
	if (now < stoppingSince || now - stoppingSince > STOP_MS + MINUTE_MS) stoppingSince = now;
	return Math.max(0, stoppingSince + STOP_MS - now);
}

function noteWell(watch: Watch): void {
	if (watch.illSince === undefined) return;
	watch.context.logger.info(`WhiteLabelCRO delivers events to ${nameOf(watch)} again.`);
	Object.assign(watch, {
		illSince: undefined,
		shownAt: undefined,
		logged: false,
		attempts: 0,
		nextAttemptAt: 0,
	});
}

/** Whether a person has to be told now. */
function isDue({ illSince = Infinity, shownAt = -Infinity }: Watch, now: number): boolean {
	return now - illSince >= ILL_AFTER_MS && now - shownAt >= SHOWN_AGAIN_MS;
}

function noteIll(watch: Watch, cause: Error, now: number): void {
	const { context } = watch;
	watch.illSince ??= now;
	if (!watch.logged) {
		watch.logged = true;
		context.logger.warn(
			`The WhiteLabelCRO subscription of ${nameOf(watch)} could not be looked after: ${cause.message}. It is tried again every five minutes.`,
		);
	}
	if (!isDue(watch, now)) return;
	watch.shownAt = now;
	const minutes = Math.round((now - watch.illSince) / MINUTE_MS);
	const remedy =
		'description' in cause && typeof cause.description === 'string' ? ` ${cause.description}` : '';
	const error = new NodeOperationError(
		context.getNode(),
		`WhiteLabelCRO events may not be coming in: for ${minutes} minutes this trigger could not look after its webhook subscription`,
		{
			description: `${cause.message}.${remedy} The trigger goes on trying every five minutes, and this is shown once a day until it succeeds.`,
		},
	);
	context.logger.error(`${nameOf(watch)}: ${error.message}. ${error.description ?? ''}`);
	context.saveFailedExecution(error);
}
