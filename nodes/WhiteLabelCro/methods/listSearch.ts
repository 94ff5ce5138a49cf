import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { readLookupRow } from '../transport/contract';
import type { Lookup } from '../transport/contract';
import { lookUp } from '../api/lookup';

/** n8n shows a list page by page; the API's lookups answer all at once. */
const PAGE_SIZE = 100;

type ListSearch = (
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
) => Promise<INodeListSearchResult>;

/**
 * A searchable list over one of the account's lookups, sorted by name.
 * @param offered which of its entries to offer, by name; all if left out
 */
function searchIn(lookup: Lookup, offered: RegExp = /(?:)/): ListSearch {
	return async function (filter = '', paginationToken = '0') {
		const { Api, LIST_WAIT_MS } = await import('../transport/request.js');
		const rows = await lookUp(await Api.open(this, LIST_WAIT_MS), lookup, filter);
		const matches = rows
			.map((row) => readLookupRow(lookup, row))
			.filter((row) => row !== undefined)
			.filter(({ label }) => offered.test(label))
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
	/** D: the statuses of leads are those that begin with "Lead". */
	searchLeadStatuses: searchIn('clientStatuses', /^Lead/),
};
