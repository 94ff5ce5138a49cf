import type { IDataObject } from 'n8n-workflow';

import { redact, redactId } from '../helpers/redact';
import { UnexpectedShapeError, firstOf, isObject, nameIn, readRows, textOf } from './json';

/** A webhook subscription as the CRM reports it. `secret` is in the answer to its creation only (D). */
export interface Subscription {
	id: string;
	url: string;
	eventTypes: string[];
	/** Undefined if the CRM reports it in a form that is not understood: `unknownState` then quotes it. */
	enabled?: boolean;
	unknownState?: string;
	/** A: what it was created with, or changed to last. */
	description?: string;
	/** Under which name the CRM reports the state. */
	stateName?: string;
	secret?: string;
}

/** A: the spellings in which the subscription endpoints may take their fields; the first is tried first. */
export const SUBSCRIPTION_SPELLINGS = ['camelCase', 'snake_case'] as const;

/** What a subscription can be created with, or changed to. */
export interface SubscriptionFields {
	url?: string;
	eventTypes?: string[];
	description?: string;
	enabled?: boolean;
}

/**
 * The body that creates a subscription, or changes one, in the given spelling (A).
 * @param stateName under which name the state was read back, if it was
 */
export function subscriptionBody(
	{ url, eventTypes, description, enabled }: SubscriptionFields,
	spelling: (typeof SUBSCRIPTION_SPELLINGS)[number],
	stateName?: string,
): IDataObject {
	const camel = spelling === 'camelCase';
	// `status` is read back as a word, and which words are understood is unknown.
	const state =
		stateName === undefined || stateName === 'status' ? (camel ? 'isActive' : 'is_active') : stateName;
	return {
		...(url !== undefined && { [camel ? 'targetUrl' : 'target_url']: url }),
		...(eventTypes !== undefined && { [camel ? 'eventTypes' : 'event_types']: eventTypes }),
		...(description !== undefined && { description }),
		...(enabled !== undefined && { [state]: enabled }),
	};
}

/** A: under which names a subscription may have each of its fields; the first counts. */
export const SUBSCRIPTION_NAMES = {
	id: ['id', 'subscriptionId', 'subscription_id'],
	url: ['targetUrl', 'target_url', 'url'],
	types: ['eventTypes', 'event_types', 'events'],
	state: ['isActive', 'is_active', 'isEnabled', 'is_enabled', 'enabled', 'active', 'status'],
	secret: ['signingSecret', 'signing_secret', 'secret'],
};

/** A: the words for a state. Which are in use is unknown, so a part is enough: "auto_disabled", "enabled_by_user". */
const OFF_WORDS =
	/disabl|inactiv|deactiv|paus|suspend|stop|fail|block|revok|expir|unhealthy|^(off|no|false|0)$/i;

const ON_WORDS = /^(active|enabled|healthy|running)|^(on|ok|yes|true|1)$/i;

/** Whether a reported state means on; undefined if that is not understood. */
function readEnabled(state: unknown): boolean | undefined {
	if (typeof state === 'boolean') return state;
	const word = textOf(state) ?? '';
	if (OFF_WORDS.test(word)) return false;
	return ON_WORDS.test(word) ? true : undefined;
}

/**
 * One subscription, bare or under `data` or `subscription` (A: names, wrapper, event types as array or comma-separated text,
 * state as a boolean, 0, 1 or a word; a state that is not reported counts as enabled). The secret may stand beside it.
 * @throws UnexpectedShapeError if it has no id
 */
export function readSubscription(body: unknown): Subscription {
	const object = unwrapped(body);
	const id = subscriptionId(object);
	if (id === undefined) throw new UnexpectedShapeError('a subscription that has no id');
	const types = firstOf(object, SUBSCRIPTION_NAMES.types);
	const stateName = nameIn(object, SUBSCRIPTION_NAMES.state);
	const state = stateName === undefined ? true : object[stateName];
	const enabled = readEnabled(state);
	return {
		id,
		url: textOf(firstOf(object, SUBSCRIPTION_NAMES.url)) ?? '',
		eventTypes: (Array.isArray(types) ? types : (textOf(types) ?? '').split(','))
			.map(textOf)
			.filter((type) => type !== undefined),
		enabled,
		unknownState: enabled === undefined ? redact(JSON.stringify(state)).slice(0, 50) : undefined,
		stateName,
		description: textOf(object.description),
		secret:
			textOf(firstOf(object, SUBSCRIPTION_NAMES.secret)) ??
			textOf(firstOf(body as IDataObject, SUBSCRIPTION_NAMES.secret)),
	};
}

export const SUBSCRIPTION_WRAPPERS = ['data', 'subscription'];

/** A subscription itself, where it stands in a wrapper. */
export function unwrapped(body: unknown): IDataObject {
	if (!isObject(body)) return {};
	const inner = firstOf(body, SUBSCRIPTION_WRAPPERS);
	return isObject(inner) ? inner : body;
}

/** The id of a subscription, if it is fit for a path and for the log. */
function subscriptionId(subscription: IDataObject): string | undefined {
	const id = redactId(textOf(firstOf(subscription, SUBSCRIPTION_NAMES.id)) ?? '', '');
	return id !== undefined && /\w/.test(id) ? id : undefined;
}

export const SUBSCRIPTION_LISTS = ['subscriptions', 'items', 'data', 'results'];

/**
 * The list of subscriptions, bare or under `subscriptions`, `items`, `data` or `results`; none is `[]`, null, `{}` or a list that is null
 * (A). A row without an id is somebody else's, since one that has none cannot be made here: it is passed over.
 * @throws UnexpectedShapeError if it is no list, or none of its rows has an id
 */
export function readSubscriptions(body: unknown): Subscription[] {
	if (saysNone(body)) return [];
	const rows = readRows(body, SUBSCRIPTION_LISTS);
	const known = rows.filter((row) => subscriptionId(unwrapped(row)) !== undefined);
	// All of them are of a form that is not known: none of ours could be told, and each publication would add one.
	if (known.length === 0 && rows.length > 0) throw new UnexpectedShapeError('subscriptions that have no id');
	return known.map(readSubscription);
}

function saysNone(body: unknown): boolean {
	if (!isObject(body)) return body === null;
	if (Object.keys(body).length === 0) return true;
	const list = firstOf(body, SUBSCRIPTION_LISTS);
	return list === undefined && !body.error && SUBSCRIPTION_LISTS.some((name) => name in body);
}
