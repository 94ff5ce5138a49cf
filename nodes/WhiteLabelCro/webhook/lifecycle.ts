import { NodeApiError } from 'n8n-workflow';
import type { IDataObject, IHookFunctions, IWebhookFunctions } from 'n8n-workflow';

import { isLoopback } from '../transport/baseUrl';
import {
	PATHS,
	SUBSCRIPTION_SPELLINGS,
	isObject,
	readSubscription,
	readSubscriptions,
	subscriptionBody,
} from '../transport/contract';
import type { Subscription } from '../transport/contract';
import { asNodeError, hasStatus, inputError } from '../transport/errors';
import { apiRequest } from '../transport/request';
import { chosenTypes } from './triggerOn';
import { ownSubscriptions, reconcile } from './subscription';
import type { Plan, StoredSubscription, WantedSubscription } from './subscription';

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
	const { action, obsolete } = await makePlan(context, await wantedSubscription(context));
	return action === 'keep' && obsolete.length === 0;
}

/**
 * Brings the CRM to hold exactly the wanted subscription and keeps its id and secret in the static data.
 * @throws NodeApiError or NodeOperationError if it cannot, since n8n ignores a mere `false`
 */
export async function subscribe(context: IHookFunctions): Promise<void> {
	const wanted = await wantedSubscription(context);
	let { action, current, obsolete } = await makePlan(context, wanted);
	if (action === 'update' && current !== undefined) {
		await sendSpelled(context, 'PATCH', PATHS.subscription(current.id), {
			eventTypes: wanted.eventTypes,
			enabled: true,
		});
		if (!current.enabled) {
			context.logger.warn(
				`WhiteLabelCRO had switched off subscription ${current.id}; it was switched on again.`,
			);
		}
		// The API does not say whether it applies such a change, so look; what it did not apply is replaced.
		({ action, current, obsolete } = await makePlan(context, wanted));
		if (action === 'update' && current !== undefined) obsolete.push(current);
	}
	// The new one comes before the old ones go, so that no event falls between them.
	if (action !== 'keep') await createSubscription(context, wanted);
	for (const subscription of obsolete) await removeSubscription(context, subscription.id);
}

/**
 * Deletes every subscription of this trigger. It never throws, since n8n would then keep its own route:
 * what could not be deleted is logged and stays in the static data, and the next activation cleans it up.
 * @returns whether none is left
 */
export async function unsubscribe(context: IHookFunctions): Promise<boolean> {
	const stored = storedSubscription(context);
	const url = context.getNodeWebhookUrl('default') ?? '';
	let own: Array<Pick<Subscription, 'id'>>;
	try {
		own = ownSubscriptions(url, stored, await listSubscriptions(context));
	} catch (error) {
		context.logger.warn(`The WhiteLabelCRO subscriptions could not be listed: ${(error as Error).message}`);
		own = stored === undefined ? [] : [stored];
	}
	let removed = true;
	for (const { id } of own) removed = (await removeSubscription(context, id)) && removed;
	if (removed) context.getWorkflowStaticData('node')[storageKey(context)] = undefined;
	return removed;
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
	if (url.protocol === 'https:' && !isLoopback(url)) return;
	throw inputError(
		context.getNode(),
		`WhiteLabelCRO cannot deliver events to ${url.origin}: it needs a public address that begins with https://`,
		'Put n8n behind a public HTTPS address and set the environment variable N8N_WEBHOOK_URL (WEBHOOK_URL before n8n 2.36) to it, then publish the workflow again.',
	);
}

async function makePlan(context: IHookFunctions, wanted: WantedSubscription): Promise<Plan> {
	return reconcile(wanted, storedSubscription(context), await listSubscriptions(context));
}

async function listSubscriptions(context: IHookFunctions): Promise<Subscription[]> {
	return await apiRequest(context, { method: 'GET', path: PATHS.subscriptions, read: readSubscriptions });
}

async function createSubscription(context: IHookFunctions, wanted: WantedSubscription): Promise<void> {
	const { id: workflowId = 'unsaved', name = 'unnamed' } = context.getWorkflow();
	const purpose = context.getMode() === 'manual' ? 'test' : 'production';
	const answer = await sendSpelled(context, 'POST', PATHS.subscriptions, {
		...wanted,
		description: `n8n workflow "${name}" (${workflowId}), ${purpose}`,
	});
	const { id, secret } = readSubscription(answer);
	if (secret === undefined) {
		throw new NodeApiError(
			context.getNode(),
			{},
			{
				message: 'WhiteLabelCRO created the webhook subscription but did not tell its signing secret',
				description: `Without it no delivery can be verified. Delete subscription ${id} in WhiteLabelCRO and publish the workflow again.`,
			},
		);
	}
	context.getWorkflowStaticData('node')[storageKey(context)] = { id, secret };
}

/** Sends a subscription's fields in one spelling and, if the API refuses them, once more in the other. */
async function sendSpelled(
	context: IHookFunctions,
	method: 'POST' | 'PATCH',
	path: string,
	fields: Parameters<typeof subscriptionBody>[0],
): Promise<IDataObject> {
	const [first, second] = SUBSCRIPTION_SPELLINGS;
	const send = async (spelling: typeof first | typeof second) =>
		await apiRequest(context, {
			method,
			path,
			body: subscriptionBody(fields, spelling),
			read: (body) => (isObject(body) ? body : {}),
		});
	try {
		return await send(first);
	} catch (error) {
		if (!hasStatus(error, 400, 422)) throw asNodeError(context.getNode(), error);
		return await send(second);
	}
}

/** Deletes one subscription; that it is gone already counts as done. @returns whether it is gone */
async function removeSubscription(context: IHookFunctions, id: string): Promise<boolean> {
	try {
		await apiRequest(context, { method: 'DELETE', path: PATHS.subscription(id), read: () => undefined });
		return true;
	} catch (error) {
		if (hasStatus(error, 404)) return true;
		context.logger.warn(
			`WhiteLabelCRO subscription ${id} could not be deleted: ${(error as Error).message}. It is cleaned up when the workflow is next published; until then its deliveries are refused.`,
		);
		return false;
	}
}
