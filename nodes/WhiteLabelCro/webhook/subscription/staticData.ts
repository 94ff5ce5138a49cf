import type { IHookFunctions, ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';

import { isObject } from '../../contract/json';
import type { Checkpoint } from '../catchUp/state';
import type { Place, StoredSubscription } from './plan';

type Context = IHookFunctions | ITriggerFunctions | IWebhookFunctions;

/**
 * Where the node's static data keeps the subscription: listening for a test event has its own, separate from the
 * published workflow's, and the two must never be mixed up.
 */
function storageKey(context: Context): 'testSubscription' | 'subscription' {
	return context.getMode() === 'manual' ? 'testSubscription' : 'subscription';
}

/** What is known of this trigger's subscription, or undefined if its id or its signing secret is not. */
export function loadSubscription(context: Context): StoredSubscription | undefined {
	const stored = context.getWorkflowStaticData('node')[storageKey(context)];
	if (!isObject(stored)) return undefined;
	const { id, secret, place } = stored;
	if (typeof id !== 'string' || typeof secret !== 'string' || secret === '') return undefined;
	return { id, secret, place: readPlace(place) };
}

function readPlace(place: unknown): Place | undefined {
	if (!isObject(place)) return undefined;
	const { url, baseUrl, account } = place;
	return typeof url === 'string' && typeof baseUrl === 'string' && typeof account === 'string'
		? { url, baseUrl, account }
		: undefined;
}

/** Keeps what is known of this trigger's subscription; `undefined` forgets it. */
export function saveSubscription(
	context: IHookFunctions | ITriggerFunctions,
	subscription?: StoredSubscription,
): void {
	context.getWorkflowStaticData('node')[storageKey(context)] = subscription && { ...subscription };
}

/** The published trigger's own URL, which n8n tells its hooks only; undefined unless it is published. */
export function loadUrl(context: ITriggerFunctions): string | undefined {
	const { url } = context.getWorkflowStaticData('node');
	return typeof url === 'string' ? url : undefined;
}

/** Keeps the URL of a trigger that is published; `undefined` forgets it. */
export function saveUrl(context: IHookFunctions, url?: string): void {
	if (context.getMode() !== 'manual') context.getWorkflowStaticData('node').url = url;
}

/** The checkpoint of an account, as n8n stored it last; undefined if it did not. */
export function loadCheckpoint(context: ITriggerFunctions): (Checkpoint & { account: string }) | undefined {
	const { seenWell } = context.getWorkflowStaticData('node');
	if (!isObject(seenWell)) return undefined;
	const { at, account, cursor, isEarly } = seenWell;
	if (typeof at !== 'number' || typeof account !== 'string') return undefined;
	return {
		at,
		account,
		cursor: typeof cursor === 'string' ? cursor : undefined,
		isInclusive: isEarly === true,
	};
}

export function saveCheckpoint(
	context: IHookFunctions | ITriggerFunctions,
	{ isInclusive, ...checkpoint }: Checkpoint & { account: string },
): void {
	if (context.getMode() === 'manual') return;
	context.getWorkflowStaticData('node').seenWell = { ...checkpoint, isEarly: isInclusive };
}
