import type { IHookFunctions } from 'n8n-workflow';

import { listSubscriptions } from '../api/subscriptions';
import { ApiClient } from '../client/apiClient';
import { isLoopback, isPublicHttps } from '../client/baseUrl';
import { inputError } from '../client/errors';
import type { Subscription } from '../contract/subscriptions';
import { withChoice } from '../events/choices';
import { triggerKey } from '../events/context';
import { readSelection } from '../events/selection';
import { chosenOptions, requireChosen, subscribedTypes } from '../events/triggerOn';
import { identify } from './catchUp/catchUp';
import { checkpointFor, resumeAtPublishing, newestCheckpoint } from './catchUp/checkpoint';
import { checkpointOf } from './catchUp/classify';
import { beginOutage, crmTime, markHealthy, ownerOf } from './catchUp/state';
import type { Checkpoint } from './catchUp/state';
import { forgetListOf } from './monitor/cache';
import { registry } from './monitor/registry';
import type { TriggerState } from './monitor/registry';
import { isAtStart } from './monitor/schedule';
import { lastCheckpoints, readToEnd } from './monitor/shutdown';
import { readCatchUp } from './options';
import { ensureSubscription, makePlan, remove, reportLeftBehind } from './subscription/ensure';
import { leftBehind, ownSubscriptions, unlisted } from './subscription/plan';
import type { Place, StoredSubscription, WantedSubscription } from './subscription/plan';
import {
	knownSubscription,
	loadChoices,
	saveCheckpoint,
	saveChoices,
	saveSubscription,
	saveUrl,
} from './subscription/staticData';

/**
 * How long all calls of a publishing may take together, of an unpublishing, which comes before it if a trigger is changed, and of
 * what cleans up after one that failed. A rate limit's window is a minute (D), and n8n 2.41 gives up after 94 seconds.
 */
const PUBLISH_MS = 63_000;
const UNPUBLISH_MS = 15_000;
const CLEAN_UP_MS = 10_000;

/**
 * Whether the CRM already holds exactly the subscription this trigger wants. Changes nothing. When n8n starts, it is not
 * asked: a CRM that is down must not keep a trigger from being active, and the trigger checks its subscription then.
 */
export async function subscriptionExists(context: IHookFunctions): Promise<boolean> {
	if (isAtStart(context)) {
		published(context);
		return true;
	}
	setPhase(context, 'publishing');
	const api = await openApi(context);
	const { plan, own } = await makePlan({ context, api, wanted: wantedSubscription(context, api) });
	if (plan.action !== 'keep' || plan.obsolete.length > 0) return false;
	// The static data may hold an older one.
	saveSubscription(context, knownSubscription(context, [plan.current]));
	await noteStart(context, api, own);
	subscribed(context);
	return true;
}

/**
 * Brings the CRM to hold exactly the wanted subscription and keeps its id and secret in the static data.
 * @throws NodeApiError or NodeOperationError if it cannot, since n8n ignores a mere `false`
 */
export async function subscribe(context: IHookFunctions): Promise<void> {
	const api = await openApi(context);
	const wanted = wantedSubscription(context, api);
	const save = (subscription: StoredSubscription) => {
		saveSubscription(context, subscription);
	};
	const checkpoint = (own: Subscription[]) => noteStart(context, api, own);
	await ensureSubscription({ context, api, wanted, save, checkpoint });
	forgetListOf(api.account);
	subscribed(context);
}

/**
 * Deletes every subscription of this trigger. It never throws, since n8n would then keep its own route:
 * what could not be deleted is logged and stays in the static data, and the next activation cleans it up.
 * @returns whether none is left
 */
export async function unsubscribe(context: IHookFunctions): Promise<boolean> {
	setPhase(context, 'unpublished');
	saveUrl(context);
	await lastCheckpoints();
	let stored = knownSubscription(context, []);
	let removed = true;
	try {
		const api = await openApi(context);
		forgetListOf(api.account);
		const here = ownPlace(context, api);
		const held = await listSubscriptions(api);
		stored = knownSubscription(context, held);
		const own = ownSubscriptions(here, stored, held);
		await noteEnd(context, api, own);
		for (const id of [...own.map(({ id }) => id), ...unlisted(here, stored, held)]) {
			removed = (await remove(context, api, id)) && removed;
		}
		reportLeftBehind(context, leftBehind(here, stored, held));
	} catch (error) {
		// Without the list nothing proves that the stored id is still this trigger's.
		const last = stored === undefined ? '' : ` The last one known is ${stored.id}.`;
		context.logger.warn(
			`The WhiteLabelCRO subscriptions could not be listed, so none was deleted: ${(error as Error).message}. They're cleaned up when the workflow is next published; until then, their deliveries are refused.${last}`,
		);
		removed = false;
		const { catchUp } = registry.of(triggerKey(context));
		if (catchUp !== undefined && context.getMode() !== 'manual') beginOutage(catchUp);
	}
	if (removed) saveSubscription(context);
	return removed;
}

/** Notes where the trigger begins, and what is chosen from now on. @returns up to where nothing is missing */
async function noteStart(context: IHookFunctions, api: ApiClient, own: Subscription[]): Promise<Checkpoint> {
	const now = crmTime(Date.now(), { ahead: api.leastDateOffset });
	// Listening for a test event starts over each time.
	if (context.getMode() === 'manual') return { at: now };
	const trigger = registry.of(triggerKey(context));
	trigger.choices = withChoice(
		trigger.choices ?? loadChoices(context),
		readCatchUp(context) ? readSelection(context) : undefined,
		now,
	);
	saveChoices(context, trigger.choices);
	const place = ownPlace(context, api);
	const state = resumeAtPublishing(context, trigger, place, api.leastDateOffset, own);
	// Now and later: the key may be another one when the checkpoint is needed.
	await identify(state, api).catch(() => undefined);
	saveCheckpoint(context, { ...checkpointOf(trigger, state), ...ownerOf(state) }, place.url);
	return checkpointFor(trigger, state, api.account);
}

/** Notes where the trigger ends, so that it goes on there if it is published again. */
async function noteEnd(context: IHookFunctions, api: ApiClient, own: Subscription[]): Promise<void> {
	if (context.getMode() === 'manual') return;
	const trigger = registry.of(triggerKey(context));
	const { catchUp: state, monitor } = trigger;
	if (state !== undefined) {
		const now = Date.now();
		if (own.some(({ enabled }) => enabled !== false)) markHealthy(state, now, now);
		if (monitor !== undefined) await readToEnd(monitor, state, api, 0);
		beginOutage(state);
	}
	const place = ownPlace(context, api);
	const known = newestCheckpoint(context, trigger, place, own);
	const endedAt = crmTime(Date.now(), { ahead: api.leastDateOffset });
	if (known !== undefined) saveCheckpoint(context, { ...known, endedAt }, place.url);
}

/** The CRM delivers from now on. */
function subscribed(context: IHookFunctions): void {
	const now = Date.now();
	const { catchUp: state } = registry.of(triggerKey(context));
	if (context.getMode() !== 'manual' && state !== undefined) markHealthy(state, now, now);
	published(context);
}

/** From now on the trigger checks its subscription. */
function published(context: IHookFunctions): void {
	saveUrl(context, ownUrl(context));
	setPhase(context, 'published');
}

/** Listening for a test event runs the same hooks, and is no phase of the published trigger. */
function setPhase(context: IHookFunctions, phase: TriggerState['phase']): void {
	if (context.getMode() === 'manual') return;
	const trigger = registry.of(triggerKey(context));
	trigger.phase = phase;
	// After a publishing that failed, n8n's next hook cleans up.
	if (phase !== 'unpublished') trigger.publishBy = undefined;
}

function ownUrl(context: IHookFunctions): string {
	return context.getNodeWebhookUrl('default') ?? '';
}

async function openApi(context: IHookFunctions): Promise<ApiClient> {
	const endsAt = hooksEndAt(context);
	return await ApiClient.open(context, PUBLISH_MS, { priority: 'person', endsAt });
}

/** Until when a hook may make calls: those of one publishing share its time. */
function hooksEndAt(context: IHookFunctions): number {
	const now = Date.now();
	if (context.getMode() === 'manual') return now + PUBLISH_MS;
	const trigger = registry.of(triggerKey(context));
	if (trigger.phase !== 'unpublished') return (trigger.publishBy ??= now + PUBLISH_MS);
	const { publishBy } = trigger;
	trigger.publishBy = undefined;
	return publishBy === undefined ? now + UNPUBLISH_MS : Math.max(publishBy, now) + CLEAN_UP_MS;
}

function ownPlace(context: IHookFunctions, { baseUrl, account }: ApiClient): Place {
	return { url: ownUrl(context), baseUrl, account };
}

/** @throws NodeOperationError, before any call, if no event is chosen or the CRM could not deliver to this n8n */
function wantedSubscription(context: IHookFunctions, api: ApiClient): WantedSubscription {
	const place = ownPlace(context, api);
	const chosen = chosenOptions(context);
	requireChosen(context, chosen, 'Trigger On');
	const eventTypes = subscribedTypes(chosen);
	// D: the CRM delivers to public HTTPS addresses only. A CRM on this machine (the sandbox) also reaches plain HTTP here.
	const address = /^https?:\/\//i.test(place.url) && URL.canParse(place.url) ? new URL(place.url) : undefined;
	if (address && (isLoopback(new URL(api.baseUrl)) || isPublicHttps(address)))
		return { ...place, eventTypes };
	// n8n puts whatever the variable is set to before its own path.
	const setting = address?.origin ?? place.url.replace(/\/webhook(-test)?\/.*$/, '');
	throw inputError(
		context.getNode(),
		`WhiteLabelCRO cannot deliver events to ${setting}: N8N_WEBHOOK_URL must be a public address that starts with https://`,
		'Put n8n behind a public HTTPS address and set the environment variable N8N_WEBHOOK_URL (WEBHOOK_URL in older versions of n8n) to it, with https://, then restart n8n and publish the workflow again.',
	);
}
