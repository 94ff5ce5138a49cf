import { DEFAULT_BASE_URL } from '../../client/baseUrl';
import { isNotFromApi, isWebPage } from '../../client/response';
import type { ApiResponse } from '../../client/response';
import { readMissingScope } from '../../contract/errors';
import { readEnvelope } from '../../contract/events';
import { readRequestId, requestIdHeader } from '../../contract/headers';
import { SCOPES, readKeyForm } from '../../contract/keys';
import { readRateLimit, readRetryAfterMs } from '../../contract/rateLimit';
import { notationOf } from './notation';
import type { AccountProbe, ProbeResults } from './probes';
import { WINDOW_FORM } from './problems';
import type { Findings } from './problems';

/** The first line of a report. scripts/report reads this format and no other: what changes it changes the number. */
const TITLE = 'Account: Check, report format 1';

/** The words that names of request ids' headers are usually made of. Any other may be a company's name. */
const USUAL_WORDS: ReadonlySet<string> = new Set(
	'amz amzn api b3 correlation crm http id ms request requestid correlationid trace traceid whitelabelcro wlcro x'.split(
		' ',
	),
);

/**
 * What the server speaks, as text to paste into an issue: names, shapes, forms, and lengths, and no value of the account.
 * What it tells of the contract, scripts/report says.
 */
export function reportOf(
	{ answers, scopes, clockAhead }: Pick<Findings, 'answers' | 'scopes' | 'clockAhead'>,
	{ baseUrl, apiKey }: { baseUrl: string; apiKey: string },
): string {
	const keyForm = readKeyForm(apiKey);
	return [
		TITLE,
		`Base URL: ${baseUrl === DEFAULT_BASE_URL ? 'as documented' : 'another one'}`,
		`API key: ${keyForm === undefined ? 'another form' : `begins with ${keyForm}`}`,
		`Scopes: ${SCOPES.map((scope) => `${scope} ${scopes[scope]}`).join(', ')}`,
		`Clocks: ${clockAhead === undefined ? 'not told' : Math.abs(clockAhead) < 2 ? 'the same' : 'differ'}`,
		`Event log: ${logFacts(answers).join('; ') || 'nothing to compare'}`,
		...answers.all.flatMap(linesOf),
	].join('\n');
}

/** What the event log's values tell, which the report does not hold. */
function logFacts({ eventPages }: ProbeResults): string[] {
	const pages = eventPages.map(({ value }) => value?.events ?? []);
	const [first = [], ...others] = pages.filter(({ length }) => length > 1);
	const isRepeated = first[0]?.id !== undefined && others.some(([row]) => row?.id === first[0]?.id);
	// Of a page that comes again, only one copy counts.
	const ids = (isRepeated ? first : pages.flat()).map(({ id }) => Number(id));
	const ascend = ids.every((id, at) => id >= (ids[at - 1] ?? -Infinity));
	const events = pages.flat().map(readEnvelope);
	const change = events.find((event) => event?.type === 'client.status_changed')?.payload;
	const statusIds = ['previous_status_id', 'new_status_id'].filter((name) => change && name in change);
	return [
		...(isRepeated ? ['a page comes twice'] : []),
		...(ids.length < 2 || ids.some(Number.isNaN) ? [] : [ascend ? 'ids ascend' : 'ids do not ascend']),
		...(change ? [`client.status_changed has ${statusIds.join(' and ') || 'no status IDs'}`] : []),
	];
}

/** One call, its answer's status with notes and headers, and the shape of its body. What was asked for stays out. */
function linesOf({ method, path, query = {}, scope, answer, error, isUnread }: AccountProbe): string[] {
	const names = Object.keys(query).join('&');
	const call = `${method} ${path}${names && `?${names}`}`;
	if (answer === undefined) return [call, '  no answer'];
	const { statusCode, body } = answer;
	const notes = [
		...(isNotFromApi(answer) ? ['not from the API'] : []),
		...(isUnread === true || (error !== undefined && statusCode < 300) ? ['not read'] : []),
		...(statusCode === 403 && readMissingScope(body, scope) !== undefined ? ['names the scope'] : []),
	];
	return [
		call,
		`  ${[`HTTP ${statusCode}`, ...notes, ...headerForms(answer)].join('; ')}`,
		`  ${isWebPage(answer) ? 'a web page' : notationOf(body)}`,
	];
}

/** The headers that this package reads, each with the form of its value. */
function headerForms({ headers }: ApiResponse): string[] {
	const { reset = 0, lengthMs = 0 } = readRateLimit(headers, Date.now()) ?? {};
	const seconds = lengthMs / 1000;
	const alignment = `${reset % lengthMs === 0 ? '' : 'not '}aligned to ${seconds} s`;
	const { 'retry-after': after } = headers;
	const inSeconds = typeof after === 'string' && /^\d+$/.test(after);
	const isDate = readRetryAfterMs(headers, Date.now()) !== undefined;
	const asTold = (name: string, harmless: RegExp) => {
		const value = headers[name];
		return typeof value === 'string' && harmless.test(value) ? value : notationOf(value);
	};
	const forms: Record<string, string> = {
		'x-ratelimit-limit': asTold('x-ratelimit-limit', /^\d{1,6}$/),
		'x-ratelimit-remaining': notationOf(headers['x-ratelimit-remaining']),
		'x-ratelimit-reset': reset === 0 ? 'not read' : seconds > 0 && seconds < 1e6 ? alignment : 'read',
		'x-ratelimit-window': asTold('x-ratelimit-window', WINDOW_FORM),
		'retry-after': inSeconds ? 'in seconds' : isDate ? 'as a date' : 'in another form',
	};
	const told = Object.entries(forms).filter(([name]) => headers[name] !== undefined);
	const isIdTold = readRequestId(headers) !== undefined;
	const idHeader = requestIdHeader(headers)?.toLowerCase() ?? '';
	const isUsual = idHeader.split('-').every((word) => USUAL_WORDS.has(word));
	return [
		...(isIdTold ? [isUsual ? idHeader : 'another-request-id'] : []),
		...told.map(([name, form]) => `${name}: ${form}`),
	];
}
