/**
 * Every detail of the API that its vendor's pages contradict (C) or that none of them says (A), what this package does about
 * it, and what a check sees of it. docs/wire.md is made from this list: after a change, run scripts/wireDoc.mts.
 */
import type { IDataObject } from 'n8n-workflow';

import { isForeign, isMissing, isWebPage } from '../../transport/answer';
import type { Answer } from '../../transport/answer';
import { DEFAULT_BASE_URL } from '../../transport/baseUrl';
import {
	CURSOR_NAMES,
	EVENT_LIST_NAMES,
	LOOKUP_ROWS,
	MORE_NAMES,
	PATHS,
	SUBSCRIPTION_LISTS,
	SUBSCRIPTION_NAMES,
	isObject,
	listIn,
	nameIn,
	readCreatedAt,
	readEnvelope,
	readErrorBody,
	readEventTime,
	readLookupRow,
	readMissingScope,
	readRateLimit,
	readRequestId,
	readRetryAfterMs,
	requestIdHeader,
	saysFailed,
	unwrapped,
} from '../../transport/contract';
import type { EventPage, Lookup } from '../../transport/contract';
import { hasStatus } from '../../transport/errors';
import { isExpected, isRefused } from './ask';
import type { Answers, Asked } from './ask';
import { inWords, listed } from './shape';

/** What a check saw of a detail. */
interface Sight {
	/** In words, without a value of the account. */
	seen: string;
	/** Whether this package reads it. */
	isRead: boolean;
	/** Whether it is the first of what was assumed; undefined if that cannot be seen. */
	asAssumed?: boolean;
}

/** What a check knows: the answers, and what the credential names. */
export interface Known extends Answers {
	baseUrl: string;
	keyForm?: string;
}

/** A detail, and what was seen of it if anything was. */
export interface Finding extends Partial<Sight> {
	detail: string;
}

export interface Detail {
	detail: string;
	mark: 'A' | 'C';
	/** What this package does; Markdown. */
	does: string;
	/** Undefined for what no check can see. */
	see?: (known: Known) => Sight | undefined;
}

/** What a check saw of every detail. */
export function findingsOf(known: Known): Finding[] {
	// What anyone but the API answered says nothing of it.
	const all = known.all.filter(({ answer }) => answer !== undefined && !isForeign(answer));
	return DETAILS.map(({ detail, see }) => ({ detail, ...see?.({ ...known, all }) }));
}

export const DETAILS: Detail[] = [
	{
		detail: 'Base URL',
		mark: 'C',
		does: 'a field of the credential',
		see: ({ baseUrl }) => {
			const isDocumented = baseUrl === DEFAULT_BASE_URL;
			return {
				seen: isDocumented ? 'the documented one' : 'another one',
				isRead: true,
				asAssumed: isDocumented,
			};
		},
	},
	{
		detail: 'Form of the API key',
		mark: 'C',
		does: 'any text, never parsed',
		see: ({ keyForm }) => ({
			seen: keyForm === undefined ? 'does not begin with `wlcro_`' : `begins with \`${keyForm}\``,
			isRead: true,
			asAssumed: keyForm === 'wlcro_live_',
		}),
	},
	{
		detail: 'Path of the searches',
		mark: 'C',
		does: '`/search`, else `/find` (after a 404, a redirect or a refusal)',
		see: ({ searchPath, refusedSearches }) => {
			const [assumed, other] = PATHS.searches.client;
			if (searchPath !== undefined) {
				const seen = searchPath === assumed ? '`/search`' : '`/find`';
				return { seen, isRead: true, asAssumed: searchPath === assumed };
			}
			// One that failed otherwise does not say that there is no search.
			if (!refusedSearches.some(({ path }) => path === other) || !refusedSearches.every(isExpected))
				return undefined;
			return { seen: 'neither of the two', isRead: false, asAssumed: false };
		},
	},
	{
		detail: 'Answer of a search that finds something',
		mark: 'A',
		does: 'bare, in an array, or under `client`, `lead`, `data`, `result`, `results`',
		see: ({ hit }) => {
			// One that finds nothing belongs to the next row.
			if (hit?.answer === undefined || (hit.error === undefined && hit.value === undefined)) return undefined;
			if (hit.error !== undefined && hit.answer.statusCode >= 300) return undefined;
			const { body } = hit.answer;
			return {
				seen: inWords(body),
				isRead: hit.error === undefined,
				asAssumed: isObject(body) && hit.value === body,
			};
		},
	},
	{
		detail: 'Answer of a search that finds nothing',
		mark: 'A',
		does: '204, `null`, `{}`, `[]`, wrappers that are all empty, or a 404 of the API itself: one with a request id or JSON. Any other 404 is an error',
		see: ({ none }) => {
			if (none?.answer === undefined) return undefined;
			const isNotFound = isMissing(none.answer);
			if (none.error !== undefined && !isNotFound && none.answer.statusCode >= 300) return undefined;
			const isNone = isNotFound || (none.error === undefined && none.value === undefined);
			return { seen: statusAnd(none.answer), isRead: isNone, asAssumed: isNotFound };
		},
	},
	{
		detail: '`success: false` in an answer',
		mark: 'A',
		does: 'nothing was done, whatever the status',
		see: ({ all }) => {
			const failed = all.find(({ answer }) => saysFailed(answer?.body))?.answer;
			return failed && { seen: statusAnd(failed), isRead: true, asAssumed: true };
		},
	},
	{
		detail: 'Times without a zone',
		mark: 'A',
		does: 'UTC',
		see: ({ hit, eventPages }) => {
			const events = eventPages.flatMap(({ value }) => value?.events ?? []);
			const times = [
				...(hit?.value ? [{ text: hit.value.created_utc, ms: readCreatedAt(hit.value) }] : []),
				...events.map((event) => ({ text: event.createdUtc, ms: readEventTime(event) })),
			].filter(({ text }) => typeof text === 'string');
			if (times.length === 0) return undefined;
			if (times.some(({ ms }) => ms === undefined)) return { seen: 'a time in another form', isRead: false };
			const isZoned = times.every(
				({ text }) => typeof text === 'string' && /(?:Z|[+-]\d\d:?\d\d)$/i.test(text),
			);
			return { seen: isZoned ? 'every time has a zone' : 'a time without a zone', isRead: true };
		},
	},
	{
		detail: 'Lookups',
		mark: 'A',
		does: "the shape that is documented for employees: an array under the resource's name",
		see: ({ lookups }) => {
			const sights = (Object.keys(LOOKUP_WORDS) as Lookup[]).flatMap((lookup) => {
				const asked = lookups[lookup];
				return isData(asked) ? [lookupSight(lookup, asked.answer.body)] : [];
			});
			if (sights.length === 0) return undefined;
			return {
				seen: sights.map(({ seen }) => seen).join('; '),
				isRead: sights.every(({ isRead }) => isRead),
				asAssumed: sights.every(({ asAssumed }) => asAssumed),
			};
		},
	},
	{
		detail: 'Path of Add Client Note',
		mark: 'A',
		does: '`POST /api/v1/integrations/clients/{client_id}/notes`',
	},
	{
		detail: 'Path of Create and Update Affiliate',
		mark: 'A',
		does: '`/api/v1/integrations/affiliates`',
	},
	{
		detail: 'Query and answer of the event log',
		mark: 'A',
		does: "`cursor`, `limit`, `types`; an array, or one under `events`, `items`, `data`, `results`; the next cursor under `nextCursor`, `next_cursor`, `cursor`, or the last event's id where more follow and none is named",
		see: ({ eventPages }) => {
			const [first, ...others] = eventPages;
			if (!isData(first)) return undefined;
			const { body } = first.answer;
			const events = first.value?.events ?? [];
			const [event] = events;
			const count = events.length;
			const moreFollow = first.value?.hasMore ?? others.some(({ value }) => (value?.events.length ?? 0) > 0);
			const cursor = isObject(body) ? CURSOR_NAMES.find((name) => name in body) : undefined;
			// A last page may do without one.
			const isLeftOut = isObject(body) && cursor === undefined && !moreFollow;
			const isKept = hasName(body, EVENT_LIST_NAMES[0]) && count < 2;
			return {
				seen: [
					inWords(body),
					event && `an event is ${inWords(event)}`,
					count > 1 && '`limit` is ignored',
					count === 1 && moreFollow && '`limit` is honored',
					isCursorIgnored(eventPages) && '`cursor` is ignored',
				]
					.filter(Boolean)
					.join('; '),
				isRead: first.error === undefined && (count === 0 || events.some((row) => readEnvelope(row))),
				asAssumed: isKept && isLeftOut ? undefined : isKept && cursor === CURSOR_NAMES[0],
			};
		},
	},
	{
		detail: 'Body of a test event',
		mark: 'A',
		does: '`type`, and `payload` if given',
	},
	{
		detail: 'Header for safe retries',
		mark: 'A',
		does: '`Idempotency-Key`, the same on every try of one write; never relied on',
	},
	{
		detail: 'Number of calls per minute',
		mark: 'C',
		does: 'read from the headers, never assumed; fewer than none left counts as none',
		see: ({ all }) => {
			const told = all.map(({ answer }) => answer && readRateLimit(answer.headers, Date.now()));
			const read = told.find((window, at) => window !== undefined && all[at]?.method === 'GET');
			if (read?.limit === undefined) return undefined;
			const { limit, lengthMs } = read;
			const within = lengthMs === undefined ? '' : ` in ${lengthMs / 1000} seconds`;
			return {
				seen: `${limit} reads${within}`,
				isRead: true,
				asAssumed: limit === 60 && lengthMs === 60_000,
			};
		},
	},
	{
		detail: 'Subscription fields sent',
		mark: 'A',
		does: '`targetUrl`, `eventTypes`, `isActive`, `description`; on 400 or 422 once more in snake_case',
	},
	{
		detail: 'Subscription fields read',
		mark: 'A',
		does: 'both spellings, bare or wrapped, event types as array or text, state as boolean, 0, 1 or word (an unknown word is logged), URL in any form that names the same address; the secret also beside the wrapper; none also as `null` or `{}`; rows without an id are passed over',
		see: ({ subscriptions }) => {
			if (!isData(subscriptions)) return undefined;
			const { body } = subscriptions.answer;
			const [row] = listIn(body, SUBSCRIPTION_LISTS) ?? [];
			const subscription = row === undefined ? undefined : unwrapped(row);
			const words = subscription === undefined ? [] : subscriptionWords(subscription);
			const isUnderstood = subscriptions.value?.every(({ enabled }) => enabled !== undefined) ?? false;
			return {
				seen: [inWords(body), ...words].join('; '),
				isRead: isUnderstood,
				asAssumed:
					Array.isArray(body) &&
					(subscription === undefined ||
						Object.values(SUBSCRIPTION_NAMES).every(
							(names) => names === SUBSCRIPTION_NAMES.secret || nameIn(subscription, names) === names[0],
						)),
			};
		},
	},
	{
		detail: "Header and form of a delivery's signature",
		mark: 'A',
		does: 'any header; hex, base64 or base64url; with or without a prefix (`sha256=`, `sha256:`, `v1=`), parts set off by commas, semicolons, spaces or quotes; over the body, `timestamp.body` or `id.timestamp.body`; timestamps in seconds, milliseconds, microseconds or ISO 8601; with the secret as text or decoded, `whsec_` secrets too',
	},
	{
		detail: 'Status IDs in `client.status_changed`',
		mark: 'A',
		does: '`previous_status_id` and `new_status_id`, if they are there',
		see: ({ eventPages }) => {
			const changes = eventPages
				.flatMap(({ value }) => value?.events ?? [])
				.map(readEnvelope)
				.filter((event) => event?.type === 'client.status_changed');
			const [change] = changes;
			if (change === undefined) return undefined;
			const names = ['previous_status_id', 'new_status_id'].filter((name) => name in change.payload);
			const seen = names.length === 0 ? 'none of the two' : listed(names.map((name) => `\`${name}\``));
			return { seen, isRead: true, asAssumed: names.length === 2 };
		},
	},
	{
		detail: 'Error bodies',
		mark: 'A',
		does: '`{message}`, `{error}`, `{error:{message}}`, problem details, text, HTML, nothing',
		see: ({ all }) => {
			const refusal = all.find(({ answer }) => answer !== undefined && answer.statusCode >= 400)?.answer;
			const invalid = all.find(isRefused)?.answer ?? refusal;
			if (invalid === undefined) return undefined;
			const { body } = invalid;
			return {
				seen: statusAnd(invalid),
				isRead: body === undefined || body === null || typeof body === 'string' || isSaid(body),
				asAssumed: hasName(body, 'message'),
			};
		},
	},
	{
		detail: 'Where a 403 names the missing scope',
		mark: 'A',
		does: 'anywhere in the answer',
		see: ({ all }) => {
			const denied = all.filter(({ error }) => hasStatus(error, 403));
			const [{ answer } = {}] = denied;
			if (answer === undefined) return undefined;
			const isNamed = denied.every(
				(asked) => readMissingScope(asked.answer?.body, asked.scope) !== undefined,
			);
			const seen = `${statusAnd(answer)}, which ${isNamed ? 'names' : 'does not name'} the scope`;
			return { seen, isRead: isNamed, asAssumed: isNamed };
		},
	},
	{
		detail: 'Whether more events follow',
		mark: 'A',
		does: '`hasMore`, `has_more`, else more follow while a page has events and gives another cursor',
		see: ({ eventPages }) => {
			const last = eventPages.findLast(({ value }) => value !== undefined);
			if (!isData(last)) return undefined;
			const { body } = last.answer;
			if (!isObject(body)) return { seen: 'a list has no place for it', isRead: true, asAssumed: false };
			const flag = MORE_NAMES.find((name) => name in body);
			const cursor = CURSOR_NAMES.find((name) => name in body);
			const isLast = flag !== undefined && body[flag] === false;
			const seen = [
				flag === undefined ? 'no flag' : `\`${flag}\``,
				isLast &&
					`on the last page ${cursor === undefined ? 'there is no cursor' : `\`${cursor}\` is ${body[cursor] === null ? 'null' : 'there'}`}`,
			];
			return { seen: seen.filter(Boolean).join('; '), isRead: true, asAssumed: flag === MORE_NAMES[0] };
		},
	},
	{
		detail: 'Order of the event log',
		mark: 'A',
		does: 'ids ascend',
		see: ({ eventPages }) => {
			const read = eventPages.map(({ value }) => value?.events ?? []);
			// If the same page comes again, only one copy counts.
			const rows = isCursorIgnored(eventPages) ? (read.find(({ length }) => length > 1) ?? []) : read.flat();
			const ids = rows.map(({ id }) => Number(id));
			if (ids.length < 2 || ids.some(Number.isNaN)) return undefined;
			const ascend = ids.every((id, at) => id >= (ids[at - 1] ?? -Infinity));
			return { seen: ascend ? 'ids ascend' : 'ids do not ascend', isRead: ascend, asAssumed: ascend };
		},
	},
	{
		detail: "Name of the request id's header",
		mark: 'A',
		does: 'the first ending in `request-id`, `correlation-id` or `trace-id`',
		see: ({ all }) => {
			// A gateway that gave up on the API answers for itself.
			const answers = all
				.map(({ answer }) => answer)
				.filter((answer) => answer !== undefined)
				.filter(({ statusCode }) => statusCode < 500);
			const [first] = answers;
			if (first === undefined) return undefined;
			const name = requestIdHeader(first.headers)?.toLowerCase();
			const isRead = answers.every(({ headers }) => readRequestId(headers) !== undefined);
			if (name === undefined) return { seen: 'no header is named like one', isRead: false, asAssumed: false };
			// A word that is not usual may be a company's name.
			const isUsual = name.split('-').every((word) => USUAL_WORDS.has(word));
			const shown = isUsual ? `\`${name}\`` : 'another name that ends so';
			return {
				seen: isRead ? shown : `${shown}, on some answers`,
				isRead,
				asAssumed: name === 'x-request-id',
			};
		},
	},
	{
		detail: 'What a 429 carries',
		mark: 'A',
		does: '`Retry-After`, else `X-RateLimit-Reset`, else nothing: then the reset of the window that is known, else longer and longer',
		see: ({ all }) => {
			const refused = all.find(({ answer }) => answer?.statusCode === 429)?.answer;
			if (refused === undefined) return undefined;
			const after = refused.headers['retry-after'];
			const waitMs = readRetryAfterMs(refused.headers, Date.now());
			const isSeconds = typeof after === 'string' && /^\d+$/.test(after);
			const form = isSeconds ? 'in seconds' : waitMs === undefined ? 'in another form' : 'as a date';
			const parts = [
				after === undefined ? '' : `\`Retry-After\` ${form}`,
				refused.headers['x-ratelimit-reset'] === undefined ? '' : '`X-RateLimit-Reset`',
			].filter(Boolean);
			return {
				seen: parts.length === 0 ? 'nothing' : listed(parts),
				isRead: after === undefined || waitMs !== undefined,
				asAssumed: waitMs !== undefined,
			};
		},
	},
	{
		detail: 'Where rate-limit windows begin',
		mark: 'A',
		does: 'on multiples of their length, or at any time; a reset that does not show which is waited for a second longer',
		see: ({ all }) => {
			const told = all
				.map(({ answer }) => answer && readRateLimit(answer.headers, Date.now()))
				.filter((window) => window?.lengthMs !== undefined);
			if (told.length === 0) return undefined;
			const areAligned = told.every((window) => (window?.reset ?? 0) % (window?.lengthMs ?? 1) === 0);
			return {
				seen: areAligned
					? 'every reset is on a multiple of the length'
					: 'a reset is on no multiple of the length',
				isRead: true,
				asAssumed: areAligned,
			};
		},
	},
	{
		detail: 'Form of `X-RateLimit-Window`',
		mark: 'A',
		does: '`30s`, `1m`, `1h`; the reset rounded up or down',
		see: ({ all }) => {
			const told = all.find(({ answer }) => answer?.headers['x-ratelimit-window'] !== undefined)?.answer;
			const text = told?.headers['x-ratelimit-window'];
			if (typeof text !== 'string') return undefined;
			const isKnown = /^\d{1,6}[smh]$/.test(text);
			return { seen: isKnown ? `\`${text}\`` : inWords(text), isRead: isKnown, asAssumed: text === '1m' };
		},
	},
];

const LOOKUP_WORDS: Record<Lookup, string> = {
	clients: 'clients',
	affiliates: 'affiliates',
	clientStatuses: 'statuses',
	employees: 'employees',
};

/** The words that names of request ids' headers are usually made of. */
const USUAL_WORDS = new Set(
	'amz amzn api b3 correlation crm http id ms request requestid correlationid trace traceid whitelabelcro wlcro x'.split(
		' ',
	),
);

/** Whether a call got a success status: its body is what a detail is about, whether or not it could be read. */
function isData<T>(asked: Asked<T> | undefined): asked is Asked<T> & { answer: Answer } {
	const status = asked?.answer?.statusCode ?? 0;
	return status >= 200 && status < 300;
}

function statusAnd(answer: Answer): string {
	return `HTTP ${answer.statusCode}, ${isWebPage(answer) ? 'a web page' : inWords(answer.body)}`;
}

function hasName(body: unknown, name = ''): boolean {
	return isObject(body) && name in body;
}

/** What a lookup's answer shows: without an ID and a name, a row cannot be chosen. */
function lookupSight(lookup: Lookup, body: unknown): Required<Sight> {
	const { rows: lists, id, label } = LOOKUP_ROWS[lookup];
	const rows = listIn(body, lists);
	const first = rows?.[0];
	const isReadable = (row: unknown) => {
		const read = isObject(row) ? readLookupRow(lookup, row) : undefined;
		return read !== undefined && read.label !== read.id;
	};
	const isNamed = isObject(first) && nameIn(first, id) === id[0] && nameIn(first, label) === label[0];
	return {
		seen: `${LOOKUP_WORDS[lookup]}: ${inWords(body)}${first === undefined ? '' : `, each ${inWords(first)}`}`,
		isRead: rows !== undefined && (rows.length === 0 || rows.some(isReadable)),
		asAssumed: hasName(body, lists[0]) && (first === undefined || isNamed),
	};
}

/** Whether a page of several events begins like the one before: then the cursor was ignored. */
function isCursorIgnored(pages: Array<Asked<EventPage>>): boolean {
	const [first, ...others] = pages.map(({ value }) => value?.events ?? []).filter(({ length }) => length > 1);
	return first?.[0]?.id !== undefined && others.some((events) => events[0]?.id === first[0]?.id);
}

/** Whether an error's body says something that can be shown. */
function isSaid(body: unknown): boolean {
	const { message, fields } = readErrorBody(body);
	return message !== undefined || Object.keys(fields).length > 0;
}

/** Under which names a subscription has what, and in which form. */
function subscriptionWords(subscription: IDataObject): string[] {
	const { id, url, types, state } = SUBSCRIPTION_NAMES;
	const described = (
		[
			['id', id],
			['address', url],
			['event types', types],
			['state', state],
		] as const
	).map(([what, names]) => {
		const name = nameIn(subscription, names);
		if (name === undefined) return `no ${what}`;
		const value = subscription[name];
		return `${what}: \`${name}\`, ${Array.isArray(value) ? 'a list' : typeof value === 'string' ? 'text' : inWords(value)}`;
	});
	return [...described, 'description' in subscription ? '`description` is shown' : 'no description'];
}
