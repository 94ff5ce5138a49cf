import { NodeOperationError } from 'n8n-workflow';
import type { IHookFunctions } from 'n8n-workflow';

import { isLoopback, isPublicHttps } from '../transport/baseUrl';
import type { Subscription } from '../transport/contract';
import { asNodeError, hasStatus, inputError } from '../transport/errors';
import { Api } from '../transport/request';
import {
	changeSubscription,
	createSubscription,
	deleteSubscription,
	listSubscriptions,
} from '../api/subscriptions';
import { chosenTypes } from '../events/triggerOn';
import { loadSubscription, saveSubscription } from './storage';
import { afterUpdate, leftBehind, ownSubscriptions, reconcile } from './subscription';
import type { LeftBehind, Place, Plan, WantedSubscription } from './subscription';

/** n8n waits for each trigger when it starts and when a workflow is published; a rate limit's window is a minute (D). */
const MAXIMUM_WAIT_MS = 75_000;

/** The statuses with which an API says that it does not change this, or not so: a new subscription may still be made. */
const REFUSALS = [400, 404, 405, 409, 410, 415, 422, 501];

/** Whether the CRM already holds exactly the subscription this trigger wants. Changes nothing. */
export async function subscriptionExists(context: IHookFunctions): Promise<boolean> {
	const api = await openApi(context);
	const { action, obsolete } = await makePlan(context, api, wantedSubscription(context, api));
	return action === 'keep' && obsolete.length === 0;
}

/**
 * Brings the CRM to hold exactly the wanted subscription and keeps its id and secret in the static data.
 * @throws NodeApiError or NodeOperationError if it cannot, since n8n ignores a mere `false`
 */
export async function subscribe(context: IHookFunctions): Promise<void> {
	const api = await openApi(context);
	const wanted = wantedSubscription(context, api);
	const first = await makePlan(context, api, wanted);
	const plan = first.action === 'update' ? await update(context, api, wanted, first.current) : first;
	// The new one comes before the old ones go, so that no event falls between them.
	if (plan.action === 'create') {
		await create(context, api, wanted);
		reportLeftBehind(context, plan.leftBehind);
	}
	for (const { id } of plan.obsolete) await remove(context, api, id);
}

/**
 * Deletes every subscription of this trigger. It never throws, since n8n would then keep its own route:
 * what could not be deleted is logged and stays in the static data, and the next activation cleans it up.
 * @returns whether none is left
 */
export async function unsubscribe(context: IHookFunctions): Promise<boolean> {
	const stored = loadSubscription(context);
	let removed = true;
	try {
		const api = await openApi(context);
		const here = ownPlace(context, api);
		const held = await listSubscriptions(api);
		for (const { id } of ownSubscriptions(here, stored, held)) {
			removed = (await remove(context, api, id)) && removed;
		}
		reportLeftBehind(context, leftBehind(here, stored, held));
	} catch (error) {
		// Without the list nothing proves that the stored id is still this trigger's.
		const last = stored === undefined ? '' : ` The last one known is ${stored.id}.`;
		context.logger.warn(
			`The WhiteLabelCRO subscriptions could not be listed, so none was deleted: ${(error as Error).message}. They are cleaned up when the workflow is next published; until then their deliveries are refused.${last}`,
		);
		removed = false;
	}
	if (removed) saveSubscription(context);
	return removed;
}

async function openApi(context: IHookFunctions): Promise<Api> {
	return await Api.open(context, MAXIMUM_WAIT_MS);
}

function ownPlace(context: IHookFunctions, { baseUrl, account }: Api): Place {
	return { url: context.getNodeWebhookUrl('default') ?? '', baseUrl, account };
}

/** @throws NodeOperationError, before any call, if no event is chosen or the CRM could not deliver to this n8n */
function wantedSubscription(context: IHookFunctions, api: Api): WantedSubscription {
	const place = ownPlace(context, api);
	const eventTypes = chosenTypes(context);
	if (eventTypes.length === 0) {
		throw inputError(
			context.getNode(),
			"No event is chosen under 'Trigger On'",
			"Choose at least one event, or 'All Events'.",
		);
	}
	assertReachable(context, place);
	return { ...place, eventTypes };
}

/** D: the CRM delivers to public HTTPS addresses only. A CRM on this machine (the sandbox) also reaches plain HTTP here. */
function assertReachable(context: IHookFunctions, { baseUrl, url }: Place): void {
	if (isLoopback(new URL(baseUrl))) return;
	const address = new URL(url);
	if (isPublicHttps(address)) return;
	throw inputError(
		context.getNode(),
		`WhiteLabelCRO cannot deliver events to ${address.origin}: it needs a public address that begins with https://`,
		'Put n8n behind a public HTTPS address and set the environment variable N8N_WEBHOOK_URL (WEBHOOK_URL in older versions of n8n) to it, then publish the workflow again.',
	);
}

async function makePlan(context: IHookFunctions, api: Api, wanted: WantedSubscription): Promise<Plan> {
	return reconcile(wanted, loadSubscription(context), await listSubscriptions(api));
}

/** Changes the current subscription in place, if the API lets it. @returns what is left to do */
async function update(
	context: IHookFunctions,
	api: Api,
	wanted: WantedSubscription,
	current: Subscription,
): Promise<Plan> {
	const { id, enabled } = current;
	try {
		await changeSubscription(api, current, { eventTypes: wanted.eventTypes, enabled: true });
	} catch (error) {
		if (!hasStatus(error, ...REFUSALS)) throw asNodeError(context.getNode(), error);
		context.logger.warn(
			`WhiteLabelCRO did not let subscription ${id} be changed: ${(error as Error).message}.`,
		);
	}
	if (enabled === false) {
		context.logger.warn(
			`WhiteLabelCRO had switched off subscription ${id}, which stops events: it is switched on again, or replaced if that cannot be done.`,
		);
	}
	// The API does not say whether it applied the change, so look.
	const plan = afterUpdate(wanted, await makePlan(context, api, wanted));
	if (plan.action === 'keep' && plan.current.unknownState !== undefined) {
		context.logger.warn(
			`WhiteLabelCRO reports ${plan.current.unknownState} as the state of subscription ${id}, which this node does not understand. It told WhiteLabelCRO to switch the subscription on, and keeps it. Please report this to the maintainers of this node.`,
		);
	}
	return plan;
}

async function create(context: IHookFunctions, api: Api, wanted: WantedSubscription): Promise<void> {
	const { id: workflowId = 'unsaved', name = 'unnamed' } = context.getWorkflow();
	const purpose = context.getMode() === 'manual' ? 'test' : 'production';
	const description = `n8n workflow "${name}" (${workflowId}), ${purpose}`;
	const { id, secret } = await createSubscription(api, {
		url: wanted.url,
		eventTypes: wanted.eventTypes,
		description,
	});
	if (secret === undefined) {
		await remove(context, api, id);
		throw new NodeOperationError(
			context.getNode(),
			'WhiteLabelCRO created the webhook subscription but did not tell its signing secret',
			{
				description: `Without it no delivery can be verified. Please report this to the maintainers of this node. (Subscription ${id})`,
			},
		);
	}
	const { url, baseUrl, account } = wanted;
	saveSubscription(context, { id, secret, place: { url, baseUrl, account } });
}

/** What nobody but a person can judge: nothing of it is touched, so a line in the log has to say it. */
function reportLeftBehind(context: IHookFunctions, left: LeftBehind | undefined): void {
	if (left === undefined) return;
	const advice =
		left.why === 'other address'
			? `delivers to ${hostOf(left.url)}, not to this workflow's address. If it is somebody else's, or another n8n runs there of which this one is a copy, that is as it should be. If this n8n was reached there before, delete the subscription`
			: `was made at ${left.baseUrl} with another API key, and the present key does not show it. If it is still there, delete it there`;
	context.logger.warn(
		`WhiteLabelCRO subscription ${left.id} is left alone: it ${advice}, with the operation 'Webhook Subscription: Delete' or in WhiteLabelCRO.`,
	);
}

function hostOf(url: string): string {
	return URL.canParse(url) ? new URL(url).host : 'another address';
}

/** Deletes one subscription; that it is gone already counts as done. @returns whether it is gone */
async function remove(context: IHookFunctions, api: Api, id: string): Promise<boolean> {
	try {
		await deleteSubscription(api, id);
		return true;
	} catch (error) {
		context.logger.warn(
			`WhiteLabelCRO subscription ${id} could not be deleted: ${(error as Error).message}. It is cleaned up when the workflow is next published; until then its deliveries are refused.`,
		);
		return false;
	}
}
