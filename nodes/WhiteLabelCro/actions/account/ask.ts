/** The calls of a check: what they ask, in which order, and when to stop. Other files tell what their answers mean. */
import type { IDataObject } from 'n8n-workflow';

import { readEvents } from '../../api/events';
import { NO_SEARCH } from '../../api/search';
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
	saysFailed,
} from '../../transport/contract';
import type { EventPage, Lookup, Scope, Subscription } from '../../transport/contract';
import { hasStatus } from '../../transport/errors';
import type { Api, ApiRequest, Look } from '../../transport/request';

/** How many calls a check makes at most; how long one may wait for its turn, and then for its answer, and how long all may take, in milliseconds. */
const MAX_CALLS = 12;
const CALL_MS = 8_000;
const CHECK_MS = 25_000;

/** How the API refuses a request without its required fields. */
const REFUSED = [400, 422];

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
	/** Whether time ran out. */
	isCutShort?: boolean;
}

type Question<T> = Omit<ApiRequest<T>, 'method'> &
	Pick<Asked, 'what' | 'scope' | 'expects'> & { method?: 'GET' | 'POST' };

/**
 * Asks the API for a row of each of its kinds, and no more than once for anything that fails. It stops at the first call if
 * that says that nothing else can succeed.
 * @param writes whether to send also what would create a lead and a test event if it had its required fields
 * @throws only if the user cancels the execution
 */
export async function askAccount(api: Api, writes: boolean): Promise<Answers> {
	const questions = new Questions(api);
	const { answers } = questions;

	await questions.askLookup('employees', 'the employees');
	const [first] = answers.all;
	if (first === undefined || isHopeless(first)) return answers;

	// A key without the scope would get the same answer each time.
	const mayRead = !hasStatus(first.error, 403);
	await Promise.all([
		questions.askSubscriptions(),
		questions.askEvents({ limit: 1 }),
		mayRead && questions.askLookup('clientStatuses', 'the statuses'),
		mayRead && questions.askLookup('affiliates', 'the affiliates'),
		mayRead && questions.askLookup('clients', 'the clients'),
		mayRead && questions.askSearchPath(PATHS.searches.client[0]),
	]);
	answers.isCutShort = questions.isOver();
	if (answers.isCutShort || answers.all.every(({ answer }) => answer === undefined)) return answers;

	await Promise.all([
		isSearchElsewhere(answers) && questions.askSearchPath(PATHS.searches.client[1]),
		writes && questions.askWrites(),
	]);
	answers.isCutShort = questions.isOver();
	if (!answers.isCutShort) await questions.askSearches();
	await questions.askNewestEvent();
	return answers;
}

/** The calls of one check, and what came of them. */
class Questions {
	readonly answers: Answers = { all: [], lookups: {}, eventPages: [], refusedSearches: [] };
	private readonly endsAt = Date.now() + CHECK_MS;

	constructor(private readonly api: Api) {}

	/** Whether there are no calls left, or not enough time for one. */
	isOver(): boolean {
		return this.answers.all.length >= MAX_CALLS || Date.now() + CALL_MS > this.endsAt;
	}

	async askLookup(lookup: Lookup, what: string): Promise<void> {
		this.answers.lookups[lookup] = await this.ask({
			path: PATHS.lookups[lookup],
			query: lookup === 'clients' ? { q: '' } : undefined,
			what,
			scope: 'integrations:read',
			read: (body) => readRows(body, LOOKUP_ROWS[lookup].rows),
		});
	}

	async askSubscriptions(): Promise<void> {
		this.answers.subscriptions = await this.ask({
			path: PATHS.subscriptions,
			what: 'the webhook subscriptions',
			scope: 'webhooks:write',
			read: readSubscriptions,
		});
	}

	async askEvents(query: IDataObject): Promise<Asked<EventPage>> {
		const question = { path: PATHS.events, what: 'the event log', scope: 'events:read' } as const;
		const page = await this.ask({ ...question, query, read: readEventPage });
		this.answers.eventPages.push(page);
		return page;
	}

	/** Asks for a search without a criterion: where there is one, it refuses that, but not with a 404. */
	async askSearchPath(path: string): Promise<void> {
		const expects = [...NO_SEARCH, 404];
		const question = { path, what: 'a search', scope: 'integrations:read', expects } as const;
		const refused = await this.ask({ ...question, read: () => undefined });
		this.answers.refusedSearches.push(refused);
		if (refused.error === undefined || isRefused(refused)) this.answers.searchPath = path;
	}

	/** Searches for a client that is there, if one is known, and for one that is not. */
	async askSearches(): Promise<void> {
		const { searchPath: path } = this.answers;
		if (path === undefined) return;
		const question = { path, scope: 'integrations:read', expects: [404], read: readHit } as const;
		const id = knownClientId(this.answers);
		[this.answers.hit, this.answers.none] = await Promise.all([
			id === undefined ? undefined : this.ask({ ...question, what: 'a client', query: { client_id: id } }),
			this.ask({ ...question, what: 'a client that does not exist', query: { email: NOBODY } }),
		]);
	}

	/** Sends writes without their required fields, which the API has to refuse. */
	async askWrites(): Promise<void> {
		const question = { method: 'POST', body: {}, expects: REFUSED, read: readRecord } as const;
		const [lead, event] = ['a lead without a name', 'a test event without a type'];
		[this.answers.lead, this.answers.testEvent] = await Promise.all([
			this.ask({ ...question, path: PATHS.leads, what: lead, scope: 'integrations:write' }),
			this.ask({ ...question, path: PATHS.testEvents, what: event, scope: 'admin' }),
		]);
	}

	/** Reads the event log to its end, if enough calls are left. */
	async askNewestEvent(): Promise<void> {
		let [next] = this.answers.eventPages;
		const fetch = async (_api: Api, { cursor, limit }: { cursor?: string; limit: number }) => {
			if (next === undefined && this.isOver()) throw new Error('The log is too long');
			const page = next ?? (await this.askEvents({ limit, ...(cursor && { cursor }) }));
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

	private async ask<T>({ method = 'GET', ...question }: Question<T>): Promise<Asked<T>> {
		const { path, what, scope, expects } = question;
		const asked: Asked<T> = { method, path, what, scope, expects, ms: 0 };
		this.answers.all.push(asked);
		return Object.assign(asked, await this.api.look({ ...question, method }, CALL_MS, this.endsAt));
	}
}

/** Whether every other call would fail like this one: the key is wrong or used up, or the server is not the API or not there. */
function isHopeless({ answer, unreached }: Asked): boolean {
	if (answer === undefined) return unreached === true;
	return [401, 429].includes(answer.statusCode) || isForeign(answer);
}

/** Whether the first search path turned out not to be one for searches. */
function isSearchElsewhere({ refusedSearches: [first], searchPath }: Answers): boolean {
	return searchPath === undefined && first !== undefined && isExpected(first);
}

/** Whether the API refused a call for what was in it: by its status, or by saying that nothing was done. */
export function isRefused({ answer, error }: Asked): boolean {
	return (
		hasStatus(error, ...REFUSED) ||
		(answer !== undefined && answer.statusCode < 300 && saysFailed(answer.body))
	);
}

/** Whether a call failed as it should. */
export function isExpected(asked: Asked): boolean {
	const { error, expects = [] } = asked;
	if (hasStatus(error, ...expects)) return true;
	return expects.some((status) => REFUSED.includes(status)) && isRefused(asked);
}

/** The ID of a client to search for: the first of the lookup, or of the events. */
function knownClientId({ lookups, eventPages }: Answers): string | number | undefined {
	const [client] = lookups.clients?.value ?? [];
	const events = eventPages.flatMap(({ value }) => value?.events ?? []);
	const ids = events.map((row) => readClientId(readEnvelope(row)?.payload ?? {}));
	return (client && readLookupRow('clients', client)?.id) ?? ids.find((id) => id !== undefined);
}
