import type { IDataObject } from 'n8n-workflow';

import type { ApiClient } from '../client/apiClient';
import { readRows } from '../contract/json';
import { LOOKUP_ROWS, readLookupRow } from '../contract/lookups';
import type { Lookup } from '../contract/lookups';
import { PATHS } from '../contract/paths';

/** One row of a lookup as a person sees it. */
export type Entry = NonNullable<ReturnType<typeof readLookupRow>>;

/**
 * All rows of one of the account's lookups, as the API gives them.
 * @param text for `clients` only, whose lookup searches by itself (D); the others give all they have
 * @throws NodeApiError
 */
export async function lookUp(
	api: ApiClient,
	lookup: Lookup,
	text = '',
	itemIndex?: number,
): Promise<IDataObject[]> {
	return await api.request({
		method: 'GET',
		path: PATHS.lookups[lookup],
		query: lookup === 'clients' ? { q: text } : undefined,
		itemIndex,
		read: (body) => readRows(body, LOOKUP_ROWS[lookup].rows),
	});
}

/** The rows of a lookup that have an ID, to choose from. @param text see lookUp @throws NodeApiError */
export async function entriesOf(api: ApiClient, lookup: Lookup, text?: string): Promise<Entry[]> {
	const rows = await lookUp(api, lookup, text);
	return rows.map((row) => readLookupRow(lookup, row)).filter((entry) => entry !== undefined);
}
