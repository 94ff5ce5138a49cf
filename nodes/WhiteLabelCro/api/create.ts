import type { IDataObject } from 'n8n-workflow';

import { PATHS, readCreatedAt, readRecord } from '../transport/contract';
import { olderRecordError } from '../transport/errors';
import type { Api, ApiRequest } from '../transport/request';
import { isUncertain } from '../transport/uncertain';
import type { UnknownWrite } from '../transport/uncertain';
import { findRecord } from './search';
import type { Searchable } from './search';

const CREATE_PATHS = { lead: PATHS.leads, client: PATHS.clients } as const;

/**
 * Creates a lead or client exactly once, also when the answer to the creation is lost: then the record is searched for by
 * its external ID, else by its email, and only if it is not there is the creation repeated, once.
 * @param write of an item; `earlier`, if an earlier try of the node sent it and nobody knows what came of that
 * @returns the API's answer, or what the search found of the record with `confirmed_by_search: true`
 * @throws NodeApiError
 */
export async function createRecord(
	api: Api,
	kind: Searchable,
	write: { body: IDataObject; itemIndex: number; earlier?: UnknownWrite },
): Promise<IDataObject> {
	const request: ApiRequest<IDataObject> = {
		...write,
		method: 'POST',
		path: CREATE_PATHS[kind],
		read: readRecord,
	};
	const { earlier } = write;
	const known = earlier && (await confirm(api, kind, write, earlier.startedAt, earlier.error));
	if (known !== undefined) return known;
	const sentAt = earlier?.startedAt ?? Date.now();
	const first = await api.attempt(request);
	if ('value' in first) return first.value;
	if (!isUncertain(first.error)) throw first.error;

	const confirmed = await confirm(api, kind, write, sentAt, first.error);
	if (confirmed !== undefined) return confirmed;
	const second = await api.attempt(request);
	if ('value' in second) return second.value;
	const late = isUncertain(second.error) ? await confirm(api, kind, write, sentAt, second.error) : undefined;
	if (late === undefined) throw second.error;
	return late;
}

/**
 * The record that a creation sent at `sentAt` made, or undefined if there is none.
 * @throws NodeApiError if only an older record is there, or the `uncertain` one if the API cannot be asked
 */
async function confirm(
	api: Api,
	kind: Searchable,
	{ body, itemIndex }: { body: IDataObject; itemIndex: number },
	sentAt: number,
	uncertain: Error,
): Promise<IDataObject | undefined> {
	const byExternalId = body.external_id !== undefined;
	const criteria = byExternalId ? { external_id: body.external_id } : { email: body.email };
	let found: IDataObject | undefined;
	try {
		found = await findRecord(api, kind, criteria, itemIndex);
	} catch {
		throw uncertain;
	}
	if (found === undefined) return undefined;
	// An external ID is the writer's own; an email may be another record's. The CRM counts whole seconds.
	const sentAtServer = Math.floor((sentAt + api.clockOffset) / 1000) * 1000;
	if (byExternalId || (readCreatedAt(found) ?? 0) >= sentAtServer) {
		const { client_id, status, created_utc } = found;
		return { client_id, status, created_utc, confirmed_by_search: true };
	}
	throw olderRecordError(api.node, found.client_id, itemIndex);
}
