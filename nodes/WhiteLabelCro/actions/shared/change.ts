import type { IDataObject } from 'n8n-workflow';

import { findRecord } from '../../api/search';
import type { Searchable } from '../../api/search';
import type { RequestResult } from '../../client/apiClient';
import { isLead, readRecord } from '../../contract/records';
import type { Item } from '../operation';
import { invalid } from './input';
import { clientKey, lockRecords } from './lockKeys';

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
	const attempted = await attemptChange(item, addressed.id, { path, body });
	if ('value' in attempted) return attempted.value;
	if (attempted.missing === true) await rightKind(item, addressed);
	throw attempted.error;
}

/** Sends one write of an item. @returns the API's answer @throws NodeApiError */
export async function write(
	{ api, index }: Item,
	request: { method: 'POST' | 'PATCH'; path: string; body: IDataObject },
	read: (body: unknown) => IDataObject = readRecord,
): Promise<IDataObject> {
	return await api.request({ ...request, itemIndex: index, read });
}

/** Changes a lead or client when its turn has come. @returns the API's answer, or its error */
export async function attemptChange(
	item: Item,
	id: number,
	request: { path: string; body: IDataObject },
): Promise<RequestResult<IDataObject>> {
	await lockRecords(item, [clientKey(id)]);
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
