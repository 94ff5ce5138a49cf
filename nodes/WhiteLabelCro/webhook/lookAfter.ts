import { NodeOperationError } from 'n8n-workflow';
import type { ITriggerFunctions } from 'n8n-workflow';

import { listSubscriptions } from '../api/subscriptions';
import { BoundedMap } from '../helpers/boundedMap';
import type { Subscription } from '../transport/contract';
import { Api } from '../transport/request';
import { TriggerOver, hold } from './hold';
import { loadSubscription, loadUrl } from './storage';
import { afterUpdate, reconcile } from './subscription';
import type { WantedSubscription } from './subscription';
import { isOver, newestOf } from './watch';
import type { Watch } from './watch';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A call may wait for the rate limit's next window (D: a minute). */
const MAXIMUM_WAIT_MS = 75_000;
/** For so long a list of subscriptions serves all triggers with the same key. */
const LIST_AGE_MS = MINUTE_MS;
/** From when on a person has to be told, and how long they are left alone then. */
const ILL_AFTER_MS = 30 * MINUTE_MS;
const SHOWN_AGAIN_MS = DAY_MS;
/** What does not stay put right is put right again later and later, up to once an hour. */
const FIRST_PAUSE_MS = 4 * MINUTE_MS;
const LONGEST_PAUSE_MS = 59 * MINUTE_MS;
const MAX_ACCOUNTS = 1000;

const lists = new BoundedMap<string, { at: number; held: Promise<Subscription[]> }>(MAX_ACCOUNTS);

/**
 * Looks whether the CRM still holds the subscription of a published trigger as wanted, and puts it right if not: one that
 * was switched off is switched on, one that is gone is made anew. It never throws: what it cannot do, it shows.
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
		if (await isWell(watch, now)) noteWell(watch);
	} catch (error) {
		if (!(error instanceof TriggerOver)) noteIll(watch, error as Error, now);
	} finally {
		watch.busy = false;
		logger.debug(`${nameOf(watch)} was looked after.`);
	}
}

/** @returns whether all was well; false too if it has just been put right, or may not be yet */
async function isWell(watch: Watch, now: number): Promise<boolean> {
	const { context, eventTypes } = watch;
	const url = loadUrl(context);
	// Publishing has not come to its end.
	if (url === undefined) return false;
	const api = await Api.open(context, MAXIMUM_WAIT_MS, { background: true });
	const wanted = { url, baseUrl: api.baseUrl, account: api.account, eventTypes };
	if (isHeld(context, wanted, await sharedList(api, now))) return true;
	if (isOver(watch)) return false;

	watch.illSince ??= now;
	if (now < watch.nextAttemptAt) {
		if (isDue(watch, now)) {
			throw new Error(`It was put right ${watch.attempts} times, and each time it was soon wrong again`);
		}
		return false;
	}
	watch.nextAttemptAt = now + Math.min(FIRST_PAUSE_MS * 2 ** watch.attempts, LONGEST_PAUSE_MS);
	watch.attempts += 1;
	lists.delete(api.account);
	const isNew = await hold({ context, api, wanted, isOver: () => isOver(watch) });
	// n8n stores the new secret with what a trigger emits, and only then: an execution without an item.
	if (isNew) context.emit([[]]);
	return false;
}

/** Whether a list has the subscription as wanted, or in a state in an unknown word, which no change would make known. */
function isHeld(context: ITriggerFunctions, wanted: WantedSubscription, held: Subscription[]): boolean {
	const { action, obsolete } = afterUpdate(wanted, reconcile(wanted, loadSubscription(context), held));
	return action === 'keep' && obsolete.length === 0;
}

/** The account's subscriptions, asked for once by all triggers that are looked after in the same minute. */
async function sharedList(api: Api, now: number): Promise<Subscription[]> {
	const last = lists.get(api.account);
	if (last !== undefined && now >= last.at && now - last.at < LIST_AGE_MS) return await last.held;
	const held = listSubscriptions(api);
	lists.set(api.account, { at: now, held });
	held.catch(() => lists.delete(api.account));
	return await held;
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

function nameOf({ context }: Watch): string {
	return `"${context.getNode().name}" in workflow "${context.getWorkflow().name ?? ''}"`;
}
