/**
 * The wire contract of the WhiteLabelCRO Integration API, and the only home of what its vendor does not publish.
 * Marks: D documented by the vendor, C two vendor pages disagree (both are accepted), A assumed (our choice, read tolerantly).
 * The README's compatibility table lists every C and A of this file.
 */
import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';

/** D: the ten canonical event types, compared case-sensitively. */
export const EVENT_TYPES = [
	'affiliate.created',
	'agreement.signed',
	'client.created',
	'client.status_changed',
	'document.uploaded',
	'invoice.created',
	'invoice.status_changed',
	'lead.created',
	'payment.failed',
	'payment.succeeded',
] as const;

/** D. Where a record is addressed, its ID is a positive integer that the caller has checked. */
export const PATHS = {
	leads: '/api/v1/integrations/leads',
	clientStatus: (clientId: number) => `/api/v1/integrations/clients/${clientId}/status`,
	/** A: the only path of an action that is not published. */
	clientNotes: (clientId: number) => `/api/v1/integrations/clients/${clientId}/notes`,
	/** C: `/search` on most pages, `/find` on one. */
	searches: { client: ['/api/v1/integrations/clients/search', '/api/v1/integrations/clients/find'] },
	lookups: {
		clients: '/api/v1/integrations/lookups/clients',
		employees: '/api/v1/integrations/lookups/employees',
		affiliates: '/api/v1/integrations/lookups/affiliates',
		clientStatuses: '/api/v1/integrations/lookups/client-statuses',
	},
	subscriptions: '/api/v1/webhooks/subscriptions',
	subscription: (id: string) => `/api/v1/webhooks/subscriptions/${encodeURIComponent(id)}`,
} as const;

/** D: header and key. The vendor lists a key pasted with white space around it as a frequent mistake. */
export function apiKeyHeaders(credentials: ICredentialDataDecryptedObject): { 'X-Api-Key': string } {
	return { 'X-Api-Key': typeof credentials.apiKey === 'string' ? credentials.apiKey.trim() : '' };
}

/** An answer that follows none of the accepted forms. Its message completes "WhiteLabelCRO answered with …". */
export class UnexpectedShapeError extends Error {}

export function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function firstOf(object: IDataObject, names: readonly string[]): unknown {
	const name = names.find((candidate) => object[candidate] !== undefined && object[candidate] !== null);
	return name === undefined ? undefined : object[name];
}

function textOf(value: unknown): string | undefined {
	if (typeof value === 'number') return String(value);
	return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** D: every answer carries a request id for the vendor's support. A: its header's name. */
export function readRequestId(headers: IDataObject): string | undefined {
	const name = Object.keys(headers).find((header) => /(request|correlation|trace)-?id$/i.test(header));
	return name === undefined ? undefined : textOf(headers[name]);
}

/**
 * What an error answer says. A: the body may be `{message}`, `{error}`, `{error:{code,message}}`, problem details
 * (RFC 9457) with `errors` by field, plain text, HTML (which says nothing to a user) or empty.
 */
export function readErrorBody(body: unknown): { message?: string; fields: Record<string, string> } {
	if (typeof body === 'string') {
		return { message: /^\s*</.test(body) ? undefined : textOf(body)?.slice(0, 500), fields: {} };
	}
	if (!isObject(body)) return { fields: {} };
	const nested = isObject(body.error) ? body.error : {};
	const fields: Record<string, string> = {};
	for (const errors of [body.errors, nested.errors, nested.details]) {
		if (!isObject(errors)) continue;
		for (const [field, reason] of Object.entries(errors)) {
			const text = Array.isArray(reason) ? reason.map(textOf).filter(Boolean).join(', ') : textOf(reason);
			if (text) fields[field] = text;
		}
	}
	const message =
		textOf(nested.message) ??
		textOf(body.message) ??
		textOf(body.error) ??
		textOf(body.detail) ??
		textOf(body.title);
	return { message, fields };
}

/** D: a 403 for want of a scope names the scope. A: where; so it is looked for in the whole answer. */
export function readMissingScope(body: unknown): string | undefined {
	const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
	const named = /\b(events:read|webhooks:write|integrations:(?:read|write))\b/.exec(text)?.[1];
	if (named !== undefined) return named;
	return /scope/i.test(text) && /\badmin\b/.test(text) ? 'admin' : undefined;
}

/**
 * The wait, in milliseconds, that a 429 asks for. D: `X-RateLimit-Reset` is in Unix seconds.
 * A: whether a 429 carries it, or `Retry-After` (seconds or an HTTP date), or neither (undefined).
 */
export function readRetryAfterMs(headers: IDataObject, now: number): number | undefined {
	const retryAfter = textOf(headers['retry-after']);
	if (retryAfter !== undefined) {
		const until = /^\d+$/.test(retryAfter) ? now + Number(retryAfter) * 1000 : Date.parse(retryAfter);
		if (!Number.isNaN(until)) return Math.max(0, until - now);
	}
	const reset = Number(textOf(headers['x-ratelimit-reset']));
	return reset > 0 ? Math.max(0, reset * 1000 - now) : undefined;
}

/** The answer of an action: an object. @throws UnexpectedShapeError */
export function readRecord(body: unknown): IDataObject {
	if (isObject(body) && Object.keys(body).length > 0) return body;
	throw new UnexpectedShapeError(body ? 'something other than an object' : 'nothing');
}

const HIT_WRAPPERS = ['client', 'lead', 'data', 'result', 'results'];

/**
 * The record that a search found, or undefined for none. D: first match; "returns empty" when nothing is found.
 * A: both shapes: bare, in an array or in a wrapper; none is null, nothing, `{}`, `[]` or an empty wrapper.
 * @throws UnexpectedShapeError
 */
export function readHit(body: unknown): IDataObject | undefined {
	if (body === null || body === undefined || body === '') return undefined;
	if (Array.isArray(body)) return body.length === 0 ? undefined : readHit(body[0]);
	if (isObject(body)) {
		if (body.client_id !== undefined) return body;
		const wrapper = HIT_WRAPPERS.find((name) => name in body);
		if (wrapper !== undefined) return readHit(body[wrapper]);
		if (Object.keys(body).length === 0) return undefined;
	}
	throw new UnexpectedShapeError('neither a record nor one of the known forms of "nothing found"');
}

/**
 * The rows of a lookup. D for employees: `{ "employees": [...], "count": 1 }`. A: the others have the same shape.
 * @param names the names under which the array may stand; a bare array is accepted too
 * @throws UnexpectedShapeError
 */
export function readRows(body: unknown, names: readonly string[]): IDataObject[] {
	const rows = Array.isArray(body)
		? body
		: isObject(body)
			? firstOf(body, [...names, 'data', 'items', 'results'])
			: undefined;
	if (!Array.isArray(rows)) throw new UnexpectedShapeError(`no list of ${names[0] ?? 'rows'}`);
	return rows.filter(isObject);
}

/** The names under which each lookup's rows may stand, and under which a row's ID and label may stand. All but employees are A. */
export const LOOKUP_ROWS = {
	clients: { rows: ['clients'], id: ['client_id', 'id'], label: ['full_name', 'name'] },
	employees: { rows: ['employees'], id: ['employee_id', 'id'], label: ['full_name', 'name'] },
	affiliates: {
		rows: ['affiliates'],
		id: ['affiliate_id', 'employee_id', 'id'],
		label: ['full_name', 'name'],
	},
	clientStatuses: {
		rows: ['client_statuses', 'statuses'],
		id: ['status_id', 'id'],
		label: ['status_name', 'name', 'status'],
	},
} as const;

export type Lookup = keyof typeof LOOKUP_ROWS;

/** One row of a lookup as an ID and what a person calls it. A row without an ID is undefined. */
export function readLookupRow(lookup: Lookup, row: IDataObject): { id: string; label: string } | undefined {
	const id = textOf(firstOf(row, LOOKUP_ROWS[lookup].id));
	if (id === undefined) return undefined;
	const fullName = [row.first_name, row.last_name].map(textOf).filter(Boolean).join(' ');
	return { id, label: textOf(firstOf(row, LOOKUP_ROWS[lookup].label)) ?? (fullName || id) };
}

/** A webhook subscription as the CRM reports it. `secret` is in the answer to its creation only (D). */
export interface Subscription {
	id: string;
	url: string;
	eventTypes: string[];
	enabled: boolean;
	secret?: string;
}

/** A: the spellings in which the subscription endpoints may take their fields; the first is tried first. */
export const SUBSCRIPTION_SPELLINGS = ['camelCase', 'snake_case'] as const;

/** The body that creates a subscription, or changes one, in the given spelling (A). */
export function subscriptionBody(
	fields: { url?: string; eventTypes?: string[]; description?: string; enabled?: boolean },
	spelling: (typeof SUBSCRIPTION_SPELLINGS)[number],
): IDataObject {
	const camel = spelling === 'camelCase';
	const { url, eventTypes, description, enabled } = fields;
	return {
		...(url !== undefined && { [camel ? 'targetUrl' : 'target_url']: url }),
		...(eventTypes !== undefined && { [camel ? 'eventTypes' : 'event_types']: eventTypes }),
		...(description !== undefined && { description }),
		...(enabled !== undefined && { [camel ? 'isActive' : 'is_active']: enabled }),
	};
}

const ENABLED_NAMES = ['isActive', 'is_active', 'isEnabled', 'is_enabled', 'enabled', 'active', 'status'];

/**
 * One subscription, bare or under `data` or `subscription` (A: names, wrapper, event types as array or comma-separated text,
 * state as a boolean or a word; a state that is not reported counts as enabled).
 * @throws UnexpectedShapeError if it has no id
 */
export function readSubscription(body: unknown): Subscription {
	const inner = isObject(body) ? firstOf(body, ['data', 'subscription']) : undefined;
	const object = isObject(inner) ? inner : isObject(body) ? body : {};
	const id = textOf(firstOf(object, ['id', 'subscriptionId', 'subscription_id']));
	if (id === undefined) throw new UnexpectedShapeError('a subscription that has no id');
	const types = firstOf(object, ['eventTypes', 'event_types', 'events']);
	const state = firstOf(object, ENABLED_NAMES);
	return {
		id,
		url: textOf(firstOf(object, ['targetUrl', 'target_url', 'url'])) ?? '',
		eventTypes: (Array.isArray(types) ? types : (textOf(types) ?? '').split(','))
			.map(textOf)
			.filter((type) => type !== undefined),
		enabled:
			typeof state === 'string' ? /^(active|enabled|true|1)$/i.test(state) : state !== false && state !== 0,
		secret: textOf(firstOf(object, ['signingSecret', 'signing_secret', 'secret'])),
	};
}

/** The list of subscriptions, bare or under `subscriptions`, `items` or `data` (A). @throws UnexpectedShapeError */
export function readSubscriptions(body: unknown): Subscription[] {
	return readRows(body, ['subscriptions']).map(readSubscription);
}

/** D: the body of a delivery, camelCase outside and snake_case in the payload. */
export interface EventEnvelope extends IDataObject {
	id: number | string;
	type: string;
	payload: IDataObject;
}

/** The parsed body of a delivery as an event envelope, unchanged, or undefined if it is none. */
export function readEnvelope(body: unknown): EventEnvelope | undefined {
	if (!isObject(body) || typeof body.type !== 'string' || textOf(body.id) === undefined) return undefined;
	return isObject(body.payload) ? (body as EventEnvelope) : undefined;
}
