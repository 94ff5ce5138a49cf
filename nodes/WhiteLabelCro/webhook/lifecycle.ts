import { NodeOperationError } from 'n8n-workflow';
import type { IHookFunctions } from 'n8n-workflow';

import { isLoopback, isPublicHttps } from '../transport/baseUrl';
import type { Subscription } from '../transport/contract';
import { inputError } from '../transport/errors';
import { Api } from '../transport/request';
import {
	changeSubscription,
	createSubscription,
	deleteSubscription,
	listSubscriptions,
} from '../api/subscriptions';
import { chosenTypes } from '../events/triggerOn';
import { loadSubscription, saveSubscription } from './storage';
import { ownSubscriptions, reconcile } from './subscription';
import type { Plan, WantedSubscription } from './subscription';

/** n8n waits for each trigger when it starts and when a workflow is published; a rate limit's window is a minute (D). */
const MAXIMUM_WAIT_MS = 75_000;

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
	const plan = await makePlan(context, api, wanted);
	const { action, obsolete } =
		plan.action === 'update' ? await update(context, api, wanted, plan.current) : plan;
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
	const stored = loadSubscription(context);
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
	if (removed) saveSubscription(context);
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
	return reconcile(wanted, loadSubscription(context), await listSubscriptions(api));
}

/** Changes the current subscription in place. @returns what is left to do: to replace it, if the CRM did not apply the change */
async function update(
	context: IHookFunctions,
	api: Api,
	wanted: WantedSubscription,
	current: Subscription,
): Promise<Plan> {
	await changeSubscription(api, current, { eventTypes: wanted.eventTypes, enabled: true });
	if (!current.enabled) {
		context.logger.warn(
			`WhiteLabelCRO had switched off subscription ${current.id}, which stops events: it is switched on again.`,
		);
	}
	// The API does not say whether it applied the change, so look.
	const plan = await makePlan(context, api, wanted);
	return plan.action === 'update' ? { action: 'create', obsolete: [...plan.obsolete, plan.current] } : plan;
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
	saveSubscription(context, { id, secret });
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
