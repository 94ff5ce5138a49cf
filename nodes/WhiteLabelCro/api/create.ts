import type { IDataObject } from 'n8n-workflow';

import { accounts } from '../client/account';
import type { ApiClient, RequestResult } from '../client/apiClient';
import {
	asUnconfirmed,
	hasStatus,
	isUnconfirmed,
	olderRecordError,
	unconfirmedError,
} from '../client/errors';
import type { UnconfirmedWrite } from '../client/errors';
import { CONFIRM_AFTER_MS } from '../client/retry';
import { PATHS } from '../contract/paths';
import { readClientId, readCreated, readCreatedAt } from '../contract/records';
import { findRecord, isCriterion, isSame } from './search';
import type { Searchable } from './search';

/** How much earlier than its sending the time of a creation may seem: clocks are compared to the second, and a CRM has several. */
const CLOCK_TOLERANCE_MS = 3000;

/** One creation of an item; `earlier`, if an earlier try of the node sent it and nobody knows what came of that. */
interface Creation {
	body: IDataObject;
	itemIndex: number;
	earlier?: UnconfirmedWrite;
}

/**
 * Creates a lead or client once, also when the answer to the creation is lost: then the record is searched for by its
 * external ID, else by its email, twice, some seconds apart, and only if it is not there, the creation is repeated, once. A
 * success that does not tell the new ID is not repeated at all.
 * @returns the API's answer, or what the search found of the record with `confirmed_by_search: true`
 * @throws NodeApiError
 */
export async function createRecord(
	api: ApiClient,
	kind: Searchable,
	creation: Creation,
): Promise<IDataObject> {
	const record = await createOnce(api, kind, creation);
	accounts.createdIds.set(createdKey(api, record), true);
	return record;
}

function createdKey({ account }: ApiClient, record: IDataObject): string {
	return `${account} ${String(readClientId(record))}`;
}

async function createOnce(api: ApiClient, kind: Searchable, creation: Creation): Promise<IDataObject> {
	const { body, itemIndex, earlier } = creation;
	const path = PATHS[`${kind}s` as const];
	const read = (told: unknown) => readCreated(told, 'client_id');
	const send = async () => await api.tryRequest({ method: 'POST', path, body, itemIndex, read });

	let lost = earlier;
	if (lost === undefined) {
		const first = await send();
		if ('value' in first) return first.value;
		if (!isUnconfirmed(first.error)) throw first.error;
		lost = first.error;
	}
	const confirmed = await confirm(api, kind, creation, lost);
	if (confirmed !== undefined) return confirmed;
	// It is there, although the search does not show it yet.
	if (lost.isTaken === true) throw lost;

	let second: RequestResult<IDataObject>;
	try {
		second = await send();
	} catch {
		// Canceled before it was sent again.
		throw lost;
	}
	if ('value' in second) return second.value;
	const isLost = isUnconfirmed(second.error);
	const call = { node: api.node, itemIndex };
	const error = isLost
		? asUnconfirmed(second.error, lost.sentAt)
		: unconfirmedError(call, second.error, lost.sentAt, 'and sending it again failed');
	// A conflict is most likely one with what the first try made after all.
	const mayExist = isLost || hasStatus(second.error, 409);
	const late = mayExist ? await confirm(api, kind, creation, error) : undefined;
	if (late === undefined) throw error;
	return late;
}

/**
 * The record that a lost creation made, or undefined if two searches do not find it.
 * @throws NodeApiError if only another record is there, or that of the lost creation if the API cannot be asked
 */
async function confirm(
	api: ApiClient,
	kind: Searchable,
	{ body, itemIndex }: Creation,
	lost: UnconfirmedWrite,
): Promise<IDataObject | undefined> {
	const byExternalId = isCriterion(body.external_id);
	const criteria = byExternalId ? { external_id: body.external_id } : { email: body.email };
	let found: IDataObject | undefined;
	try {
		for (const ms of CONFIRM_AFTER_MS) {
			await api.pause(ms);
			found = await findRecord(api, kind, criteria, itemIndex);
			if (found !== undefined) break;
		}
	} catch {
		throw lost;
	}
	if (found === undefined) return undefined;
	const isTaken = accounts.createdIds.has(createdKey(api, found));
	if (byExternalId) {
		// It is the writer's own, so only the writer can have given it to two.
		if (isTaken) throw lost;
	} else {
		// An email may be another record's.
		const since = lost.sentAt + api.dateOffset - CLOCK_TOLERANCE_MS;
		const hasOtherName = ['first_name', 'last_name'].some(
			(name) => isCriterion(found[name]) && !isSame(name, body[name], found[name]),
		);
		if (isTaken || hasOtherName || (readCreatedAt(found) ?? 0) < since) {
			throw olderRecordError({ node: api.node, itemIndex }, found.client_id, lost.sentAt);
		}
	}
	const { client_id, status, created_utc } = found;
	return { client_id, status, created_utc, confirmed_by_search: true };
}
