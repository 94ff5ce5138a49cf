/** What tells one record from another, and so which writes must not happen at the same time. */
import type { IDataObject } from 'n8n-workflow';

import { identityProblem } from '../../helpers/identity';
import type { Item } from '../operation';
import { plainText } from './input';
import { titleOf } from './wireFields';

/** The fields by which the CRM's searches recognize a lead or client (contract, section 3). */
export const MATCH_FIELDS = ['external_id', 'email', 'phone'] as const;

export type MatchField = (typeof MATCH_FIELDS)[number];

/** The key of a lead or client by its ID: both share one range of IDs (D). */
export const clientKey = (id: number) => `client_id ${id}`;

export const affiliateKey = (id: number) => `affiliate_id ${id}`;

/**
 * A field of a record as a key: equal for values that a search takes for equal. Undefined if the field is empty.
 * @throws NodeOperationError if its value is a list or an object
 */
export function matchKey(item: Item, field: MatchField, body: IDataObject): string | undefined {
	const text = plainText(item, titleOf(field), body[field]);
	return text === '' ? undefined : `${field} ${field === 'email' ? text.toLowerCase() : text}`;
}

/** Every key that a new record may later be recognized by. A phone that identifies nobody is none. */
export function lockKeysOf(item: Item, body: IDataObject): string[] {
	const told = identityProblem(body.phone ?? '', 'phone') === undefined ? body : { ...body, phone: '' };
	return MATCH_FIELDS.map((field) => matchKey(item, field, told)).filter((key) => key !== undefined);
}

/**
 * Waits until all items of this n8n process that asked earlier to write one of these records have ended; then it is this
 * item's turn until it ends. Other companies at the same address may share a turn, which costs a wait and no more.
 * @throws the reason why the execution was canceled, or the run stopped
 */
export async function lockRecords({ api, lock, signal }: Item, keys: string[]): Promise<void> {
	const scoped = keys.map((key) => `${api.baseUrl} ${key}`);
	await lock.acquire(scoped, signal);
}
