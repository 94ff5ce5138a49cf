/** The calls of a check: what they ask, in which order, and when to stop. Other files tell what their answers mean. */
import type { IDataObject } from 'n8n-workflow';

import { readEvents } from '../../api/events';
import { NO_SEARCH } from '../../api/search';
import type { ApiClient, ApiRequest, ProbeOutcome } from '../../client/apiClient';
import { hasStatus } from '../../client/errors';
import { isNotFromApi } from '../../client/response';
import { readErrorBody, saysFailed } from '../../contract/errors';
import { EVENT_LIST_NAMES, readEnvelope, readEventPage, readEventTime } from '../../contract/events';
import type { EventPage } from '../../contract/events';
import { isObject, listIn, readRows } from '../../contract/json';
import type { Scope } from '../../contract/keys';
import { LOOKUP_ROWS, readLookupRow } from '../../contract/lookups';
import type { Lookup } from '../../contract/lookups';
import { PATHS } from '../../contract/paths';
import { readClientId, readCreatedAt, readHit, readRecord } from '../../contract/records';
import { readSubscriptions } from '../../contract/subscriptions';
import type { Subscription } from '../../contract/subscriptions';

/** How many calls a check makes at most; how long one may wait for its turn, and then for its answer, and how long all may take, in milliseconds. */
const MAX_CALLS = 12;
const CALL_MS = 8_000;
const CHECK_MS = 25_000;

/** How the API refuses a request without its required fields. */
const REFUSED = [400, 422];

/** The ID of no lead: the last that 32 bits hold. */
const NO_LEAD = 2_147_483_647;

/** An address that nobody has (RFC 2606). */
const NOBODY = 'nobody@account-check.invalid';

/** A call that was made, and how it went. */
export interface AccountProbe<T = unknown> extends ProbeOutcome<T> {
	method: 'GET' | 'PATCH' | 'POST';
	path: string;
	query?: IDataObject;
	/** What was asked for, in words that complete "WhiteLabelCRO was asked for …". */
	what: string;
	/** D: the scope that it needs. */
	scope: Scope;
	/** The error statuses that are no failure of this call. */
	expects?: readonly number[];
	/** Whether something in the answer has a form that is not known, although the call did not fail for it. */
	isUnread?: boolean;
}

/** What the API answered. What was not asked is undefined. */
export interface ProbeResults {
	/** Every call, in the order in which it was sent. */
	all: AccountProbe[];
	lookups: Partial<Record<Lookup, AccountProbe<IDataObject[]>>>;
	subscriptions?: AccountProbe<Subscription[]>;
	eventPages: Array<AccountProbe<EventPage>>;
	/** The newest event of the log; undefined if it has none, or was not read to its end. */
	newestEvent?: IDataObject;
	/** Searches without a criterion, which have to be refused: what they say shows the form of errors, and which path is served. */
	refusedSearches: AccountProbe[];
	searchPath?: string;
	hit?: AccountProbe<IDataObject | undefined>;
	none?: AccountProbe<IDataObject | undefined>;
	update?: AccountProbe<IDataObject>;
	testEvent?: AccountProbe<IDataObject>;
	/** Whether time ran out. */
	isCutShort?: boolean;
}

type Probe<T> = Omit<ApiRequest<T>, 'method'> &
	Pick<AccountProbe, 'what' | 'scope' | 'expects'> & {
		method?: AccountProbe['method'];
		/** Whether what was read can be used: reading itself passes over single rows and fields. */
		isUsable?: (value: T, body: unknown) => boolean;
	};

/**
 * Asks the API for a row of each of its kinds, and no more than once for anything that fails. It stops at the first call if
 * that says that nothing else can succeed.
 * @param admin whether to send also what would make a test event if it had its required field
 * @throws only if the user cancels the execution
 */
export async function probeAccount(api: ApiClient, admin: boolean): Promise<ProbeResults> {
	const prober = new Prober(api);
	const { answers } = prober;

	await prober.probeLookup('employees', 'the employees');
	const [first] = answers.all;
	if (first === undefined || isHopeless(first)) return answers;

	// A key without the scope would get the same answer each time.
	const mayRead = !hasStatus(first.error, 403);
	await Promise.all([
		prober.probeSubscriptions(),
		prober.probeEvents({ limit: 1 }),
		mayRead && prober.probeLookup('clientStatuses', 'the statuses'),
		mayRead && prober.probeLookup('affiliates', 'the affiliates'),
		mayRead && prober.probeLookup('clients', 'the clients'),
		mayRead && prober.probeSearchPath(PATHS.searches.client[0]),
		prober.probeUpdate(),
	]);
	answers.isCutShort = prober.isOver();
	if (answers.isCutShort || answers.all.every(({ answer }) => answer === undefined)) return answers;

	const [search] = answers.refusedSearches;
	const isElsewhere = answers.searchPath === undefined && search !== undefined && isExpected(search);
	await Promise.all([
		isElsewhere && prober.probeSearchPath(PATHS.searches.client[1], REFUSED),
		admin && prober.probeTestEvent(),
	]);
	answers.isCutShort = prober.isOver();
	if (!answers.isCutShort) await prober.probeSearches();
	await prober.probeNewestEvent();
	return answers;
}

/** The calls of one check, and what came of them. */
class Prober {
	readonly answers: ProbeResults = { all: [], lookups: {}, eventPages: [], refusedSearches: [] };
	private readonly endsAt = Date.now() + CHECK_MS;

	constructor(private readonly api: ApiClient) {}

	/** Whether there are no calls left, or not enough time for one. */
	isOver(): boolean {
		return this.answers.all.length >= MAX_CALLS || Date.now() + CALL_MS > this.endsAt;
	}

	async probeLookup(lookup: Lookup, what: string): Promise<void> {
		this.answers.lookups[lookup] = await this.probe({
			path: PATHS.lookups[lookup],
			query: lookup === 'clients' ? { q: '' } : undefined,
			what,
			scope: 'integrations:read',
			read: (body) => readRows(body, LOOKUP_ROWS[lookup].rows),
			isUsable: (_rows, body) =>
				isAnyUsable(listIn(body, LOOKUP_ROWS[lookup].rows), (row) => {
					const read = readLookupRow(lookup, row);
					return read !== undefined && read.label !== read.id;
				}),
		});
	}

	async probeSubscriptions(): Promise<void> {
		this.answers.subscriptions = await this.probe({
			path: PATHS.subscriptions,
			what: 'the webhook subscriptions',
			scope: 'webhooks:write',
			read: readSubscriptions,
			isUsable: (held) => held.every(({ enabled }) => enabled !== undefined),
		});
	}

	async probeEvents(query: IDataObject): Promise<AccountProbe<EventPage>> {
		const page = await this.probe({
			path: PATHS.events,
			what: 'the event log',
			scope: 'events:read',
			query,
			read: readEventPage,
			isUsable: ({ events }, body) =>
				isAnyUsable(listIn(body, EVENT_LIST_NAMES), (row) => readEnvelope(row) !== undefined) &&
				events.every((row) => typeof row.createdUtc !== 'string' || readEventTime(row) !== undefined),
		});
		this.answers.eventPages.push(page);
		return page;
	}

	/**
	 * Asks for a search without a criterion: where there is one, it refuses that, but not with a 404.
	 * @param expects the statuses that are no failure
	 */
	async probeSearchPath(path: string, expects = [...NO_SEARCH, 404]): Promise<void> {
		const question = { path, what: 'a search', scope: 'integrations:read', expects } as const;
		const refused = await this.probe({ ...question, read: () => undefined });
		this.answers.refusedSearches.push(refused);
		if (refused.error === undefined || isRefused(refused)) this.answers.searchPath = path;
	}

	/** Searches for a client that is there, if one is known, and for one that is not. */
	async probeSearches(): Promise<void> {
		const { searchPath: path } = this.answers;
		if (path === undefined) return;
		const question = { path, scope: 'integrations:read', expects: [404], read: readHit } as const;
		const id = knownClientId(this.answers);
		[this.answers.hit, this.answers.none] = await Promise.all([
			id === undefined
				? undefined
				: this.probe({
						...question,
						what: 'a client',
						query: { client_id: id },
						isUsable: (hit) => typeof hit?.created_utc !== 'string' || readCreatedAt(hit) !== undefined,
					}),
			this.probe({
				...question,
				what: 'a client that does not exist',
				query: { email: NOBODY },
				isUsable: (hit) => hit === undefined,
			}),
		]);
	}

	/** Sends an update of a lead that is not there, of no field: it can neither change nor make anything. */
	async probeUpdate(): Promise<void> {
		this.answers.update = await this.probe({
			method: 'PATCH',
			path: PATHS.lead(NO_LEAD),
			body: {},
			what: 'an update of a lead that does not exist',
			scope: 'integrations:write',
			expects: [...REFUSED, 404],
			read: readRecord,
		});
	}

	/** Asks for a test event without its required field, which the API has to refuse. */
	async probeTestEvent(): Promise<void> {
		this.answers.testEvent = await this.probe({
			method: 'POST',
			path: PATHS.testEvents,
			body: {},
			what: 'a test event without a type',
			scope: 'admin',
			expects: REFUSED,
			read: readRecord,
		});
	}

	/** Reads the event log to its end, if enough calls are left. */
	async probeNewestEvent(): Promise<void> {
		let [next] = this.answers.eventPages;
		const fetch = async (_api: ApiClient, { cursor, limit }: { cursor?: string; limit: number }) => {
			if (next === undefined && this.isOver()) throw new Error('The log is too long');
			const page = next ?? (await this.probeEvents({ limit, ...(cursor && { cursor }) }));
			next = undefined;
			if (page.value === undefined) throw page.error ?? new Error('There is no page');
			return page.value;
		};
		try {
			let newest: IDataObject | undefined;
			const pages = readEvents(this.api, {}, { types: [], fetch });
			for await (const events of pages) newest = events.at(-1) ?? newest;
			this.answers.newestEvent = newest;
		} catch {
			// Which is the newest stays unknown; a call that failed is among the answers.
			this.answers.newestEvent = undefined;
		}
	}

	private async probe<T>({ method = 'GET', isUsable, ...question }: Probe<T>): Promise<AccountProbe<T>> {
		const { path, query, what, scope, expects } = question;
		const probe: AccountProbe<T> = { method, path, query, what, scope, expects, ms: 0 };
		this.answers.all.push(probe);
		const result = await this.api.probe({ ...question, method }, CALL_MS, this.endsAt);
		const { answer, error, value } = result;
		const isUnread =
			error === undefined
				? isUsable?.(value as T, answer?.body) === false
				: hasStatus(error, ...REFUSED) && !isErrorRead(answer?.body);
		return Object.assign(probe, result, { isUnread });
	}
}

/** Whether rows are of a form that is known: all may be, but one that can be used is enough. */
function isAnyUsable(rows: unknown[] = [], isUsable: (row: IDataObject) => boolean): boolean {
	return rows.length === 0 || rows.some((row) => isObject(row) && isUsable(row));
}

/** Whether an error's body says nothing at all, or something that can be shown. */
export function isErrorRead(body: unknown): boolean {
	if (body === undefined || body === null || typeof body === 'string') return true;
	const { message, fields } = readErrorBody(body);
	return message !== undefined || Object.keys(fields).length > 0;
}

/** Whether every other call would fail like this one: the key is wrong or used up, or the server is not the API or not there. */
function isHopeless({ answer, wasNotSent }: AccountProbe): boolean {
	if (answer === undefined) return wasNotSent === true;
	return [401, 429].includes(answer.statusCode) || isNotFromApi(answer);
}

/** Whether the API refused a call for what was in it: by its status, or by saying that nothing was done. */
export function isRefused({ answer, error }: AccountProbe): boolean {
	return (
		hasStatus(error, ...REFUSED) ||
		(answer !== undefined && answer.statusCode < 300 && saysFailed(answer.body))
	);
}

/** Whether a call failed as it should. */
export function isExpected(probe: AccountProbe): boolean {
	const { error, expects = [] } = probe;
	if (hasStatus(error, ...expects)) return true;
	return expects.some((status) => REFUSED.includes(status)) && isRefused(probe);
}

/** The ID of a client to search for: the first of the lookup, or of the events. */
function knownClientId({ lookups, eventPages }: ProbeResults): string | number | undefined {
	const [client] = lookups.clients?.value ?? [];
	const events = eventPages.flatMap(({ value }) => value?.events ?? []);
	const ids = events.map((row) => readClientId(readEnvelope(row)?.payload ?? {}));
	return (client && readLookupRow('clients', client)?.id) ?? ids.find((id) => id !== undefined);
}
