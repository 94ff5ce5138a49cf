import { lookupRequest, readEntries } from '../api/lookup';
import { BoundedMap } from '../helpers/boundedMap';
import type { Api } from '../transport/request';
import type { Choice } from './choice';
import { namesStatusById } from './filters';

/** How long a delivery may wait for the list: the CRM hangs up after 10 s (D). */
const WITHIN_MS = 3000;
/** How long the list counts as known, and how long it is not asked for again after it could not be read. */
const KNOWN_MS = 10 * 60_000;
const UNREADABLE_MS = 60_000;

type Names = ReadonlyMap<string, string>;

/** The lists by account. */
const lists = new BoundedMap<string, { askedAt: number; names: Promise<Names | undefined> }>(100);

/** Adds the names of the account's statuses, as far as they can be read, to a choice whose filters name a status by its ID. */
export async function withStatusNames(choice: Choice, openApi: () => Promise<Api>): Promise<Choice> {
	if (!namesStatusById(choice.filters)) return choice;
	const api = await openApi().catch(() => undefined);
	return { ...choice, statusNames: api && (await namesOf(api)) };
}

async function namesOf(api: Api): Promise<Names | undefined> {
	const now = Date.now();
	let list = lists.get(api.account);
	if (list === undefined || Math.abs(now - list.askedAt) > KNOWN_MS) {
		list = { askedAt: now, names: readNames(api) };
		lists.set(api.account, list);
	}
	const names = await list.names;
	if (names !== undefined || Math.abs(now - list.askedAt) <= UNREADABLE_MS) return names;
	// Others that waited may have asked again already.
	if (lists.get(api.account) === list) lists.delete(api.account);
	return await namesOf(api);
}

async function readNames(api: Api): Promise<Names | undefined> {
	const request = lookupRequest('clientStatuses');
	const { value } = await api.look(request, WITHIN_MS, Date.now() + WITHIN_MS);
	return value && new Map(readEntries('clientStatuses', value).map(({ id, label }) => [id, label]));
}
