import type { SubscriptionList } from '../../client/account';
import { ApiClient } from '../../client/apiClient';
import type { Subscription } from '../../contract/subscriptions';
import { subscribedTypes } from '../../events/triggerOn';
import { catchUp, identify } from '../catchUp/catchUp';
import { classify } from '../catchUp/classify';
import { checkpointFor, keepCheckpoint, resumeAtStart } from '../catchUp/checkpoint';
import { beginOutage, crmTime, markHealthy } from '../catchUp/state';
import type { CatchUpState } from '../catchUp/state';
import { testBegun } from '../subscription/description';
import { TriggerStopped, ensureSubscription, remove } from '../subscription/ensure';
import { afterUpdate, ownSubscriptions, reconcile } from '../subscription/plan';
import { handOver } from '../subscription/handover';
import type { StoredSubscription, WantedSubscription } from '../subscription/plan';
import { knownSubscription, loadUrl } from '../subscription/staticData';
import { isAlertDue, noteUnhealthy, reportHealthy, reportRepair, reportUnhealthy } from './alerts';
import { forgetListOf, listOf } from './cache';
import { reportDeliveries } from './deliveryHealth';
import { CHECK_INTERVAL_MS, EARLY_MS } from './interval';
import { probe } from './probe';
import { isStopped, nameOf, registry } from './registry';
import type { Monitor } from './registry';

/** A call may wait for the rate limit's next window (D: a minute). */
const MAXIMUM_WAIT_MS = 75_000;
/** What does not stay repaired is repaired less and less often, down to once an hour. */
const FIRST_PAUSE_MS = CHECK_INTERVAL_MS - EARLY_MS;
const HOUR_MS = 60 * 60_000;
const LONGEST_PAUSE_MS = HOUR_MS - EARLY_MS;
/** How long an execution may wait for others to end. */
const EXECUTED_WITHIN_MS = 30 * 60_000;
/** How often an hour a secret that something else overwrites is stored again: each time is an execution. */
const STORED_AN_HOUR = 3;

/** What the CRM holds for a trigger, and what is wanted. */
interface Findings {
	wanted: WantedSubscription;
	/** Its subscription, if it is as wanted, and whatever else is at its URL. */
	current?: Subscription;
	own: Subscription[];
	state: CatchUpState;
	/** All that the key shows, in which it was found. */
	list: SubscriptionList;
}

/**
 * Checks whether the CRM still holds the subscription of a published trigger as wanted, and repairs it if not: one that was
 * switched off is switched on, one that is gone is replaced. Then it catches up on what was missed. It never throws: what it
 * cannot do, it shows.
 * @param registered the monitor that n8n ticks for
 * @param now by this process's clock, in milliseconds
 */
export async function checkSubscription(registered: Monitor, now = Date.now()): Promise<void> {
	const monitor = registry.current(registered);
	const { logger } = monitor.context;
	const { trigger } = monitor;
	const url = loadUrl(monitor.context);
	// Without an address, publishing is not finished. Two checks, of before and after an edit, would take in the same events.
	if (url === undefined || trigger.check !== undefined || isStopped(monitor)) {
		logger.debug(`${nameOf(monitor)} is not checked now.`);
		return;
	}
	trigger.check = runCheck(monitor, url, now);
	try {
		await trigger.check;
	} finally {
		trigger.check = undefined;
		logger.debug(`${nameOf(monitor)} was checked.`);
	}
}

async function runCheck(monitor: Monitor, url: string, now: number): Promise<void> {
	let api: ApiClient | undefined;
	let findings: Findings | undefined;
	try {
		api = await ApiClient.open(monitor.context, MAXIMUM_WAIT_MS, { priority: 'background' });
		findings = await inspect(monitor, url, api);
		if (isStopped(monitor)) return;
		await removeLeftTests(monitor, url, findings.list, api);
		if (findings.current !== undefined) {
			Object.assign(monitor, { attempts: 0, nextAttemptAt: 0, lastError: undefined });
			reportHealthy(monitor, 'subscription');
		} else if (mayRepair(monitor, now)) await repair(monitor, findings, api, now);
		else if (isAlertDue(monitor, 'subscription', now)) reportUnhealthy(monitor, causeOf(monitor), now);
	} catch (error) {
		if (!(error instanceof TriggerStopped)) {
			// What could not be looked at proves nothing well.
			if (monitor.trigger.catchUp !== undefined) beginOutage(monitor.trigger.catchUp);
			monitor.lastError = error as Error;
			reportUnhealthy(monitor, monitor.lastError, now);
		}
	}
	// Also where the subscriptions could not be read: the log may be.
	const { trigger, lookBackMs } = monitor;
	const { catchUp: state } = trigger;
	if (api === undefined || isStopped(monitor)) return;
	await probe(monitor, url, api);
	reportDeliveries(monitor, now);
	trigger.wasDelivered = false;
	storeAgain(monitor, api, now);
	if (state !== undefined && lookBackMs !== undefined && !isStopped(monitor)) {
		await catchUp(monitor, state, api);
	}
	if (isStopped(monitor)) return;
	findOutWhereExecutionsRun(monitor, api, now);
	if (findings?.current === undefined || lookBackMs === undefined) return;
	await keepCheckpoint(monitor, findings.state, findings.current, findings.list.at, api);
}

/** Asks the CRM, and notes whether all is well. @throws NodeApiError */
export async function inspect(
	monitor: Monitor,
	url: string,
	api: ApiClient,
	ageMs?: number,
): Promise<Findings> {
	const { trigger, context, selection } = monitor;
	const { baseUrl, account } = api;
	const wanted = { url, baseUrl, account, eventTypes: subscribedTypes(selection.options) };
	const list = await listOf(api, ageMs);
	const stored = knownSubscription(context, list.held);
	const own = ownSubscriptions(wanted, stored, list.held);
	// One whose state is an unknown word is as wanted: no change would make it known.
	const plan = afterUpdate(wanted, reconcile(wanted, stored, list.held));
	const current = plan.action === 'keep' && plan.obsolete.length === 0 ? plan.current : undefined;
	const state = (trigger.catchUp ??= resumeAtStart(context, wanted, list.ahead, own, current !== undefined));
	state.ahead = list.ahead;
	if (current === undefined) beginOutage(state);
	else {
		trigger.subscription = stored;
		markHealthy(state, list.at, Date.now());
	}
	return { wanted, current, own, state, list };
}

/** Deletes the subscription of a person's test that n8n did not end: it does after two minutes, unless it is killed. */
async function removeLeftTests(
	{ context }: Monitor,
	url: string,
	{ held, ahead }: SubscriptionList,
	api: ApiClient,
): Promise<void> {
	const longAgo = crmTime(Date.now(), { ahead }) - CHECK_INTERVAL_MS;
	for (const { id, url: address, description } of held) {
		const begun = testBegun(description, context.getWorkflow().id);
		if (begun !== undefined && begun < longAgo && isTestUrl(address, url)) await remove(context, api, id);
	}
}

/** Whether an address is that of the same trigger for test events: it has another word in front of the same path. */
function isTestUrl(address: string, url: string): boolean {
	const [tested, own] = [address, url].map((each) => each.split('/'));
	return tested?.[2] === own?.[2] && tested?.slice(-2).join('/') === own?.slice(-2).join('/');
}

/** Whether an unhealthy subscription is to be repaired: not if that has just been done. */
function mayRepair(monitor: Monitor, now: number): boolean {
	noteUnhealthy(monitor, 'subscription', now);
	const { nextAttemptAt } = monitor;
	// Much later than that, it is of a clock that was set back.
	return now >= nextAttemptAt || nextAttemptAt - now > LONGEST_PAUSE_MS;
}

/** Why a subscription is not well although nothing fails now. */
function causeOf({ lastError, attempts }: Monitor): Error {
	return lastError ?? new Error(`It was repaired ${attempts} times, but each time it soon broke again`);
}

/** @throws NodeApiError, TriggerStopped */
async function repair(
	monitor: Monitor,
	{ wanted, state }: Findings,
	api: ApiClient,
	now: number,
): Promise<void> {
	const { trigger, context } = monitor;
	const save = (subscription: StoredSubscription) => {
		trigger.subscription = subscription;
	};
	monitor.nextAttemptAt = now + Math.min(FIRST_PAUSE_MS * 2 ** monitor.attempts, LONGEST_PAUSE_MS);
	monitor.attempts += 1;
	reportRepair(monitor, now);
	let isNew: boolean;
	try {
		const checkpoint = async () => {
			await identify(state, api).catch(() => undefined);
			return checkpointFor(trigger, state, api.account);
		};
		isNew = await ensureSubscription({
			context,
			api,
			wanted,
			save,
			checkpoint,
			isStopped: () => isStopped(monitor),
		});
		monitor.lastError = undefined;
	} finally {
		// Others may have asked for it in the middle.
		forgetListOf(api.account);
	}
	const repairedAt = Date.now();
	markHealthy(state, repairedAt, repairedAt);
	// Published again meanwhile, it has another secret, over which n8n would store this one.
	if (!isNew || isStopped(monitor)) return;
	Object.assign(monitor, { written: undefined, unwritableUntil: undefined });
	Object.assign(trigger, { isMisstored: true, storedAt: [] });
}

/**
 * Starts an execution that stores the subscription once more, where it matters whether executions run in this process: where
 * no delivery brought an event, or something else answers at the address.
 */
function findOutWhereExecutionsRun(monitor: Monitor, api: ApiClient, now: number): void {
	const { trigger, context } = monitor;
	const { catchUp: state } = trigger;
	const { executesHere, executionStartedAt } = registry;
	if (executesHere !== undefined || trigger.subscription === undefined) return;
	if (executionStartedAt !== undefined) {
		if (Math.abs(now - executionStartedAt) > EXECUTED_WITHIN_MS) registry.executesHere = false;
		return;
	}
	const isUnsure = state?.pending.some((event) => classify(trigger, state, event) === 'unsure');
	if (isUnsure !== true && trigger.reach?.other === undefined) return;
	registry.executionStartedAt = now;
	void handOver(context, api, trigger.subscription).then((isStarted) => {
		if (!isStarted) registry.executionStartedAt = undefined;
	});
}

/** Stores the subscription where something else is stored, though not for ever where that is put back again and again. */
function storeAgain({ trigger, context }: Monitor, api: ApiClient, now: number): void {
	const { subscription, isMisstored } = trigger;
	if (subscription === undefined || isMisstored !== true) return;
	const lately = (trigger.storedAt ?? []).filter((at) => Math.abs(now - at) < HOUR_MS);
	if (lately.length >= STORED_AN_HOUR) return;
	Object.assign(trigger, { isMisstored: false, storedAt: [...lately, now] });
	void handOver(context, api, subscription).then((isStarted) => {
		if (!isStarted) trigger.isMisstored = true;
	});
}
