import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { LOOKUP_ROWS, PATHS, readLookupRow, readRows } from '../transport/contract';
import type { Lookup } from '../transport/contract';
import { apiRequest } from '../transport/request';

/** n8n shows a list page by page; the API's lookups answer all at once. */
const PAGE_SIZE = 100;

type ListSearch = (
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
) => Promise<INodeListSearchResult>;

/** A searchable list over one of the account's lookups, sorted by name. Only the clients' lookup searches by itself (D). */
function searchIn(lookup: Lookup): ListSearch {
	return async function (filter = '', paginationToken = '0') {
		const rows = await apiRequest(this, {
			method: 'GET',
			path: PATHS.lookups[lookup],
			query: lookup === 'clients' ? { q: filter } : undefined,
			read: (body) => readRows(body, LOOKUP_ROWS[lookup].rows),
		});
		const matches = rows
			.map((row) => readLookupRow(lookup, row))
			.filter((row) => row !== undefined)
			.filter(({ label }) => lookup === 'clients' || label.toLowerCase().includes(filter.toLowerCase()))
			.sort((a, b) => a.label.localeCompare(b.label));
		const start = Number(paginationToken);
		const end = start + PAGE_SIZE;
		return {
			results: matches.slice(start, end).map(({ id, label }) => ({ name: label, value: id })),
			paginationToken: end < matches.length ? String(end) : undefined,
		};
	};
}

export const listSearch = {
	searchAffiliates: searchIn('affiliates'),
	searchClients: searchIn('clients'),
	searchClientStatuses: searchIn('clientStatuses'),
	searchEmployees: searchIn('employees'),
};
