import type { IHookFunctions, ITriggerFunctions } from 'n8n-workflow';

import {
	changeSubscription,
	createSubscription,
	deleteSubscription,
	listSubscriptions,
} from '../../api/subscriptions';
import type { ApiClient } from '../../client/apiClient';
import { asNodeError, codeOf, hasStatus } from '../../client/errors';
import type { Subscription } from '../../contract/subscriptions';
import type { Checkpoint } from '../catchUp/state';
import { describe, hostOf, withCheckpoint } from './description';
import { afterUpdate, ownSubscriptions, reconcile } from './plan';
import type { LeftBehind, Plan, StoredSubscription, WantedSubscription } from './plan';
import { knownSubscription } from './staticData';

/** The statuses that say the API does not change this, or not this way: a new subscription may still be made. */
const REFUSALS = [400, 404, 405, 409, 410, 415, 422, 501];

/** For whom a subscription is held: for n8n's hooks, or for the monitor. */
export interface Owner {
	context: IHookFunctions | ITriggerFunctions;
	api: ApiClient;
	wanted: WantedSubscription;
	/** Up to where nothing is missing. @param own the trigger's subscriptions, before any of them is deleted */
	checkpoint: (own: Subscription[]) => Checkpoint | Promise<Checkpoint>;
	/** Keeps what is known of a new one. */
	save: (subscription: StoredSubscription) => void;
	/** Whether the trigger is no longer published: nothing is changed for it any more. */
	isStopped?: () => boolean;
}

/** The trigger was unpublished while its subscription was being checked. */
export class TriggerStopped extends Error {}

/**
 * Brings the CRM to hold exactly the wanted subscription and keeps its id and secret in the static data.
 * @returns whether it is new
 * @throws NodeApiError or NodeOperationError if it cannot, TriggerStopped if the trigger is stopped meanwhile
 */
export async function ensureSubscription(owner: Owner): Promise<boolean> {
	const { context, api } = owner;
	const { plan: first, own } = await makePlan(owner);
	const checkpoint = await owner.checkpoint(own);
	const plan = first.action === 'update' ? await update(owner, first.current) : first;
	if (plan.action !== 'create') {
		for (const id of plan.obsolete) await remove(context, api, id);
		return false;
	}
	await replace(owner, checkpoint, plan.obsolete);
	reportLeftBehind(context, plan.leftBehind);
	return true;
}

/** What has to be done now, and the trigger's subscriptions as they are. Changes nothing. @throws NodeApiError, TriggerStopped */
export async function makePlan({
	context,
	api,
	wanted,
	isStopped,
}: Omit<Owner, 'save' | 'checkpoint'>): Promise<{ plan: Plan; own: Subscription[] }> {
	const held = await listSubscriptions(api);
	if (isStopped?.()) throw new TriggerStopped();
	const stored = knownSubscription(context, held);
	return { plan: reconcile(wanted, stored, held), own: ownSubscriptions(wanted, stored, held) };
}

/** Changes the current subscription in place, if the API lets it. @returns what is left to do */
async function update(owner: Owner, current: Subscription): Promise<Plan> {
	const { context, api, wanted } = owner;
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
			`WhiteLabelCRO had turned off subscription ${id}, which stops events: it's being turned back on, or replaced if that's not possible.`,
		);
	}
	// The API does not say whether it applied the change, so look.
	const plan = afterUpdate(wanted, (await makePlan(owner)).plan);
	if (plan.action === 'keep' && plan.current.unknownState !== undefined) {
		context.logger.warn(
			`WhiteLabelCRO reports ${plan.current.unknownState} as the state of subscription ${id}, which this node doesn't understand. It told WhiteLabelCRO to turn the subscription on, and keeps it. Please report this to the maintainers of this node.`,
		);
	}
	return plan;
}

/** Makes a new subscription before the old ones go, so that no event falls between them; after that where it cannot be before. */
async function replace(owner: Owner, checkpoint: Checkpoint, obsolete: string[]): Promise<void> {
	const { context, api } = owner;
	const made = await create(owner, checkpoint).catch((error: unknown) => {
		if (obsolete.length === 0 || !mayBeInTheWay(error)) throw error;
		context.logger.info(
			`WhiteLabelCRO refused a new subscription beside the old one: ${(error as Error).message}. The old one is deleted first.`,
		);
		return undefined;
	});
	// A CRM may give an old id again.
	for (const id of obsolete) if (id !== made) await remove(context, api, id);
	if (made === undefined) await create(owner, checkpoint);
}

/** Whether an error may say that there can be only one subscription to an address. */
function mayBeInTheWay(error: unknown): boolean {
	const code = codeOf(error);
	return (
		hasStatus(error, 400, 403, 409, 422) &&
		code !== 'WLCRO_ERR_MISSING_SCOPE' &&
		code !== 'WLCRO_ERR_NOT_FROM_API'
	);
}

/** @returns its id */
async function create(
	{ context, api, wanted, save, isStopped }: Owner,
	checkpoint: Checkpoint,
): Promise<string> {
	const { url, baseUrl, account, eventTypes } = wanted;
	const purpose = describe(context);
	const described = (description: string) => createSubscription(api, { url, eventTypes, description });
	const { id, secret } = await described(withCheckpoint(undefined, checkpoint, purpose)).catch(
		async (error: unknown) => {
			// It may be too long.
			if (!hasStatus(error, 400, 422)) throw asNodeError(context.getNode(), error);
			return await described(purpose);
		},
	);
	if (secret === undefined) {
		context.logger.warn(
			`WhiteLabelCRO did not return the signing secret of subscription ${id} in a form that this node knows, so no delivery's signature can be verified. Each event is looked up in the event log instead, which needs the scope events:read. Please report this to the maintainers of this node.`,
		);
	}
	if (isStopped?.()) {
		await remove(context, api, id);
		throw new TriggerStopped();
	}
	save({ id, secret, place: { url, baseUrl, account } });
	return id;
}

/** What nobody but a person can judge: nothing of it is touched, so a line in the log has to say it. */
export function reportLeftBehind(context: Owner['context'], left: LeftBehind | undefined): void {
	if (left === undefined) return;
	const advice =
		left.why === 'other address'
			? `delivers to ${hostOf(left.url) || 'another address'}, not to this workflow's address. If it belongs to someone else, or to another n8n that this one was copied from, that's fine. If this n8n used to have that address, delete the subscription`
			: `was created at ${left.baseUrl} with another API key, and the current key doesn't show it. If it's still there, delete it there`;
	context.logger.warn(
		`WhiteLabelCRO subscription ${left.id} is left alone: it ${advice}, with the operation 'Webhook Subscription: Delete' or in WhiteLabelCRO.`,
	);
}

/** Deletes one subscription; that it is gone already counts as done. @returns whether it is gone */
export async function remove(context: Owner['context'], api: ApiClient, id: string): Promise<boolean> {
	try {
		await deleteSubscription(api, id);
		return true;
	} catch (error) {
		context.logger.warn(
			`WhiteLabelCRO subscription ${id} could not be deleted: ${(error as Error).message}. It's cleaned up when the workflow is next published; until then, its deliveries are refused.`,
		);
		return false;
	}
}
