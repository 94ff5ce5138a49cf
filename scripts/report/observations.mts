// What a report shows of single details of the API: see assumptions.mts.
import type { IDataObject } from 'n8n-workflow';

import { isErrorRead } from '../../nodes/WhiteLabelCro/actions/account/probes.ts';
import { WINDOW_FORM, listed } from '../../nodes/WhiteLabelCro/actions/account/problems.ts';
import { NO_SEARCH } from '../../nodes/WhiteLabelCro/api/search.ts';
import { saysFailed } from '../../nodes/WhiteLabelCro/contract/errors.ts';
import {
	CURSOR_NAMES,
	EVENT_LIST_NAMES,
	MORE_NAMES,
	readEnvelope,
} from '../../nodes/WhiteLabelCro/contract/events.ts';
import { isObject, listIn, nameIn } from '../../nodes/WhiteLabelCro/contract/json.ts';
import { LOOKUP_ROWS } from '../../nodes/WhiteLabelCro/contract/lookups.ts';
import type { Lookup } from '../../nodes/WhiteLabelCro/contract/lookups.ts';
import { PATHS } from '../../nodes/WhiteLabelCro/contract/paths.ts';
import { readHit } from '../../nodes/WhiteLabelCro/contract/records.ts';
import {
	SUBSCRIPTION_LISTS,
	SUBSCRIPTION_NAMES,
	unwrapped,
} from '../../nodes/WhiteLabelCro/contract/subscriptions.ts';
import type { Report, ReportedCall } from './report.mts';
import { specimenOf } from './specimen.mts';
import { inWords } from './words.mts';

export interface Observation {
	/** In words. */
	seen: string;
	/** Whether this package reads it. */
	isRead: boolean;
	/** Whether it is the first of what was assumed; undefined if that cannot be seen. */
	asAssumed?: boolean;
}

/** Undefined if the report shows nothing of the detail. */
export type Observe = (report: Report) => Observation | undefined;

export const baseUrl: Observe = ({ baseUrl: told }) => {
	const isDocumented = told === 'as documented';
	return { seen: isDocumented ? 'the documented one' : 'another one', isRead: true, asAssumed: isDocumented };
};

export const keyForm: Observe = ({ apiKey }) => {
	const [, beginning] = /^begins with (\w+)$/.exec(apiKey) ?? [];
	return {
		seen: beginning === undefined ? 'does not begin with `wlcro_`' : `begins with \`${beginning}\``,
		isRead: true,
		asAssumed: beginning === 'wlcro_live_',
	};
};

export const searchPath: Observe = ({ calls }) => {
	const [assumed, other] = PATHS.searches.client;
	const refused = calls.filter(({ path, query }) => isSearch(path) && query.length === 0);
	const served = refused.find((call) => isRefused(call) || (isSuccess(call) && call.isRead))?.path;
	if (served !== undefined) {
		const isAssumed = served === assumed;
		return { seen: isAssumed ? '`/search`' : '`/find`', isRead: true, asAssumed: isAssumed };
	}
	// One that failed otherwise does not say that there is no search.
	const isNowhere = refused.every(({ status }) => [...NO_SEARCH, 404].includes(status));
	if (!isNowhere || !refused.some(({ path }) => path === other)) return undefined;
	return { seen: 'neither of the two', isRead: false, asAssumed: false };
};

export const searchHit: Observe = (report) => {
	const call = searchFor(report, 'client_id');
	if (!isSuccess(call)) return undefined;
	const hit = hitIn(call);
	// One that finds nothing belongs to another detail.
	if (hit === undefined) return undefined;
	return { seen: inWords(call.body), isRead: hit !== 'unread', asAssumed: hit === call.body };
};

export const searchEmpty: Observe = (report) => {
	const call = searchFor(report, 'email');
	const isNotFound = call?.status === 404;
	if (call === undefined || (!isNotFound && !isSuccess(call))) return undefined;
	return { seen: statusAnd(call), isRead: isNotFound || call.isRead, asAssumed: isNotFound };
};

export const successFalse: Observe = (report) => {
	const failed = ofApi(report).find(({ body }) => saysFailed(body));
	return failed && { seen: statusAnd(failed), isRead: true, asAssumed: true };
};

export const times: Observe = (report) => {
	const call = searchFor(report, 'client_id');
	const hit = isSuccess(call) ? hitIn(call) : undefined;
	const told = [
		...(isObject(hit) ? [hit.created_utc] : []),
		...eventPages(report).map(({ body }) => eventsIn(body)[0]?.createdUtc),
	].filter((time) => typeof time === 'string');
	if (told.length === 0) return undefined;
	if (!told.every((time) => /^\d{4}-\d\d-\d\dT/.test(time))) {
		return { seen: 'a time in another form', isRead: false };
	}
	const isZoned = told.every((time) => time.endsWith('Z'));
	return { seen: isZoned ? 'every time has a zone' : 'a time without a zone', isRead: true };
};

const LOOKUP_WORDS: Record<Lookup, string> = {
	clients: 'clients',
	affiliates: 'affiliates',
	clientStatuses: 'statuses',
	employees: 'employees',
};

export const lookups: Observe = (report) => {
	const each = (Object.keys(LOOKUP_WORDS) as Lookup[]).flatMap((lookup) => {
		const call = ofApi(report).find(({ path }) => path === PATHS.lookups[lookup]);
		return isSuccess(call) ? [lookupOf(lookup, call)] : [];
	});
	if (each.length === 0) return undefined;
	return {
		seen: each.map(({ seen }) => seen).join('; '),
		isRead: each.every(({ isRead }) => isRead),
		asAssumed: each.every(({ asAssumed }) => asAssumed),
	};
};

function lookupOf(lookup: Lookup, { body, isRead }: ReportedCall): Observation {
	const { rows: lists, id, label } = LOOKUP_ROWS[lookup];
	const [first] = listIn(body, lists) ?? [];
	const isNamed = isObject(first) && nameIn(first, id) === id[0] && nameIn(first, label) === label[0];
	return {
		seen: `${LOOKUP_WORDS[lookup]}: ${inWords(body)}${first === undefined ? '' : `, each ${inWords(first)}`}`,
		isRead,
		asAssumed: hasName(body, lists[0]) && (first === undefined || isNamed),
	};
}

export const eventLog: Observe = (report) => {
	const [first, ...others] = eventPages(report);
	if (!isSuccess(first)) return undefined;
	const { body } = first;
	const events = eventsIn(body);
	const [event] = events;
	const count = events.length;
	const isFlagged = isObject(body) ? MORE_NAMES.map((name) => body[name]).find(isBoolean) : undefined;
	const moreFollow = isFlagged ?? others.some((page) => eventsIn(page.body).length > 0);
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
			report.log.includes('a page comes twice') && '`cursor` is ignored',
		]
			.filter(Boolean)
			.join('; '),
		isRead:
			listIn(body, EVENT_LIST_NAMES) !== undefined && (count === 0 || readEnvelope(event) !== undefined),
		asAssumed: isKept && isLeftOut ? undefined : isKept && cursor === CURSOR_NAMES[0],
	};
};

export const moreEvents: Observe = (report) => {
	const last = eventPages(report).findLast(
		(page) => isSuccess(page) && listIn(page.body, EVENT_LIST_NAMES) !== undefined,
	);
	if (last === undefined) return undefined;
	const { body } = last;
	if (!isObject(body)) return { seen: 'a list has no place for it', isRead: true, asAssumed: false };
	const flag = MORE_NAMES.find((name) => name in body);
	const cursor = CURSOR_NAMES.find((name) => name in body);
	const cursorAtEnd =
		cursor === undefined
			? 'there is no cursor'
			: `\`${cursor}\` is ${body[cursor] === null ? 'null' : 'there'}`;
	const isLast = flag !== undefined && body[flag] === false;
	const seen = flag === undefined ? 'no flag' : `\`${flag}\``;
	return {
		seen: isLast ? `${seen}; on the last page ${cursorAtEnd}` : seen,
		isRead: true,
		asAssumed: flag === MORE_NAMES[0],
	};
};

export const eventOrder: Observe = ({ log }) => {
	const seen = log.find((fact) => fact.startsWith('ids '));
	const ascend = seen === 'ids ascend';
	return seen === undefined ? undefined : { seen, isRead: ascend, asAssumed: ascend };
};

export const statusIds: Observe = ({ log }) => {
	const [, told] = log.map((fact) => /^client\.status_changed has (.+)$/.exec(fact)).find(Boolean) ?? [];
	if (told === undefined) return undefined;
	const names = told.match(/\w+_id\b/g) ?? [];
	const seen = names.length === 0 ? 'none of the two' : listed(names.map((name) => `\`${name}\``));
	return { seen, isRead: true, asAssumed: names.length === 2 };
};

export const subscriptionFields: Observe = (report) => {
	const call = ofApi(report).find(({ path }) => path === PATHS.subscriptions);
	if (!isSuccess(call)) return undefined;
	const { body, isRead } = call;
	const [row] = listIn(body, SUBSCRIPTION_LISTS) ?? [];
	const subscription = row === undefined ? undefined : unwrapped(row);
	const words = subscription === undefined ? [] : subscriptionWords(subscription);
	const isNamed = (held: IDataObject) =>
		Object.values(SUBSCRIPTION_NAMES).every(
			(names) => names === SUBSCRIPTION_NAMES.secret || nameIn(held, names) === names[0],
		);
	return {
		seen: [inWords(body), ...words].join('; '),
		isRead,
		asAssumed: Array.isArray(body) && (subscription === undefined || isNamed(subscription)),
	};
};

/** Under which names a subscription has what, and in which form. */
function subscriptionWords(subscription: IDataObject): string[] {
	const { id, url, types, state } = SUBSCRIPTION_NAMES;
	const described = Object.entries({ id, address: url, 'event types': types, state }).map(([what, names]) => {
		const name = nameIn(subscription, names);
		if (name === undefined) return `no ${what}`;
		const value = subscription[name];
		const form = Array.isArray(value) ? 'a list' : typeof value === 'string' ? 'text' : inWords(value);
		return `${what}: \`${name}\`, ${form}`;
	});
	return [...described, 'description' in subscription ? '`description` is shown' : 'no description'];
}

export const errorBodies: Observe = (report) => {
	const calls = ofApi(report);
	const call = calls.find(isRefused) ?? calls.find(({ status }) => status >= 400);
	return (
		call && {
			seen: statusAnd(call),
			isRead: isErrorRead(call.body),
			asAssumed: isObject(call.body) && typeof call.body.message === 'string',
		}
	);
};

export const missingScope: Observe = (report) => {
	const denied = ofApi(report).filter(({ status }) => status === 403);
	const [first] = denied;
	if (first === undefined) return undefined;
	const isNamed = denied.every(({ namesScope }) => namesScope);
	const seen = `${statusAnd(first)}, which ${isNamed ? 'names' : 'does not name'} the scope`;
	return { seen, isRead: isNamed, asAssumed: isNamed };
};

export const requestIdHeader: Observe = (report) => {
	// A gateway that gave up on the API answers for itself.
	const names = ofApi(report)
		.filter(({ status }) => status < 500)
		.map(({ headers }) => [...headers.keys()].find((name) => /(request|correlation|trace)-?id$/.test(name)));
	if (names.length === 0) return undefined;
	const [name] = names;
	if (name === undefined) return { seen: 'no header is named like one', isRead: false, asAssumed: false };
	const isRead = !names.includes(undefined);
	const shown = name === 'another-request-id' ? 'another name that ends so' : `\`${name}\``;
	return {
		seen: isRead ? shown : `${shown}, on some answers`,
		isRead,
		asAssumed: name === 'x-request-id',
	};
};

export const rateLimit: Observe = (report) => {
	const reads = ofApi(report).filter(({ method }) => method === 'GET');
	const read = reads.find(({ headers }) => (headers.get('x-ratelimit-reset') ?? 'not read') !== 'not read');
	const limit = read?.headers.get('x-ratelimit-limit') ?? '';
	if (read === undefined || !/^\d+$/.test(limit)) return undefined;
	const [, length] = windowOf(read) ?? [];
	return {
		seen: `${limit} reads${length === undefined ? '' : ` in ${length} seconds`}`,
		isRead: true,
		asAssumed: limit === '60' && length === '60',
	};
};

export const windowStarts: Observe = (report) => {
	const windows = ofApi(report).flatMap((call) => windowOf(call)?.[0] ?? []);
	if (windows.length === 0) return undefined;
	const areAligned = windows.every((window) => !window.startsWith('not '));
	const seen = areAligned
		? 'every reset is on a multiple of the length'
		: 'a reset is on no multiple of the length';
	return { seen, isRead: true, asAssumed: areAligned };
};

function windowOf({ headers }: ReportedCall): RegExpExecArray | null {
	return /^(?:not )?aligned to (\d+) s$/.exec(headers.get('x-ratelimit-reset') ?? '');
}

export const windowForm: Observe = (report) => {
	const [form] = ofApi(report).flatMap(({ headers }) => headers.get('x-ratelimit-window') ?? []);
	if (form === undefined) return undefined;
	const isRead = WINDOW_FORM.test(form);
	return { seen: isRead ? `\`${form}\`` : inWords(specimenOf(form)), isRead, asAssumed: form === '1m' };
};

export const tooManyRequests: Observe = (report) => {
	const refused = ofApi(report).find(({ status }) => status === 429);
	if (refused === undefined) return undefined;
	const after = refused.headers.get('retry-after');
	const parts = [
		...(after === undefined ? [] : [`\`Retry-After\` ${after}`]),
		...(refused.headers.has('x-ratelimit-reset') ? ['`X-RateLimit-Reset`'] : []),
	];
	const isUnread = after === 'in another form';
	return {
		seen: parts.length === 0 ? 'nothing' : listed(parts),
		isRead: !isUnread,
		asAssumed: after !== undefined && !isUnread,
	};
};

/** The calls that the API answered: what anyone else answered says nothing of it. */
function ofApi({ calls }: Report): ReportedCall[] {
	return calls.filter(({ isFromApi }) => isFromApi);
}

function isSearch(path: string): boolean {
	return (PATHS.searches.client as readonly string[]).includes(path);
}

function searchFor(report: Report, field: string): ReportedCall | undefined {
	return ofApi(report).find(({ path, query }) => isSearch(path) && query.includes(field));
}

function hitIn({ body }: ReportedCall): IDataObject | 'unread' | undefined {
	try {
		return saysFailed(body) ? 'unread' : readHit(body);
	} catch {
		return 'unread';
	}
}

function eventPages(report: Report): ReportedCall[] {
	return ofApi(report).filter(({ method, path }) => method === 'GET' && path === PATHS.events);
}

/** As many as the page has; only the first shows its shape. */
function eventsIn(body: unknown): IDataObject[] {
	return (listIn(body, EVENT_LIST_NAMES) ?? []) as IDataObject[];
}

function isSuccess(call: ReportedCall | undefined): call is ReportedCall {
	return call !== undefined && call.status < 300;
}

/** Whether the API refused a call for what was in it: by its status, or by saying that nothing was done. */
function isRefused({ status, body }: ReportedCall): boolean {
	return [400, 422].includes(status) || (status < 300 && saysFailed(body));
}

function statusAnd({ status, isWebPage, body }: ReportedCall): string {
	return `HTTP ${status}, ${isWebPage ? 'a web page' : inWords(body)}`;
}

function hasName(body: unknown, name = ''): boolean {
	return isObject(body) && name in body;
}

function isBoolean(value: unknown): value is boolean {
	return typeof value === 'boolean';
}
