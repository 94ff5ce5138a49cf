import type { IDataObject } from 'n8n-workflow';

import { UnexpectedShapeError, isObject, textOf } from './json';

/** The answer of an action: an object. @throws UnexpectedShapeError */
export function readRecord(body: unknown): IDataObject {
	if (isObject(body) && Object.keys(body).length > 0) return body;
	throw new UnexpectedShapeError(!body || isObject(body) ? 'nothing' : 'something other than an object');
}

/**
 * The answer of a creation, by the name of the new record's ID. A: in an array or a wrapper, as a search's hit may be.
 * @throws UnexpectedShapeError
 */
export function readCreated(
	body: unknown,
	idName: 'client_id' | 'client_note_id' | 'affiliate_id',
): IDataObject {
	const record = recordWith(idName, body) ?? readRecord(body);
	// D: leads, clients, and notes tell it. A: affiliates do; if theirs had another name, each new one would be an error.
	const isTold = idName === 'client_id' ? readClientId(record) : textOf(record[idName]);
	if (isTold === undefined && idName !== 'affiliate_id') {
		throw new UnexpectedShapeError('no ID of the new record');
	}
	return record;
}

function recordWith(idName: string, body: unknown): IDataObject | undefined {
	if (Array.isArray(body)) return recordWith(idName, body[0]);
	if (!isObject(body)) return undefined;
	if (textOf(body[idName]) !== undefined) return body;
	for (const name of [...HIT_WRAPPERS, 'note', 'client_note', 'affiliate']) {
		const record = recordWith(idName, body[name]);
		if (record !== undefined) return record;
	}
	return undefined;
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

export const HIT_WRAPPERS = ['client', 'lead', 'data', 'result', 'results'];

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
