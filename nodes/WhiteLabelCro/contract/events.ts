import type { IDataObject } from 'n8n-workflow';

import { fingerprint } from '../helpers/fingerprint';
import { firstOf, inOrder, isObject, isTooDeep, readRows, textOf } from './json';

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
	if (!isObject(body) || isTooDeep(body) || textOf(body.type) === undefined || textOf(body.id) === undefined)
		return undefined;
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
export function readEventKey(event: EventEnvelope): string {
	const { id, companyId } = event;
	if (!isExactId(id)) return readContentKey(event);
	const key = JSON.stringify([textOf(companyId), String(id)]);
	return key.length > LONGEST_EVENT_KEY ? fingerprint(key) : key;
}

/**
 * What tells an event, and all that it says, from another that has the same ID: an imitation of it has not the same. The log may
 * write it otherwise than a delivery.
 */
export function readContentKey(event: EventEnvelope): string {
	const { id, companyId, type, createdUtc, payload } = event;
	const time = readEventTime(event) ?? createdUtc;
	return fingerprint([String(id), textOf(companyId), type, time, inOrder(payload)]);
}

/** A status that a client moved from or to. D: an event tells its name. A: its ID, if it does, beside it. */
export function readStatus(
	payload: IDataObject,
	field: 'previous_status' | 'new_status',
): { name?: string; id?: string } {
	return { name: textOf(payload[field]), id: textOf(payload[`${field}_id`]) };
}
