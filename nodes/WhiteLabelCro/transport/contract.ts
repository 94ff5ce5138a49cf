/**
 * The wire contract of the WhiteLabelCRO Integration API, and the only home of what its vendor does not publish.
 * Marks: D documented by the vendor, C two vendor pages disagree (both are accepted), A assumed (our choice, read tolerantly).
 * Every C and A of this file is a row of scripts/report/assumptions.mts, and so of docs/wire.md.
 */
import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';

import { EVENT_TYPES } from '../contract/eventTypes';
import { fingerprint } from '../helpers/fingerprint';
import { redact, redactId } from './redact';

/** D. Where a record is addressed, its ID is a positive integer that the caller has checked. */
export const PATHS = {
	leads: '/api/v1/integrations/leads',
	lead: (clientId: number) => `/api/v1/integrations/leads/${clientId}`,
	leadStatus: (clientId: number) => `/api/v1/integrations/leads/${clientId}/status`,
	clients: '/api/v1/integrations/clients',
	client: (clientId: number) => `/api/v1/integrations/clients/${clientId}`,
	clientStatus: (clientId: number) => `/api/v1/integrations/clients/${clientId}/status`,
	/** A: where notes and affiliates are written. */
	clientNotes: (clientId: number) => `/api/v1/integrations/clients/${clientId}/notes`,
	affiliates: '/api/v1/integrations/affiliates',
	affiliate: (affiliateId: number) => `/api/v1/integrations/affiliates/${affiliateId}`,
	/** C: `/search` on most pages, `/find` on one. */
	searches: {
		client: ['/api/v1/integrations/clients/search', '/api/v1/integrations/clients/find'],
		lead: ['/api/v1/integrations/leads/search', '/api/v1/integrations/leads/find'],
	},
	lookups: {
		clients: '/api/v1/integrations/lookups/clients',
		employees: '/api/v1/integrations/lookups/employees',
		affiliates: '/api/v1/integrations/lookups/affiliates',
		clientStatuses: '/api/v1/integrations/lookups/client-statuses',
	},
	events: '/api/v1/events',
	testEvents: '/api/v1/events/test',
	subscriptions: '/api/v1/webhooks/subscriptions',
	subscription: (id: string) => `/api/v1/webhooks/subscriptions/${encodeURIComponent(id)}`,
} as const;

/**
 * D: "each action supports idempotency for safe retries". A: by this header, with the same value on every try of one write.
 * Nothing depends on it alone.
 */
export const IDEMPOTENCY_HEADER = 'Idempotency-Key';

/** C: how a key begins, by the two spellings that the vendor's pages have; undefined for any other. */
export function readKeyForm(apiKey: string): 'wlcro_live_' | 'wlcro_' | undefined {
	return (['wlcro_live_', 'wlcro_'] as const).find((beginning) => apiKey.startsWith(beginning));
}

/** D: header and key. The vendor lists a key pasted with extra spaces as a frequent mistake. */
export function apiKeyHeaders(credentials: ICredentialDataDecryptedObject): { 'X-Api-Key': string } {
	return { 'X-Api-Key': typeof credentials.apiKey === 'string' ? credentials.apiKey.trim() : '' };
}

/** An answer that follows none of the accepted forms. Its message completes "WhiteLabelCRO answered with …". */
export class UnexpectedShapeError extends Error {}

export function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Which of these names an object has a value under: the first counts. Undefined if none. */
export function nameIn(object: IDataObject, names: readonly string[]): string | undefined {
	return names.find((candidate) => object[candidate] !== undefined && object[candidate] !== null);
}

function firstOf(object: IDataObject, names: readonly string[]): unknown {
	const name = nameIn(object, names);
	return name === undefined ? undefined : object[name];
}

function textOf(value: unknown): string | undefined {
	if (typeof value === 'number') return String(value);
	return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** A: the header with the request id, which is the first that is named like one. */
export function requestIdHeader(headers: IDataObject): string | undefined {
	return Object.keys(headers).find((header) => /(request|correlation|trace)-?id$/i.test(header));
}

/** D: every answer carries a request id for the vendor's support. */
export function readRequestId(headers: IDataObject): string | undefined {
	const name = requestIdHeader(headers);
	return name === undefined ? undefined : textOf(headers[name]);
}

/** How many of an error's fields, and of a field's reasons, are read. */
const MOST_FIELDS = 10;

/**
 * What an error answer says, as the vendor wrote it, however long (see said.ts). A: the body may be `{message}`, `{error}`,
 * `{error:{code,message}}`, problem details (RFC 9457) with `errors` by field, plain text, HTML (which says nothing to a
 * user) or empty.
 */
export function readErrorBody(body: unknown): { message?: string; fields: Record<string, string> } {
	if (typeof body === 'string') {
		return { message: body.trimStart().startsWith('<') ? undefined : textOf(body), fields: {} };
	}
	if (!isObject(body)) return { fields: {} };
	const nested = isObject(body.error) ? body.error : {};
	const fields: Record<string, string> = {};
	for (const errors of [body.errors, nested.errors, nested.details]) {
		if (!isObject(errors)) continue;
		for (const field of Object.keys(errors).slice(0, MOST_FIELDS)) {
			const reason = errors[field];
			const reasons = Array.isArray(reason) ? reason.slice(0, MOST_FIELDS) : [reason];
			const text = reasons.map(textOf).filter(Boolean).join(', ');
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

/** D: an update answers with `success`. A: `false`, whatever the status, says that nothing was done, and an error's words say why. */
export function saysFailed(body: unknown): boolean {
	return isObject(body) && (body.success === false || textOf(body.success)?.toLowerCase() === 'false');
}

/**
 * D: a 403 for a missing scope names it. A: where; so it is looked for in the answer, as far as that is of a usual size.
 * @param needed the scope that the call needs, if that is known: an answer may name the scopes that the key has, too
 */
export function readMissingScope(body: unknown, needed?: Scope): Scope | undefined {
	const text = textsIn(body).join(' ');
	const found = text.match(/\b(?:events:read|webhooks:write|integrations:(?:read|write))\b/g);
	// Elsewhere it is a person.
	const mayBeAdmin = needed === undefined || needed === 'admin';
	const isAdmin = mayBeAdmin && /scope/i.test(text) && /\badmin\b/.test(text);
	const named = [...(found ?? []), ...(isAdmin ? ['admin'] : [])] as Scope[];
	return named.find((scope) => scope === needed) ?? named[0];
}

/** The texts and names in a value, the outermost first: the beginnings of the first few hundred. */
function textsIn(value: unknown): string[] {
	const found = [value];
	for (let at = 0; at < found.length && found.length < 200; at++) {
		const current = found[at];
		if (Array.isArray(current)) found.push(...(current.slice(0, 100) as unknown[]));
		else if (isObject(current))
			for (const name of Object.keys(current).slice(0, 100)) found.push(name, current[name]);
	}
	return found.filter((one) => typeof one === 'string').map((text) => text.slice(0, 500));
}

/** D: the scopes of an API key. */
export const SCOPES = [
	'integrations:read',
	'integrations:write',
	'events:read',
	'webhooks:write',
	'admin',
] as const;

export type Scope = (typeof SCOPES)[number];

/** D: the rate-limit buckets of an API key. */
export type Bucket = 'read' | 'write' | 'admin';

/** D: the bucket that a call counts against. */
export function bucketOf(method: string, path: string): Bucket {
	if (method === 'GET') return 'read';
	const managesSubscriptions = path.startsWith(PATHS.subscriptions) && method !== 'DELETE';
	return managesSubscriptions || path === PATHS.testEvents ? 'admin' : 'write';
}

/** The server's clock at an answer, in milliseconds; its `Date` counts whole seconds, so that it was then or up to a second later. */
export function readServerTime(headers: IDataObject): number | undefined {
	const time = Date.parse(textOf(headers.date) ?? '');
	return Number.isNaN(time) ? undefined : time;
}

/** What an answer tells of its bucket's window. Times are in milliseconds. */
export interface ToldWindow {
	/** How many calls are left in it. */
	remaining: number;
	/** How many calls a window has. */
	limit?: number;
	lengthMs?: number;
	/** When it resets, by the server's clock, in whole seconds: this tells one window from another. */
	reset: number;
}

const UNITS_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };

/** D: `1m`, and in the policy `read:60/1m`. A: other lengths are written in the same way. */
function readLengthMs(headers: IDataObject): number | undefined {
	const told = [headers['x-ratelimit-window'], headers['x-ratelimit-policy']].map(textOf).join(' ');
	const [, count, unit = ''] = /(?:^|\/)(\d+)\s*([smh])/.exec(told) ?? [];
	const length = Number(count) * (UNITS_MS[unit] ?? 0);
	return length > 0 ? length : undefined;
}

/** How far the clocks of the vendor's servers may differ: those that date answers, and those by which windows reset. */
const CLOCKS_DIFFER_MS = 5000;
/** No date is later. */
const LAST_DATE = 8.64e15;

/**
 * D: the headers of a window; its reset is in Unix seconds.
 * @returns undefined if there are none, or none that can be true: a reset that is long past tells of a clock, not of a window,
 * and one beyond all dates of nothing
 */
export function readRateLimit(headers: IDataObject, now: number): ToldWindow | undefined {
	const remaining = Number(textOf(headers['x-ratelimit-remaining']) ?? NaN);
	const reset = Number(textOf(headers['x-ratelimit-reset']) ?? NaN) * 1000;
	const limit = Number(textOf(headers['x-ratelimit-limit']) ?? NaN);
	const answeredAt = readServerTime(headers) ?? now;
	if (Number.isNaN(remaining) || !(reset >= answeredAt - CLOCKS_DIFFER_MS && reset <= LAST_DATE)) {
		return undefined;
	}
	return {
		// A: less than none, when the limit was lowered.
		remaining: Math.max(0, remaining),
		limit: limit > 0 ? limit : undefined,
		lengthMs: readLengthMs(headers),
		reset,
	};
}

/**
 * The wait, in milliseconds, that a 429 asks for.
 * A: whether it carries `Retry-After`, in seconds or as an HTTP date by the server's clock; undefined if not.
 */
export function readRetryAfterMs(headers: IDataObject, now: number): number | undefined {
	const retryAfter = textOf(headers['retry-after']);
	if (retryAfter === undefined) return undefined;
	if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
	const until = Date.parse(retryAfter);
	return Number.isNaN(until) ? undefined : Math.max(0, until - (readServerTime(headers) ?? now));
}

/** The answer of an action: an object. @throws UnexpectedShapeError */
export function readRecord(body: unknown): IDataObject {
	if (isObject(body) && Object.keys(body).length > 0) return body;
	throw new UnexpectedShapeError(body ? 'something other than an object' : 'nothing');
}

/** When a record was created, in milliseconds, by the server's clock. D: `created_utc` of a hit. A: its zone may be left out. */
export function readCreatedAt(record: IDataObject): number | undefined {
	const text = textOf(record.created_utc) ?? '';
	const ms = Date.parse(/:\d\d(\.\d+)?$/.test(text) && !/[+-]\d\d:\d\d$/.test(text) ? `${text}Z` : text);
	return Number.isNaN(ms) ? undefined : ms;
}

/** D: the id of a lead or client: a whole number above 0. A: as a number or as text. Undefined for anything else. */
export function readClientId({ client_id }: IDataObject): number | undefined {
	const isId = /^[1-9]\d*$/.test(textOf(client_id) ?? '') && Number.isSafeInteger(Number(client_id));
	return isId ? Number(client_id) : undefined;
}

/** D: a lead is a record whose status begins with "Lead". */
export function isLead({ status, status_name }: IDataObject): boolean {
	return LEAD_STATUS.test(textOf(status) ?? textOf(status_name) ?? '');
}

/** D: how the statuses of leads begin. */
export const LEAD_STATUS = /^Lead/;

/** D: what a hit of a search has. */
export const HIT_FIELDS = [
	'client_id',
	'first_name',
	'last_name',
	'full_name',
	'email',
	'phone',
	'status',
	'status_id',
	'status_name',
	'employee_id',
	'employee_name',
	'affiliate_id',
	'affiliate_name',
	'created_utc',
] as const;

const HIT_WRAPPERS = ['client', 'lead', 'data', 'result', 'results'];

/**
 * The record that a search found, or undefined for none. D: first match; "returns empty" when nothing is found.
 * A: both shapes: bare, in an array or in a wrapper; none is null, nothing, `{}`, `[]` or wrappers that are all empty.
 * @throws UnexpectedShapeError
 */
export function readHit(body: unknown): IDataObject | undefined {
	if (body === null || body === undefined || body === '') return undefined;
	if (Array.isArray(body)) return body.length === 0 ? undefined : readHit(body[0]);
	if (isObject(body)) {
		if (readClientId(body) !== undefined) return body;
		if ('client_id' in body) throw new UnexpectedShapeError('a record whose client_id is no ID');
		const wrappers = body.error ? [] : HIT_WRAPPERS.filter((name) => name in body);
		for (const wrapper of wrappers) {
			const hit = readHit(body[wrapper]);
			if (hit !== undefined) return hit;
		}
		if (wrappers.length > 0) return undefined;
		if (Object.keys(body).length === 0) return undefined;
	}
	throw new UnexpectedShapeError('neither a record nor one of the known forms of "nothing found"');
}

const ANY_LIST = ['data', 'items', 'results'];

/**
 * The rows of a lookup. D for employees: `{ "employees": [...], "count": 1 }`. A: the others have the same shape.
 * @param names the names under which the array may stand; a bare array is accepted too
 * @throws UnexpectedShapeError
 */
export function readRows(body: unknown, names: readonly string[]): IDataObject[] {
	const rows = listIn(body, names);
	if (rows === undefined) throw new UnexpectedShapeError(`no list of ${names[0] ?? 'rows'}`);
	return rows.filter(isObject);
}

/** The list that an answer has, with whatever is in it; undefined if it has none. @param names see readRows */
export function listIn(body: unknown, names: readonly string[]): unknown[] | undefined {
	const list = isObject(body) ? firstOf(body, [...names, ...ANY_LIST]) : body;
	return Array.isArray(list) ? list : undefined;
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

/** A: under which names a page of events has its list, its next cursor and its flag that more follow. */
export const EVENT_LIST_NAMES = ['events'];
export const CURSOR_NAMES = ['nextCursor', 'next_cursor', 'cursor'];
export const MORE_NAMES = ['hasMore', 'has_more'];

/** One page of the event log. */
export interface EventPage {
	events: IDataObject[];
	/** Undefined if the page gives nothing to go on from. */
	nextCursor?: string;
	/** Undefined if the page does not say whether more events wait behind it. */
	hasMore?: boolean;
}

/**
 * A page of events. A: an array, or an object with it under `events`, `items`, `data` or `results`; the next cursor under
 * `nextCursor`, `next_cursor` or `cursor`; whether more wait under `hasMore` or `has_more`, if it says so. How long the
 * page is tells nothing: the server may give shorter ones than asked for.
 * A bare array has no place for a cursor, and a page that says more follow may have it under a name that is not known: the
 * last event's id serves there, ids being ascending.
 * @throws UnexpectedShapeError
 */
export function readEventPage(body: unknown): EventPage {
	const events = readRows(body, EVENT_LIST_NAMES);
	const wrapper = isObject(body) ? body : {};
	const cursor = textOf(firstOf(wrapper, CURSOR_NAMES));
	const more = firstOf(wrapper, MORE_NAMES);
	const nextCursor = cursor ?? (Array.isArray(body) || more === true ? newestEventId(events) : undefined);
	return { events, nextCursor, hasMore: typeof more === 'boolean' ? more : undefined };
}

/** One row of a lookup as an ID, what a person calls it, and an email (A) if it has one. A row without an ID is undefined. */
export function readLookupRow(
	lookup: Lookup,
	row: IDataObject,
): { id: string; label: string; email?: string } | undefined {
	const id = textOf(firstOf(row, LOOKUP_ROWS[lookup].id));
	if (id === undefined) return undefined;
	const fullName = [row.first_name, row.last_name].map(textOf).filter(Boolean).join(' ');
	const label = textOf(firstOf(row, LOOKUP_ROWS[lookup].label)) ?? (fullName || id);
	return { id, label, email: textOf(row.email) };
}

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

const SUBSCRIPTION_WRAPPERS = ['data', 'subscription'];

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

/** D: the body of a delivery, camelCase outside and snake_case in the payload. */
export interface EventEnvelope extends IDataObject {
	id: number | string;
	type: string;
	createdUtc?: string;
	payload: IDataObject;
}

/**
 * The parsed body of a delivery, or a row of the event log, as an event envelope, or undefined if it cannot be one.
 * What later versions of the API may add is kept; a missing payload becomes an empty one.
 */
export function readEnvelope(body: unknown): EventEnvelope | undefined {
	if (!isObject(body) || textOf(body.type) === undefined || textOf(body.id) === undefined) return undefined;
	if (body.payload === undefined || body.payload === null) return { ...body, payload: {} } as EventEnvelope;
	return isObject(body.payload) ? (body as EventEnvelope) : undefined;
}

/** The id of the newest of these rows of the event log, or undefined if none is an event. A: ids ascend. */
export function newestEventId(rows: IDataObject[]): string | undefined {
	const newest = readEnvelope(rows.findLast((row) => readEnvelope(row) !== undefined));
	return newest && textOf(newest.id);
}

/** The company that a row of the event log belongs to. D: `companyId` of an event. */
export function readCompanyId(row: IDataObject): string | undefined {
	return textOf(row.companyId);
}

/** When an event was created, in milliseconds, by the server's clock, or undefined if it does not say. D: `createdUtc`. */
export function readEventTime(row: IDataObject): number | undefined {
	const text = textOf(row.createdUtc) ?? '';
	// D: it ends with Z. A: without a time zone it is UTC all the same, as its name says.
	const ms = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
	return Number.isNaN(ms) ? undefined : ms;
}

/** A longer one is kept as its fingerprint: many are remembered. */
const LONGEST_EVENT_KEY = 100;

/** Whether an id is what the CRM sent: one of 64 bits may be too large for a JavaScript number, and lose digits in parsing. */
export function isExactId(id: unknown): boolean {
	return typeof id !== 'number' || Number.isSafeInteger(id);
}

/**
 * What tells one event from another, in few characters. D: the company and the id; with an id that has lost digits, all of the
 * event counts, and two may still have the same.
 */
export function readEventKey({ id, companyId, type, createdUtc, payload }: EventEnvelope): string {
	if (!isExactId(id)) return fingerprint([id, companyId, type, createdUtc, payload]);
	const key = JSON.stringify([textOf(companyId), String(id)]);
	return key.length > LONGEST_EVENT_KEY ? fingerprint(key) : key;
}

/** A status that a client moved from or to. D: an event tells its name. A: its ID, if it does, beside it. */
export function readStatus(
	payload: IDataObject,
	field: 'previous_status' | 'new_status',
): { name?: string; id?: string } {
	return { name: textOf(payload[field]), id: textOf(payload[`${field}_id`]) };
}

/** D and A: every name that the API's answers are known to use. Any other may be somebody's own, such as a custom field's. */
const KNOWN_NAMES: ReadonlySet<string> = new Set([
	...HIT_FIELDS,
	...HIT_WRAPPERS,
	...ANY_LIST,
	...Object.values(LOOKUP_ROWS).flatMap(({ rows, id, label }) => [...rows, ...id, ...label]),
	'count',
	...EVENT_LIST_NAMES,
	...CURSOR_NAMES,
	...MORE_NAMES,
	...Object.values(SUBSCRIPTION_NAMES).flat(),
	...SUBSCRIPTION_WRAPPERS,
	...SUBSCRIPTION_LISTS,
	...['description', 'createdUtc', 'created_utc'],
	// Errors.
	...['message', 'error', 'code', 'type', 'title', 'status', 'detail', 'instance', 'errors', 'details'],
	// Answers of actions.
	...['success', 'updated_utc', 'previous_status', 'new_status', 'client_note_id'],
	// Events.
	...['companyId', 'payload', 'metadata', 'source', 'user_id'],
	...EVENT_TYPES.flatMap(({ amount = [] }) => amount),
	...['created_date', 'changed_date', 'changed_by_employee_id', 'status_note', 'invoice_id'],
	...['due_date', 'invoice_status', 'payment_id'],
	...['payment_method', 'date_paid', 'transaction_id', 'failure_reason'],
	...['is_approved_affiliate', 'previous_status_id', 'new_status_id'],
]);

/** Whether a field's name is one of the API's own, as far as it is known, and so tells nothing of an account. */
export function isKnownName(name: string): boolean {
	return KNOWN_NAMES.has(name);
}
