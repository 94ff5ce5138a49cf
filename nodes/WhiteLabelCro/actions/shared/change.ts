import type { IDataObject } from 'n8n-workflow';

import { entriesOf } from '../../api/lookup';
import { findRecord } from '../../api/search';
import type { Searchable } from '../../api/search';
import type { RequestResult } from '../../client/apiClient';
import { isRefusal } from '../../client/errors';
import { textOf } from '../../contract/json';
import { isLead, LEAD_STATUS, readRecord } from '../../contract/records';
import type { Item } from '../operation';
import { invalid } from './input';
import { clientKey, lockRecords } from './lockKeys';

/** How many statuses an error names. */
const MOST_STATUSES = 30;

interface Addressed {
	kind: Searchable;
	id: number;
	/** As the Operation list names it. */
	operation: string;
}

/**
 * Changes a lead or client. @returns the API's answer
 * @throws NodeApiError; NodeOperationError with the right operation's name if the person is of the other kind
 */
export async function change(
	item: Item,
	{ path, body, ...addressed }: Addressed & { path: string; body: IDataObject },
): Promise<IDataObject> {
	await lockRecords(item, [clientKey(addressed.id)]);
	const attempted = await attemptChange(item, { path, body });
	if ('value' in attempted) return attempted.value;
	if (attempted.missing === true) await rightKind(item, addressed);
	else await nameStatuses(item, addressed.kind, body.new_status ?? body.new_status_id, attempted.error);
	throw attempted.error;
}

/** Adds to the error of a refused write which status it was to set, if any, and which ones there are. */
export async function nameStatuses(
	item: Item,
	kind: Searchable,
	status: unknown,
	error: unknown,
): Promise<void> {
	if (status === undefined || !isRefusal(error)) return;
	const entries = await entriesOf(item.api, 'clientStatuses').catch(() => []);
	const names = entries
		.filter(({ label }) => LEAD_STATUS.test(label) === (kind === 'lead'))
		.map(({ label }) => `"${label}"`);
	const known =
		names.length > 0
			? ` The account has: ${names.slice(0, MOST_STATUSES).join(', ')}${names.length > MOST_STATUSES ? ', …' : ''}.`
			: '';
	error.description = `${error.description} The status was "${textOf(status) ?? ''}".${known}`;
}

/** Sends one write of an item. @returns the API's answer @throws NodeApiError */
export async function write(
	{ api, index }: Item,
	request: { method: 'POST' | 'PATCH'; path: string; body: IDataObject },
	read: (body: unknown) => IDataObject = readRecord,
): Promise<IDataObject> {
	return await api.request({ ...request, itemIndex: index, read });
}

/** Changes a lead or client. @returns the API's answer, or its error */
export async function attemptChange(
	item: Item,
	request: { path: string; body: IDataObject },
): Promise<RequestResult<IDataObject>> {
	return await item.api.tryRequest({ ...request, method: 'PATCH', itemIndex: item.index, read: readRecord });
}

/** Leads and clients share their IDs and their list. @throws NodeOperationError if the ID is that of the other kind */
export async function rightKind(item: Item, { kind, id, operation }: Addressed): Promise<void> {
	const other = kind === 'lead' ? 'client' : 'lead';
	// A check that fails says nothing: the caller has its own error.
	const found = await findRecord(item.api, other, { client_id: id }, item.index).catch(() => undefined);
	if (found === undefined || isLead(found) !== (other === 'lead')) return;
	throw kind === 'lead'
		? invalid(item, 'This person is no longer a lead', `Use 'Client: ${operation}'.`)
		: invalid(item, 'This person is still a lead', `Use 'Lead: ${operation}'.`);
}
