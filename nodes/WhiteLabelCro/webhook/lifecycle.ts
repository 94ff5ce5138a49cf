import { NodeOperationError } from 'n8n-workflow';
import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';

import { isLoopback, isPublicHttps } from '../transport/baseUrl';
import { isObject } from '../transport/contract';
import type { Subscription } from '../transport/contract';
import { inputError } from '../transport/errors';
import { Api } from '../transport/request';
import {
	changeSubscription,
	createSubscription,
	deleteSubscription,
	listSubscriptions,
} from '../transport/subscriptions';
import { chosenTypes } from '../events/triggerOn';
import { ownSubscriptions, reconcile } from './subscription';
import type { Plan, StoredSubscription, WantedSubscription } from './subscription';

/** n8n waits for each trigger when it starts and when a workflow is published; a rate limit's window is a minute (D). */
const MAXIMUM_WAIT_MS = 75_000;

/**
 * Where the node's static data keeps the subscription: listening for a test event has one of its own, beside the
 * published workflow's, and the two must never be mixed up.
 */
function storageKey(context: IHookFunctions | IWebhookFunctions): 'testSubscription' | 'subscription' {
	return context.getMode() === 'manual' ? 'testSubscription' : 'subscription';
}

/** The id and signing secret of this trigger's subscription, or undefined if either is unknown. */
export function storedSubscription(
	context: IHookFunctions | IWebhookFunctions,
): StoredSubscription | undefined {
	const stored = context.getWorkflowStaticData('node')[storageKey(context)];
	if (!isObject(stored)) return undefined;
	const { id, secret } = stored;
	return typeof id === 'string' && typeof secret === 'string' && secret !== '' ? { id, secret } : undefined;
}

/** Whether the CRM already holds exactly the subscription this trigger wants. Changes nothing. */
export async function subscriptionExists(context: IHookFunctions): Promise<boolean> {
	const wanted = await wantedSubscription(context);
	const { action, obsolete } = await makePlan(context, await openApi(context), wanted);
	return action === 'keep' && obsolete.length === 0;
}

/**
 * Brings the CRM to hold exactly the wanted subscription and keeps its id and secret in the static data.
 * @throws NodeApiError or NodeOperationError if it cannot, since n8n ignores a mere `false`
 */
export async function subscribe(context: IHookFunctions): Promise<void> {
	const wanted = await wantedSubscription(context);
	const api = await openApi(context);
	let { action, current, obsolete } = await makePlan(context, api, wanted);
	if (action === 'update' && current !== undefined) {
		await changeSubscription(api, current, { eventTypes: wanted.eventTypes, enabled: true });
		if (!current.enabled) {
			context.logger.warn(
				`WhiteLabelCRO had switched off subscription ${current.id}, which stops events: it is switched on again.`,
			);
		}
		// The API does not say whether it applied the change, so look; what it did not apply is replaced.
		({ action, current, obsolete } = await makePlan(context, api, wanted));
		if (action === 'update' && current !== undefined) obsolete.push(current);
	}
	// The new one comes before the old ones go, so that no event falls between them.
	if (action !== 'keep') await create(context, api, wanted);
	for (const { id } of obsolete) await remove(context, api, id);
}

/**
 * Deletes every subscription of this trigger. It never throws, since n8n would then keep its own route:
 * what could not be deleted is logged and stays in the static data, and the next activation cleans it up.
 * @returns whether none is left
 */
export async function unsubscribe(context: IHookFunctions): Promise<boolean> {
	const stored = storedSubscription(context);
	const url = context.getNodeWebhookUrl('default') ?? '';
	let removed = true;
	try {
		const api = await openApi(context);
		let own: Array<Pick<Subscription, 'id'>>;
		try {
			own = ownSubscriptions(url, stored, await listSubscriptions(api));
		} catch (error) {
			context.logger.warn(`The WhiteLabelCRO subscriptions could not be listed: ${(error as Error).message}`);
			own = stored === undefined ? [] : [stored];
		}
		for (const { id } of own) removed = (await remove(context, api, id)) && removed;
	} catch (error) {
		context.logger.warn(
			`The WhiteLabelCRO API could not be reached to unsubscribe: ${(error as Error).message}`,
		);
		removed = false;
	}
	if (removed) context.getWorkflowStaticData('node')[storageKey(context)] = undefined;
	return removed;
}

async function openApi(context: IHookFunctions): Promise<Api> {
	return await Api.open(context, MAXIMUM_WAIT_MS);
}

/** @throws NodeOperationError, before any call, if no event is chosen or the CRM could not deliver to this n8n */
async function wantedSubscription(context: IHookFunctions): Promise<WantedSubscription> {
	const url = context.getNodeWebhookUrl('default') ?? '';
	const eventTypes = chosenTypes(context);
	if (eventTypes.length === 0) {
		throw inputError(
			context.getNode(),
			"No event is chosen under 'Trigger On'",
			"Choose at least one event, or 'All Events'.",
		);
	}
	await assertReachable(context, url);
	return { url, eventTypes };
}

/** D: the CRM delivers to public HTTPS addresses only. A CRM on this machine (the sandbox) also reaches plain HTTP here. */
async function assertReachable(context: IHookFunctions, webhookUrl: string): Promise<void> {
	const { baseUrl } = await context.getCredentials('whiteLabelCroApi');
	if (typeof baseUrl === 'string' && URL.canParse(baseUrl) && isLoopback(new URL(baseUrl))) return;
	const url = new URL(webhookUrl);
	if (isPublicHttps(url)) return;
	throw inputError(
		context.getNode(),
		`WhiteLabelCRO cannot deliver events to ${url.origin}: it needs a public address that begins with https://`,
		'Put n8n behind a public HTTPS address and set the environment variable N8N_WEBHOOK_URL (WEBHOOK_URL in older versions of n8n) to it, then publish the workflow again.',
	);
}

async function makePlan(context: IHookFunctions, api: Api, wanted: WantedSubscription): Promise<Plan> {
	return reconcile(wanted, storedSubscription(context), await listSubscriptions(api));
}

async function create(context: IHookFunctions, api: Api, wanted: WantedSubscription): Promise<void> {
	const { id: workflowId = 'unsaved', name = 'unnamed' } = context.getWorkflow();
	const purpose = context.getMode() === 'manual' ? 'test' : 'production';
	const description = `n8n workflow "${name}" (${workflowId}), ${purpose}`;
	const { id, secret } = await createSubscription(api, { ...wanted, description });
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
	context.getWorkflowStaticData('node')[storageKey(context)] = { id, secret };
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
