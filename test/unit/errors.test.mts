import { describe, expect, test } from '@jest/globals';
import { NodeApiError } from 'n8n-workflow';
import type { IDataObject } from 'n8n-workflow';
import {
	asNodeError,
	codeOf,
	describeNetworkError,
	inputError,
	isForbidden,
	isRefusal,
	isUnconfirmed,
	outcomeError,
	rateLimitError,
	shapeError,
	unconfirmedError,
} from '../../nodes/WhiteLabelCro/client/errors.ts';
import type { ErrorCode, FailedCall } from '../../nodes/WhiteLabelCro/client/errors.ts';
import { wasNotSent } from '../../nodes/WhiteLabelCro/client/networkError.ts';

const node = {
	id: '1',
	name: 'Node',
	type: 'node',
	typeVersion: 1,
	position: [0, 0] as [number, number],
	parameters: {},
};

/** The error of a call without an answer, by Node's code for the reason. */
const reports: Array<[string, (code: string) => NodeApiError]> = [
	[
		'n8n 2.8, which puts the code in the place of an HTTP status',
		(httpCode) => new NodeApiError(node, {}, { httpCode }),
	],
	[
		'newer versions of n8n, which keep the cause',
		(code) => Object.assign(new NodeApiError(node, {}), { cause: { code } }),
	],
];

describe.each(reports)('As reported by %s,', (_who, report) => {
	test('a refused connection is known to have carried out nothing', () => {
		const error = report('ECONNREFUSED');
		expect(wasNotSent(error)).toBe(true);
		expect(describeNetworkError(error).message).toContain('does not accept connections');
	});

	test('a write that got no answer in time may have been carried out', () => {
		const error = report('ECONNABORTED');
		expect(wasNotSent(error)).toBe(false);
		expect(describeNetworkError(error).message).toContain('did not answer in time');
	});
});

/** What five errors for a million characters each may cost in computing: it takes some 50 ms, and hours if anything is not linear. */
const BOUND_MS = 3000;
const SIZE = 1_000_000;
const API_KEY = 'Key/of+no.usual~form=0815';

const nested = (depth: number, open: string, inner: string, close: string) =>
	JSON.parse(open.repeat(depth) + inner + close.repeat(depth)) as unknown;
const runsOf = (text: string) => text.repeat(SIZE / text.length);

const worstTexts: Array<[what: string, text: string]> = [
	['a', 'a'],
	['a@', 'a@'],
	['a@a', 'a@a '],
	['a@.', 'a@.'],
	['@', '@'],
	['.', '.'],
	['%40', '%40'],
	['1', '1'],
	['1 ', '1 '],
	['1 and spaces', `1${' '.repeat(499)}`],
	['+', '+'],
	['(', '('],
	['spaces', ' '],
	['lines', '\r\n'],
	['wlcro_', 'wlcro_'],
	['wlcro_-', 'wlcro_-'],
	['the key', API_KEY.slice(0, 25).padEnd(25)],
	['most of the key', API_KEY.slice(0, -1)],
	['backslashes', '\\'],
	['quotes', "'"],
	['<', '<'],
	['Request ID', 'Request ID x: '],
	['scope admin', 'scope admins '],
	['private characters', '\uE000\uE001'],
].map(([what = '', text = '']) => [what, runsOf(text)]);

const worstBodies: Array<[what: string, body: unknown]> = [
	...worstTexts.flatMap(
		([what, text]): Array<[string, unknown]> => [
			[`a text of ${what}`, text],
			[`a message of ${what}`, { message: text }],
			[`a message of ${what} in an object`, { error: { code: text, message: text } }],
			[`a reason of ${what}`, { errors: { email: [text] } }],
			[`a field named ${what}`, { errors: { [text]: [text] } }],
			[`a list of ${what}`, { errors: [text, { field: text, message: text }] }],
			[`a bare field of ${what}`, { [text]: [text] }],
		],
	),
	[
		'100,000 fields',
		{ errors: Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`f${i}`, ['bad']])) },
	],
	['100,000 reasons', { errors: { email: Array.from({ length: 1e5 }, () => 'bad') } }],
	['100,000 errors', { errors: Array.from({ length: 1e5 }, () => ({ email: 'bad' })) }],
	['100,000 members', Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`scope${i}`, i]))],
	['deep objects', nested(1e5, '{"error":', '"admin"', '}')],
	['deep arrays', nested(1e5, '[', '"scope"', ']')],
	['deep errors', { errors: nested(1e5, '{"errors":', '"bad"', '}') }],
	['deep reasons', { errors: { email: nested(1e5, '[', '"bad"', ']') } }],
];

const call: FailedCall = {
	node,
	method: 'POST',
	path: '/api/v1/integrations/leads',
	itemIndex: 0,
	apiKey: API_KEY,
};
const errorOf = (statusCode: number, body: unknown, headers: IDataObject = {}) =>
	outcomeError(call, { kind: 'answer', answer: { statusCode, headers, body } });

describe('An error is told from others by its code, whatever it says:', () => {
	const page = '<!doctype html><title>Log in</title>';
	const lost = Object.assign(new Error(''), { code: 'ECONNRESET' });

	test.each<[string, () => unknown, ErrorCode, is: { forbidden?: true; refusal?: true }]>([
		['a bad key', () => errorOf(401, {}), 'WLCRO_ERR_UNAUTHORIZED', {}],
		['a record of others', () => errorOf(403, {}), 'WLCRO_ERR_FORBIDDEN', { forbidden: true }],
		['no scope', () => errorOf(403, 'events:read'), 'WLCRO_ERR_MISSING_SCOPE', { forbidden: true }],
		['a wall before the API', () => errorOf(403, page), 'WLCRO_ERR_NOT_FROM_API', {}],
		['a redirect', () => errorOf(302, ''), 'WLCRO_ERR_NOT_FROM_API', {}],
		['another site', () => errorOf(404, page), 'WLCRO_ERR_NOT_FROM_API', {}],
		['no record', () => errorOf(404, {}), 'WLCRO_ERR_NOT_FOUND', { refusal: true }],
		['a bad field', () => errorOf(422, { errors: { a: 'b' } }), 'WLCRO_ERR_REFUSED', { refusal: true }],
		['a server in trouble', () => errorOf(503, page), 'WLCRO_ERR_INTERNAL', {}],
		['too many calls', () => rateLimitError(call, 'workflow', 1), 'WLCRO_ERR_RATE_LIMITED', {}],
		[
			'no answer',
			() => outcomeError(call, { kind: 'networkError', arrived: 'maybe', failure: lost }),
			'WLCRO_ERR_NETWORK',
			{},
		],
		[
			'a write without an answer',
			() => unconfirmedError(call, errorOf(503, {}), 0),
			'WLCRO_ERR_UNCONFIRMED_WRITE',
			{},
		],
		['a parameter', () => inputError(node, 'Bad'), undefined as never, {}],
	])('%s', (_what, make, code, { forbidden = false, refusal = false }) => {
		const error = make();
		const known = [codeOf(error), isForbidden(error), isRefusal(error), isUnconfirmed(error)];
		expect(known).toEqual([code, forbidden, refusal, code === 'WLCRO_ERR_UNCONFIRMED_WRITE']);
	});
});

/** Runs it. @returns what it gave, and how long this process computed for it, in milliseconds, however busy the machine is */
function timed<T>(work: () => T): [value: T, ms: number] {
	const before = process.cpuUsage();
	const value = work();
	const { user, system } = process.cpuUsage(before);
	return [value, (user + system) / 1000];
}

test.each([
	[1, 'It resets in 1 second.'],
	[1001, 'It resets in 2 seconds.'],
])('A rate limit that resets in %i ms is told as "%s"', (ms, words) => {
	expect(rateLimitError(call, 'workflow', ms).description).toContain(words);
});

describe('An answer made to keep n8n busy costs next to nothing, and makes a short error', () => {
	test.each(worstBodies)('with %s', (_what, body) => {
		const headers = { 'x-request-id': runsOf('a@1 ') };
		const [errors, ms] = timed(() => [
			...[302, 403, 422].map((status) => errorOf(status, body, headers)),
			shapeError(call, { statusCode: 200, headers, body }, new Error()),
			unconfirmedError(call, errorOf(503, body, headers), 0),
		]);
		expect(ms).toBeLessThan(BOUND_MS);
		for (const { message, description } of errors)
			expect(message.length + (description ?? '').length).toBeLessThan(4000);
	});

	test.each(worstTexts)('of something else that was thrown, with runs of %s', (_what, text) => {
		const [error, ms] = timed(() => asNodeError(node, new Error(text)));
		expect(ms).toBeLessThan(BOUND_MS);
		expect(error.message.length).toBeLessThan(1500);
	});
});

describe("Whatever of an answer says it, an error shows neither the key nor a person's email or phone number", () => {
	const secrets = [API_KEY, 'wlcro_live_92_an-other_key', 'jane.smith@example.com', '+1 (415) 555-1234'];
	const places: Array<[where: string, answer: (text: string) => { body: unknown; headers?: IDataObject }]> = [
		['a text', (text) => ({ body: text })],
		['the message', (text) => ({ body: { message: text } })],
		['the error', (text) => ({ body: { error: text } })],
		["the error's message", (text) => ({ body: { error: { message: text } } })],
		['the detail', (text) => ({ body: { title: 'Bad', detail: text } })],
		['the title', (text) => ({ body: { title: text } })],
		['the reason of a field', (text) => ({ body: { errors: { email: text } } })],
		['one of several reasons', (text) => ({ body: { errors: { email: ['is bad', text] } } })],
		['the name of a field', (text) => ({ body: { errors: { [text]: ['is bad'] } } })],
		['the name of a nested field', (text) => ({ body: { error: { details: { [text]: text } } } })],
		['the request id', (text) => ({ body: {}, headers: { 'x-request-id': text } })],
		['a header that lists two', (text) => ({ body: {}, headers: { 'x-request-id': `1, ${text}` } })],
		['a list', (text) => ({ body: [text] })],
		['a list of messages', (text) => ({ body: { message: [text], error: text } })],
		['a list of fields', (text) => ({ body: { errors: [{ field: text, message: text }] } })],
		['a field alone', (text) => ({ body: { [text]: [text] } })],
		['the name of a scope', (text) => ({ body: { message: 'scope', required_scope: `admin ${text}` } })],
	];

	test.each(places)('%s', (_where, answer) => {
		for (const secret of secrets) {
			for (const at of [0, 440, 480, 495, 499, 500]) {
				const { body, headers = {} } = answer('. '.repeat(250).slice(0, at) + secret);
				const errors = [302, 400, 401, 403, 404, 422, 429, 500].map((status) =>
					errorOf(status, body, headers),
				);
				const shown = JSON.stringify(errors.map(({ message, description }) => [message, description]));
				for (const piece of [secret, secret.slice(0, 8), secret.slice(-6)])
					expect(shown).not.toContain(piece);
			}
		}
	});

	test('its words stay, and end as sentences do', () => {
		const { message, description } = errorOf(
			422,
			{ message: 'Validation failed', errors: { email: ['is taken', 'is odd'], zip: 'is bad' } },
			{ 'x-request-id': 'r-4155551234' },
		);
		expect(message).toBe('WhiteLabelCRO refused a field of this item');
		expect(description).toBe(
			"WhiteLabelCRO says: Validation failed. 'email': is taken, is odd. 'zip': is bad. Correct that in this node, and try again. Request ID for WhiteLabelCRO's support: r-4155551234",
		);
	});
});
