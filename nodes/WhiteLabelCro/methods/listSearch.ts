import { sleep } from 'n8n-workflow';
import type {
	IDataObject,
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
} from 'n8n-workflow';

import { entriesOf } from '../api/lookup';
import type { Entry } from '../api/lookup';
import { findRecord } from '../api/search';
import { listSubscriptions } from '../api/subscriptions';
import type { ApiClient } from '../client/apiClient';
import { readLookupRow } from '../contract/lookups';
import type { Lookup } from '../contract/lookups';
import { LEAD_STATUS } from '../contract/records';
import { visible } from '../helpers/identity';
import { subscriptionLabel } from '../webhook/subscription/description';

/** n8n shows a list page by page; the API's lookups answer all at once. */
const PAGE_SIZE = 100;

/** How long a list that is there waits for an exact search: a person is looking at it. */
const EXACT_WITHIN_MS = 3000;

type ListSearch = (
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
) => Promise<INodeListSearchResult>;

/** A searchable list, sorted by name. @param read all entries, or those that the API finds for a text */
function listOf(read: (api: ApiClient, filter: string) => Promise<INodeListSearchItems[]>): ListSearch {
	return async function (filter = '', paginationToken = '0') {
		const { openForList } = await import('../client/apiClient.js');
		const api = await openForList(this);
		const entries = await read(api, visible(filter));
		const sorted = entries.sort((a, b) => a.name.localeCompare(b.name));
		const start = Number(paginationToken);
		const end = start + PAGE_SIZE;
		return {
			results: sorted.slice(start, end),
			paginationToken: end < sorted.length ? String(end) : undefined,
		};
	};
}

/** People often share a name, so the list shows what else is known of them. */
const personEntry = ({ id, label, email }: Entry): INodeListSearchItems => ({
	name: [label === id ? undefined : label, email, `#${id}`].filter(Boolean).join(' · '),
	value: id,
});

const contains = (filter: string) => {
	const wanted = filter.toLowerCase();
	return ({ name }: INodeListSearchItems) => name.toLowerCase().includes(wanted);
};

function peopleIn(lookup: Lookup): ListSearch {
	return listOf(async (api, filter) =>
		(await entriesOf(api, lookup)).map(personEntry).filter(contains(filter)),
	);
}

/** The account's statuses. @param chosen what of a status is chosen @param isOffered by name */
function statusesIn(chosen: 'id' | 'label', isOffered: (label: string) => boolean = () => true): ListSearch {
	return listOf(async (api, filter) =>
		(await entriesOf(api, 'clientStatuses'))
			.filter(({ label }) => isOffered(label))
			.map((row) => ({ name: row.label, value: row[chosen] }))
			.filter(contains(filter)),
	);
}

/** What its lookup finds for a text, and whoever has it as ID or email, which the lookup may not search. */
async function findClients(api: ApiClient, filter: string): Promise<INodeListSearchItems[]> {
	const rows = await entriesOf(api, 'clients', filter);
	const id = /^#?([1-9]\d*)$/.exec(filter)?.[1];
	const isEmail = /^\S+@\S+\.\S+$/.test(filter);
	if ((id === undefined && !isEmail) || rows.some((row) => row.id === id || row.email === filter)) {
		return rows.map(personEntry);
	}
	const hits = await searchExactly(api, isEmail ? { email: filter } : { client_id: id });
	const others = rows.filter((row) => !hits.some((hit) => hit.id === row.id));
	return [...hits, ...others].map(personEntry);
}

/** The client or lead that a search finds. The lookup has answered, so a search that fails, or is slow, takes nothing from the list. */
async function searchExactly(api: ApiClient, criteria: IDataObject): Promise<Entry[]> {
	const over = new AbortController();
	const search = async () => {
		for (const kind of ['client', 'lead'] as const) {
			if (over.signal.aborted) break;
			const hit = await findRecord(api, kind, criteria).catch(() => undefined);
			const row = hit && readLookupRow('clients', hit);
			if (row !== undefined) return [row];
		}
		return [];
	};
	try {
		return await Promise.race([search(), sleep(EXACT_WITHIN_MS, over.signal).then(() => [])]);
	} finally {
		over.abort();
	}
}

export const listSearch = {
	searchAffiliates: peopleIn('affiliates'),
	searchClients: listOf(findClients),
	searchClientStatuses: statusesIn('id'),
	searchClientStatusNames: statusesIn('label', (label) => !LEAD_STATUS.test(label)),
	searchEmployees: peopleIn('employees'),
	searchLeadStatuses: statusesIn('id', (label) => LEAD_STATUS.test(label)),
	searchSubscriptions: listOf(async (api, filter) =>
		(await listSubscriptions(api))
			.map((subscription) => ({ name: subscriptionLabel(subscription), value: subscription.id }))
			.filter(contains(filter)),
	),
};
