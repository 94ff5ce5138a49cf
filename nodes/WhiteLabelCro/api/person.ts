import type { IDataObject } from 'n8n-workflow';

import { accounts } from '../client/account';
import type { ApiClient } from '../client/apiClient';
import { isLead } from '../contract/records';
import { findRecord } from './search';
import type { Searchable } from './search';

/** A CRM's search may show a new lead late. After so many that it did not show, two searches cost less than more tries. */
const MOST_TRIES = 3;

/**
 * The person who matches all criteria (see findRecord). One who may be a lead or a client is looked for by the client search: the
 * status of what it finds tells which (D). Where it is not known to find leads, too, the lead search is asked after it.
 * @param kind what the person is, if that is known
 * @throws NodeApiError
 */
export async function findPerson(
	api: ApiClient,
	kind: Searchable | undefined,
	criteria: IDataObject,
	itemIndex: number,
): Promise<{ kind: Searchable; record: IDataObject } | undefined> {
	const search = async (each: Searchable) => await findRecord(api, each, criteria, itemIndex);
	if (kind !== undefined) {
		const record = await search(kind);
		// The client search may find leads.
		return record && { kind: isLead(record) ? 'lead' : kind, record };
	}
	const account = accounts.of(api.account);
	const found = await search('client');
	if (found !== undefined) {
		if (!isLead(found)) return { kind: 'client', record: found };
		account.clientSearchFindsLeads = true;
		return { kind: 'lead', record: found };
	}
	if (account.clientSearchFindsLeads === true) return undefined;
	const lead = await search('lead');
	if (lead === undefined) return undefined;
	account.clientSearchFindsLeads = false;
	return { kind: 'lead', record: lead };
}

/** Finds out by a new lead whether the client search finds leads, if nothing has told that yet. It never throws. */
export async function tryClientSearch(api: ApiClient, leadId: number, itemIndex: number): Promise<void> {
	const account = accounts.of(api.account);
	if (account.clientSearchFindsLeads !== undefined || account.clientSearchTries >= MOST_TRIES) return;
	account.clientSearchTries += 1;
	const found = await findRecord(api, 'client', { client_id: leadId }, itemIndex).catch(() => undefined);
	if (found !== undefined) account.clientSearchFindsLeads = true;
}
