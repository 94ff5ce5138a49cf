import type { IDataObject } from 'n8n-workflow';

import { LOOKUP_ROWS, PATHS, readRows } from '../transport/contract';
import type { Lookup } from '../transport/contract';
import type { Api } from '../transport/request';

/**
 * All rows of one of the account's lookups, as the API gives them.
 * @param text for `clients` only, whose lookup searches by itself (D); the others give all they have
 * @throws NodeApiError
 */
export async function lookUp(
	api: Api,
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
