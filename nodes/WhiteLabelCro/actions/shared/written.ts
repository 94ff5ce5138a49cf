/** What writes give: the record's ID first, then who it is, then what the API answered, with the same fields in every case. */
import type { IDataObject } from 'n8n-workflow';

import type { Searchable } from '../../api/search';
import type { Item } from '../operation';

/** The item of a lead or client that was created. @param body what was sent @param answer the API's, or what a search confirmed */
export function createdItem(body: IDataObject, answer: IDataObject): IDataObject {
	const nothing = { status: null, created_utc: null, confirmed_by_search: false };
	return withAnswer({ client_id: null, ...person(body), ...nothing }, answer);
}

/**
 * The item of a Create or Update.
 * @param who the record, and what the search gave of it if it was there already
 * @param body what was sent
 */
export function upsertedItem(
	action: 'created' | 'updated' | 'skipped',
	{ kind, id, record = {} }: { kind: Searchable; id: number | undefined; record?: IDataObject },
	body: IDataObject,
	answer?: IDataObject,
): IDataObject {
	const { status = null, created_utc = null } = record;
	const told = { ...answer };
	// Only an update says so, and one that did not succeed is an error.
	delete told.success;
	// They are the node's own.
	delete told.action;
	delete told.record_type;
	const known = {
		client_id: id ?? null,
		action,
		record_type: kind,
		...person(action === 'skipped' ? record : body),
		status,
		created_utc,
		updated_utc: null,
		confirmed_by_search: false,
	};
	return withAnswer(known, told);
}

/** The item of an update. @param id by its wire name */
export function updatedItem(
	item: Item,
	id: IDataObject,
	body: IDataObject,
	answer: IDataObject,
): IDataObject {
	// By the form and not by the item's values, so that all items have the same fields.
	const form = item.context.getNodeParameter('updateFields', item.index, {});
	const { full_name, email } = person(body);
	const known = {
		...id,
		...('firstName' in form && 'lastName' in form && { full_name }),
		...('email' in form && { email }),
		success: null,
		updated_utc: null,
	};
	return withAnswer(known, answer);
}

/** The item of a change of status. */
export function statusItem(clientId: number, answer: IDataObject): IDataObject {
	const known = { client_id: clientId, previous_status: null, new_status: null, updated_utc: null };
	return withAnswer(known, answer);
}

/** What is known of a record, and what the API answered. Where that is null, it takes nothing away. */
export function withAnswer(known: IDataObject, answer: IDataObject): IDataObject {
	const told = Object.entries(answer).filter(([name, value]) => value !== null || !(name in known));
	return { ...known, ...Object.fromEntries(told) };
}

/** Who was sent, as a search would give it; null for what was not. */
export function person({ first_name, last_name, full_name, email }: IDataObject): IDataObject {
	const isWhole = typeof first_name === 'string' && typeof last_name === 'string';
	return { full_name: isWhole ? `${first_name} ${last_name}` : (full_name ?? null), email: email ?? null };
}
