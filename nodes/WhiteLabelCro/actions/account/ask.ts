/** The calls of a check: what they ask, in which order, and when to stop. What their answers mean is the other files' matter. */
import type { IDataObject } from 'n8n-workflow';

import { readEvents } from '../../api/events';
import { isForeign } from '../../transport/answer';
import {
	LOOKUP_ROWS,
	PATHS,
	readClientId,
	readEnvelope,
	readEventPage,
	readHit,
	readLookupRow,
	readRecord,
	readRows,
	readSubscriptions,
} from '../../transport/contract';
import type { EventPage, Lookup, Scope, Subscription } from '../../transport/contract';
import { hasStatus } from '../../transport/errors';
import type { Api, ApiRequest, Look } from '../../transport/request';

/** How many calls a check makes at most, what one may take, and what all may: in milliseconds. */
const MAX_CALLS = 12;
const CALL_MS = 8_000;
const CHECK_MS = 25_000;

/** By what the API refuses a request without its required fields, and by what a server says that it has no search there. */
const REFUSED = [400, 422] as const;
const NO_SEARCH = [301, 302, 303, 307, 308, ...REFUSED, 404, 405, 410, 501] as const;

/** An address that nobody has (RFC 2606). */
const NOBODY = 'nobody@account-check.invalid';

/** A call that was made, and how it went. */
export interface Asked<T = unknown> extends Look<T> {
	method: 'GET' | 'POST';
	path: string;
	/** What was asked for, in words that complete "WhiteLabelCRO was asked for …". */
	what: string;
	/** D: the scope that it needs. */
	scope: Scope;
	/** The error statuses that are no failure of this call. */
	expects?: readonly number[];
}

/** What the API answered. What was not asked is undefined. */
export interface Answers {
	/** Every call, in the order in which it was sent. */
	all: Asked[];
	lookups: Partial<Record<Lookup, Asked<IDataObject[]>>>;
	subscriptions?: Asked<Subscription[]>;
	eventPages: Array<Asked<EventPage>>;
	/** The newest event of the log; undefined if it has none, or was not read to its end. */
	newestEvent?: IDataObject;
	/** Searches without a criterion, which have to be refused: what they say shows the form of errors, and which path is served. */
	refusedSearches: Asked[];
	searchPath?: string;
	hit?: Asked<IDataObject | undefined>;
	none?: Asked<IDataObject | undefined>;
	lead?: Asked<IDataObject>;
	testEvent?: Asked<IDataObject>;
}

type Question<T> = Omit<ApiRequest<T>, 'method' | 'read'> &
	Pick<Asked, 'what' | 'scope' | 'expects'> & { method?: 'GET' | 'POST'; read: (body: unknown) => T };

/**
 * Asks the API for a row of each of its kinds, and no more than once for anything that fails. It stops at the first call if
 * that says that nothing else can succeed.
 * @param writes whether to send also what would create a lead and a test event if it had its required fields
 * @throws only if the user cancels the execution
 */
export async function askAccount(api: Api, writes: boolean): Promise<Answers> {
	const answers: Answers = { all: [], lookups: {}, eventPages: [], refusedSearches: [] };
	const endsAt = Date.now() + CHECK_MS;
	const isOver = () => answers.all.length >= MAX_CALLS || Date.now() >= endsAt;
	const ask = async <T>({ method = 'GET', ...question }: Question<T>): Promise<Asked<T>> => {
		const { path, what, scope, expects } = question;
		const asked: Asked<T> = { method, path, what, scope, expects, ms: 0 };
		answers.all.push(asked);
		const withinMs = Math.max(1, Math.min(CALL_MS, endsAt - Date.now()));
		return Object.assign(asked, await api.look({ ...question, method }, withinMs));
	};
	const lookUp = async (lookup: Lookup, what: string) => {
		const [names, path] = [LOOKUP_ROWS[lookup].rows, PATHS.lookups[lookup]];
		const query = lookup === 'clients' ? { q: '' } : undefined;
		const read = (body: unknown) => readRows(body, names);
		answers.lookups[lookup] = await ask({ path, query, what, scope: 'integrations:read', read });
	};

	await lookUp('employees', 'the employees');
	const [first] = answers.all;
	if (first !== undefined && isHopeless(first)) return answers;

	// A key without the scope would get the same answer each time.
	const mayRead = !hasStatus(first?.error, 403);
	const askEvents = async (query: IDataObject) => {
		const question = { path: PATHS.events, what: 'the event log', scope: 'events:read' } as const;
		const page = await ask({ ...question, query, read: readEventPage });
		answers.eventPages.push(page);
		return page;
	};
	const askSubscriptions = async () => {
		const question = { what: 'the webhook subscriptions', scope: 'webhooks:write' } as const;
		answers.subscriptions = await ask({ ...question, path: PATHS.subscriptions, read: readSubscriptions });
	};
	const findSearch = async (path: string) => {
		const question = { what: 'a search', scope: 'integrations:read', expects: NO_SEARCH } as const;
		const refused = await ask({ ...question, path, read: () => undefined });
		answers.refusedSearches.push(refused);
		if (refused.error === undefined || hasStatus(refused.error, ...REFUSED)) answers.searchPath = path;
	};
	const [likelySearch, otherSearch] = PATHS.searches.client;
	await Promise.all([
		askSubscriptions(),
		askEvents({ limit: 1 }),
		...(mayRead
			? [
					lookUp('clientStatuses', 'the statuses'),
					lookUp('affiliates', 'the affiliates'),
					lookUp('clients', 'the clients'),
					findSearch(likelySearch),
				]
			: []),
	]);
	if (answers.all.every(({ answer }) => answer === undefined)) return answers;

	const [refusedSearch] = answers.refusedSearches;
	const isElsewhere =
		refusedSearch?.answer !== undefined &&
		answers.searchPath === undefined &&
		!hasStatus(refusedSearch.error, 401, 403, 429);
	const askWrites = async () => {
		const question = { method: 'POST', body: {}, expects: REFUSED, read: readRecord } as const;
		[answers.lead, answers.testEvent] = await Promise.all([
			ask({ ...question, path: PATHS.leads, what: 'a lead without a name', scope: 'integrations:write' }),
			ask({ ...question, path: PATHS.testEvents, what: 'a test event without a type', scope: 'admin' }),
		]);
	};
	if (isOver()) return answers;
	await Promise.all([isElsewhere && findSearch(otherSearch), writes && askWrites()]);

	const { searchPath: path } = answers;
	const [known] = answers.lookups.clients?.value ?? [];
	const clientId = known && readLookupRow('clients', known)?.id;
	if (path !== undefined && !isOver()) {
		const question = { path, scope: 'integrations:read', expects: [404], read: readHit } as const;
		const search = async (what: string, query: IDataObject) => await ask({ ...question, what, query });
		const askHit = async () => {
			const id = clientId ?? clientIdIn(answers);
			if (id !== undefined) answers.hit = await search('a client', { client_id: id });
		};
		const askNone = async () => {
			answers.none = await search('a client that does not exist', { email: NOBODY });
		};
		await Promise.all([askHit(), askNone()]);
	}

	answers.newestEvent = await readNewest(api, answers.eventPages, askEvents, isOver);
	return answers;
}

/** Whether every other call would fail like this one: the key is wrong or used up, or the server is not the API or not there. */
function isHopeless({ answer, unreached }: Asked): boolean {
	if (answer === undefined) return unreached === true;
	return [401, 429].includes(answer.statusCode) || isForeign(answer);
}

/** The client of the first event that has one: where clients cannot be listed, it serves to search for. */
function clientIdIn({ eventPages }: Answers): number | undefined {
	const events = eventPages.flatMap(({ value }) => value?.events ?? []);
	return events.map((row) => readClientId(readEnvelope(row)?.payload ?? {})).find((id) => id !== undefined);
}

/** The newest event, if the log comes to its end within the calls that are left. The first page was asked for already. */
async function readNewest(
	api: Api,
	[first]: Array<Asked<EventPage>>,
	askEvents: (query: IDataObject) => Promise<Asked<EventPage>>,
	isOver: () => boolean,
): Promise<IDataObject | undefined> {
	let newest: IDataObject | undefined;
	let next = first;
	const fetch = async (_api: Api, { cursor, limit }: { cursor?: string; limit: number }) => {
		if (next === undefined && isOver()) throw new Error('The log is too long');
		const { value, error } = next ?? (await askEvents({ limit, ...(cursor && { cursor }) }));
		next = undefined;
		if (value === undefined) throw error ?? new Error('There is no page');
		return value;
	};
	try {
		for await (const events of readEvents(api, {}, { types: [], fetch })) newest = events.at(-1) ?? newest;
		return newest;
	} catch {
		return undefined;
	}
}
