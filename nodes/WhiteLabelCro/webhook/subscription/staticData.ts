/**
 * What a trigger knows of its subscription, address and checkpoint. Static data is one column for the whole workflow, and its
 * last writer wins: other nodes may put back an old secret. So what this process registered itself counts as well.
 */
import type { IHookFunctions, ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';

import { isObject } from '../../contract/json';
import type { Subscription } from '../../contract/subscriptions';
import { triggerKey } from '../../events/context';
import { readChoices } from '../../events/choices';
import type { Choice } from '../../events/choices';
import type { Checkpoint, LogOwner } from '../catchUp/state';
import { registry } from '../monitor/registry';
import type { Place, StoredSubscription } from './plan';

type Context = IHookFunctions | ITriggerFunctions | IWebhookFunctions;

/** With when the trigger was unpublished, by the CRM's clock, in milliseconds; undefined as long as it is published. */
type StoredCheckpoint = Checkpoint & LogOwner & { endedAt?: number };

/**
 * Where the node's static data keeps the subscription: listening for a test event has its own, separate from the
 * published workflow's, and the two must never be mixed up.
 */
function storageKey(context: Pick<Context, 'getMode'>): 'testSubscription' | 'subscription' {
	return context.getMode() === 'manual' ? 'testSubscription' : 'subscription';
}

/** The subscription that the static data holds, or undefined. It is the newest in hooks and deliveries, and old in checks. */
export function loadSubscription(context: Context): StoredSubscription | undefined {
	const stored = context.getWorkflowStaticData('node')[storageKey(context)];
	if (!isObject(stored)) return undefined;
	const { id, secret, place } = stored;
	if (typeof id !== 'string') return undefined;
	return {
		id,
		secret: typeof secret === 'string' && secret !== '' ? secret : undefined,
		place: readPlace(place),
	};
}

/** The subscriptions that may be this trigger's: the one that this process registered, and the one in the static data. */
export function knownSubscriptions(context: Context): StoredSubscription[] {
	const stored = loadSubscription(context);
	const own = context.getMode() === 'manual' ? undefined : registry.of(triggerKey(context)).subscription;
	return [own, stored].filter((each) => each !== undefined);
}

/** The one of these that the CRM holds, or else the likeliest. */
export function knownSubscription(context: Context, held: Subscription[]): StoredSubscription | undefined {
	const known = knownSubscriptions(context);
	return known.find((each) => held.some(({ id }) => id === each.id)) ?? known[0];
}

function readPlace(place: unknown): Place | undefined {
	if (!isObject(place)) return undefined;
	const { url, baseUrl, account } = place;
	return typeof url === 'string' && typeof baseUrl === 'string' && typeof account === 'string'
		? { url, baseUrl, account }
		: undefined;
}

/** Keeps what is known of this trigger's subscription; `undefined` forgets it. */
export function saveSubscription(context: IHookFunctions, subscription?: StoredSubscription): void {
	context.getWorkflowStaticData('node')[storageKey(context)] = subscription && { ...subscription };
	if (context.getMode() !== 'manual') registry.of(triggerKey(context)).subscription = subscription;
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

/**
 * The checkpoint when the trigger was last published or unpublished; undefined if none was stored, or at another address: then it
 * is of a workflow that this one is a copy of, or of an n8n that may go on there.
 */
export function loadCheckpoint(context: Context, ownUrl: string): StoredCheckpoint | undefined {
	const { checkpoint } = context.getWorkflowStaticData('node');
	if (!isObject(checkpoint) || checkpoint.url !== ownUrl) return undefined;
	const { at, account, companyId, cursor, isInclusive, endedAt } = checkpoint;
	if (typeof at !== 'number' || typeof account !== 'string') return undefined;
	return {
		at,
		account,
		companyId: typeof companyId === 'string' ? companyId : undefined,
		cursor: typeof cursor === 'string' ? cursor : undefined,
		isInclusive: isInclusive === true,
		endedAt: typeof endedAt === 'number' ? endedAt : undefined,
	};
}

export function saveCheckpoint(
	context: IHookFunctions,
	{ at, cursor, isInclusive, account, companyId, endedAt }: StoredCheckpoint,
	url: string,
): void {
	const checkpoint = { at, cursor, isInclusive, account, companyId, endedAt, url };
	context.getWorkflowStaticData('node').checkpoint = checkpoint;
}

/** What a person has chosen, and since when. */
export function loadChoices(context: Context): Choice[] {
	return readChoices(context.getWorkflowStaticData('node').choices);
}

export function saveChoices(context: IHookFunctions, choices: Choice[]): void {
	context.getWorkflowStaticData('node').choices = choices;
}
