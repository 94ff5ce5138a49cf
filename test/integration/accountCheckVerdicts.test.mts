// Account: Check against CRMs that differ from the contract in one thing: its verdict on that thing is the truth, and on no other.
import { describe, expect, it, test } from '@jest/globals';

import { readReport } from '../../scripts/report/report.mts';
import { type Item, checkWith, verdictOn } from './check.mts';
import { withCrm } from './crm.mts';
import { startEngine } from './engine.mts';

interface Answer {
	status?: number;
	body?: unknown;
	/** A request id alone if left out. */
	headers?: Record<string, string>;
}

/** What differs: the answer to a call, named by its method and path; undefined for the usual one. */
type Change = (call: string, query: URLSearchParams) => Answer | undefined;

const EVENT = {
	id: 1,
	type: 'lead.created',
	createdUtc: '2026-01-28T10:30:00Z',
	companyId: 92,
	payload: { client_id: 5 },
};
const PAGE = { events: [EVENT], nextCursor: null, hasMore: false };

/** A small account, as the contract says. */
function usual(call: string, query: URLSearchParams): Answer {
	switch (call) {
		case 'GET /lookups/employees':
			return { body: { employees: [{ employee_id: 7, full_name: 'John Advisor' }] } };
		case 'GET /lookups/affiliates':
			return { body: { affiliates: [{ affiliate_id: 8, full_name: 'Ann Partner' }] } };
		case 'GET /lookups/client-statuses':
			return { body: { client_statuses: [{ status_id: 42, status_name: 'Client - Active' }] } };
		case 'GET /lookups/clients':
			return { body: { clients: [{ client_id: 5, full_name: 'Jane Smith' }] } };
		case 'GET /webhooks/subscriptions':
			return { body: [] };
		case 'GET /events':
			return { body: PAGE };
		case 'GET /clients/search':
			if (query.has('client_id')) return { body: { client_id: 5, created_utc: '2026-01-28T10:30:00Z' } };
			if (query.has('email')) return { status: 404, body: { message: 'No such client' } };
			return { status: 400, body: { message: 'Nothing to search by' } };
		case 'POST /events/test':
			return { status: 400, body: { message: 'A field is required' } };
		default:
			return { status: 404, body: { message: 'Not found' } };
	}
}

let keys = 0;

/** One check of an account that differs in what a test says; every key is new, since its rate limit is remembered. */
async function check(change: Change, write = false): Promise<Item> {
	const answer = ({ method, url }: { method: string; url: URL }) => {
		const call = `${method} ${url.pathname.replace(/^\/api\/v1(\/integrations)?/, '')}`;
		const given = change(call, url.searchParams) ?? usual(call, url.searchParams);
		const { status = 200, body = '', headers = { 'x-request-id': 'r-1' } } = given;
		return Response.json(body, { status, headers });
	};
	return await withCrm(answer, async (baseUrl) => {
		const engine = await startEngine({ apiKey: `wlcro_live_92_verdict-${++keys}`, baseUrl });
		return await checkWith(engine, { checkAdminScope: write });
	});
}

/** Answers every call that a test names in the same way. */
const to =
	(calls: RegExp, answer: Answer): Change =>
	(call) =>
		calls.test(call) ? answer : undefined;

test('An account that does as the contract says is well', async () => {
	const { ok, problems, scopes } = await check(() => undefined, true);
	expect({ ok, problems }).toEqual({ ok: true, problems: [] });
	expect(new Set(Object.values(scopes))).toEqual(new Set(['yes']));
});

describe('A scope is said to be missing', () => {
	it('if the call needs it, although the refusal names those that the key has', async () => {
		const message = 'The key has integrations:read and events:read, but needs webhooks:write';
		const item = await check(to(/subscriptions/, { status: 403, body: { message } }));
		expect(item.scopes).toMatchObject({ 'integrations:read': 'yes', 'webhooks:write': 'no' });
		expect(item.problems).toEqual([expect.stringMatching(/lacks the scope 'webhooks:write'/)]);
	});

	it('but not admin, where that is a person', async () => {
		const message = 'The scope is insufficient: ask your admin';
		const { scopes } = await check(to(/GET \/events/, { status: 403, body: { message } }));
		expect(scopes).toMatchObject({ 'events:read': 'no', admin: 'not checked' });
	});

	it('with what WhiteLabelCRO says, if that names none', async () => {
		const { problems } = await check(() => ({ status: 403, body: { message: 'Your account is on hold' } }));
		expect(problems[0]).toMatch(
			/seems to lack the scopes .* WhiteLabelCRO says: Your account is on hold\. If/,
		);
	});

	it('not by a firewall, whose answers have no request ID', async () => {
		const blocked = { status: 403, body: { error: 'blocked' }, headers: {} };
		const { scopes, problems } = await check(() => blocked);
		expect(new Set(Object.values(scopes))).toEqual(new Set(['not checked']));
		expect(problems).toEqual([expect.stringMatching(/^Access was refused .*a firewall may be blocking/)]);
	});

	it('for certain, whatever another refusal says of a single record', async () => {
		const { problems } = await check((call, query) => {
			if (call === 'GET /events') return { status: 403, body: { message: 'Needs events:read' } };
			return query.has('client_id') ? { status: 403, body: { message: 'Not yours' } } : undefined;
		});
		expect(problems).toContainEqual(
			expect.stringMatching(/lacks the scope 'events:read' .*\)\. If you need/),
		);
	});

	it("not by a refusal of another company's record", async () => {
		const item = await check((call, query) =>
			call === 'GET /clients/search' && query.has('client_id')
				? { status: 403, body: { message: 'Of another company' } }
				: undefined,
		);
		expect(item.scopes['integrations:read']).toBe('yes');
		expect(item.problems).toEqual([
			expect.stringMatching(/asking for a client .*says: Of another company\./),
		]);
	});
});

test.each([
	['a redirect', { status: 302, headers: { location: 'https://proxy.example.com' } }],
	['a page of a proxy', { status: 403, headers: { 'content-type': 'text/html' }, body: '<html>' }],
])(
	'Another server that answers a part of the calls is not said to be all there is: %s',
	async (_what, answer) => {
		const { problems, scopes } = await check(to(/GET \/events/, answer));
		expect(problems).toEqual([
			expect.stringMatching(
				/^Another server, such as a proxy, answered in place of WhiteLabelCRO when asked for the event log/,
			),
		]);
		expect(scopes['events:read']).toBe('not checked');
	},
);

describe('A refusal by `success: false` with a success status', () => {
	const refused = { body: { success: false, message: 'A field is required' } };

	it('is as good as one by status, of a write without its required fields', async () => {
		const { ok, problems, scopes } = await check(to(/POST|PATCH/, refused), true);
		expect({ ok, problems }).toEqual({ ok: true, problems: [] });
		expect(scopes).toMatchObject({ 'integrations:write': 'yes', admin: 'yes' });
	});

	it('and of a search without a criterion', async () => {
		const item = await check((call, query) =>
			call === 'GET /clients/search' && query.size === 0 ? refused : undefined,
		);
		expect(item.problems).toEqual([]);
		expect(verdictOn(item, 'Path of the searches')).toMatchObject({ seen: '`/search`', isRead: true });
	});

	it('is a failure of any other call, in the words of WhiteLabelCRO', async () => {
		const { problems } = await check(to(/employees/, refused));
		expect(problems).toEqual([
			expect.stringMatching(/refused the request for the employees .*says: A field is required\./),
		]);
	});
});

describe('A write that may have taken effect is told of in one sentence, where the answer is', () => {
	it.each([
		['a redirect', { status: 303, body: '' }],
		['a timeout', { status: 408, body: {} }],
		['an internal problem', { status: 500, body: {} }],
		['a web page', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
	])('%s', async (_what, answer) => {
		const { problems } = await check(to(/POST \/events\/test/, answer), true);
		expect(problems).toEqual([
			expect.stringMatching(/^WhiteLabelCRO may have created a test event without a type\./),
		]);
	});
});

test('A record that was made is told without what cannot be an ID', async () => {
	const body = { id: `5\n| ${'x'.repeat(50)}` };
	const { problems } = await check(to(/POST \/events\/test/, { status: 201, body }), true);
	expect(problems).toEqual([
		expect.stringMatching(/created a test event \(WhiteLabelCRO did not say its ID\)\./),
	]);
});

describe('An account is not said to be well', () => {
	it.each([
		['statuses are texts', /statuses/, { client_statuses: ['Client - Active'] }, 'Lookups', 'the statuses'],
		[
			'statuses have no known ID',
			/statuses/,
			{ statuses: [{ key: 1, name: 'Active' }] },
			'Lookups',
			'the statuses',
		],
		[
			'employees have no known name',
			/employees/,
			{ employees: [{ id: 7, title: 'John' }] },
			'Lookups',
			'the employees',
		],
		[
			'events have no known type',
			/GET \/events/,
			{ ...PAGE, events: [{ id: 1, eventType: 'lead.created' }] },
			'Query and answer of the event log',
			'the event log',
		],
		[
			'a time cannot be read',
			/GET \/events/,
			{ ...PAGE, events: [{ ...EVENT, createdUtc: 'half past ten' }] },
			'Times without a zone',
			'the event log',
		],
	])('where %s', async (_what, calls, body, detail, unread) => {
		const item = await check(to(calls, { body }));
		expect(verdictOn(item, detail)).toMatchObject({ isRead: false });
		expect(item.problems).toEqual([expect.stringContaining(`(${unread})`)]);
	});

	it('where errors have no words', async () => {
		const item = await check(to(/search/, { status: 400, body: [{ reason: 5 }] }));
		expect(verdictOn(item, 'Error bodies')).toMatchObject({ isRead: false });
		expect(item.ok).toBe(false);
	});
});

describe('A detail is not said to be other than it is', () => {
	it('the errors, where they say why by field', async () => {
		const item = await check((call, query) =>
			query.size === 0 && call.includes('search')
				? { status: 422, body: { errors: { email: ['Required'] } } }
				: undefined,
		);
		expect(verdictOn(item, 'Error bodies')).toMatchObject({ isRead: true });
		expect(item.ok).toBe(true);
	});

	it('the path of the searches, where the one that is served has a bad time', async () => {
		const item = await check(to(/\/search/, { status: 503, body: {} }));
		expect(verdictOn(item, 'Path of the searches')).toEqual({ detail: 'Path of the searches' });
	});

	it('the cursor, where a last page has none', async () => {
		const item = await check(to(/GET \/events/, { body: { events: [EVENT], hasMore: false } }));
		expect(verdictOn(item, 'Query and answer of the event log')).toMatchObject({
			isRead: true,
			asAssumed: undefined,
		});
	});

	it('the order of the log, where every page is the same', async () => {
		const item = await check(to(/GET \/events/, { body: [EVENT, { ...EVENT, id: 2 }] }));
		expect(verdictOn(item, 'Order of the event log')).toMatchObject({ seen: 'ids ascend' });
		expect(verdictOn(item, 'Query and answer of the event log')?.seen).toMatch(/`cursor` is ignored$/);
	});

	it('the wait that a 429 asks for, where it is no date', async () => {
		const item = await check(() => ({ status: 429, body: {}, headers: { 'retry-after': 'soon' } }));
		expect(verdictOn(item, 'What a 429 carries')).toMatchObject({
			seen: '`Retry-After` in another form',
			isRead: false,
			asAssumed: false,
		});
	});
});

test('A reset beyond all dates is not told, and no error', async () => {
	const headers = {
		'x-request-id': 'r-1',
		'x-ratelimit-limit': '60',
		'x-ratelimit-remaining': '59',
		'x-ratelimit-reset': `${Date.now()}000000`,
	};
	const { ok, rate_limits } = await check((call, query) => ({ ...usual(call, query), headers }));
	expect({ ok, read: rate_limits.read }).toEqual({ ok: true, read: null });
});

describe('Nothing of an account gets into the report', () => {
	/** Whatever could be recognized, in every place that an answer has. */
	const SMITH = 'Smith Credit +14155550111 jane@example.com';

	it.each([
		['the name of a header', { 'x-smith-credit-request-id': 'r-1' }],
		["a request id's value", { 'x-request-id': SMITH }],
		['the limit', { 'x-ratelimit-limit': '14155550111', ...inAMinute() }],
		['the limit, as words', { 'x-ratelimit-limit': SMITH, ...inAMinute() }],
		['what is left', { ...inAMinute(), 'x-ratelimit-remaining': '14155550111' }],
		['the reset', { ...inAMinute(), 'x-ratelimit-reset': SMITH }],
		['the length of a window', { ...inAMinute(), 'x-ratelimit-window': SMITH }],
		['the length of a window, as a number', { ...inAMinute(), 'x-ratelimit-window': '14155550111s' }],
		['the wait', { 'retry-after': SMITH }],
		['the type of the content', { 'content-type': `application/json; name="${SMITH}"` }],
		['any other header', { 'x-tenant': SMITH, server: SMITH, link: `<https://${SMITH}>` }],
	])('by %s', async (_where, headers: Record<string, string>) => {
		const { report } = await check((call, query) => ({
			...usual(call, query),
			headers: { 'x-request-id': 'r-1', ...headers },
		}));
		expect(report).not.toMatch(/smith|jane|14155550111|tenant/i);
		expect(() => readReport(report)).not.toThrow();
	});

	it.each([
		['maps by email', { 'jane@example.com': { client_id: 5 }, 'joe@example.com': {} }],
		['maps by ID', { 415550111: { full_name: 'Jane' }, data: { 415550112: 'Jane' } }],
		[
			'names of custom fields',
			{ ZipOfJane: 1, 'Smith, Jane': 2, 'name of Jane': 3, '\n  HTTP 200; jane': 4 },
		],
		['texts that look like a report', [`Jane\n\nGET /jane\n  HTTP 200\n  {jane: null}`]],
		['words in the place of flags', { success: 'Jane', has_more: SMITH, hasMore: 415550111 }],
		['words in the place of times', [{ created_utc: SMITH, createdUtc: '415550111' }]],
		['lists of values as names', [['Jane'], { id: 'jane@example.com' }]],
	])('by a body: %s', async (_what, body) => {
		for (const status of [200, 400, 403, 404, 500]) {
			const { report } = await check(() => ({ status, body }), true);
			expect(report).not.toMatch(/smith|jane|joe|41555/i);
			expect(() => readReport(report)).not.toThrow();
		}
	});

	function inAMinute(): Record<string, string> {
		const reset = String(Math.ceil(Date.now() / 60_000) * 60);
		return { 'x-ratelimit-remaining': '50', 'x-ratelimit-reset': reset, 'x-ratelimit-window': '1m' };
	}
});

describe('However much WhiteLabelCRO answers,', () => {
	it('a report stays short, and can be read', async () => {
		const nest = (depth: number): unknown =>
			depth === 0 ? 1 : Object.fromEntries(Array.from({ length: 20 }, (_, at) => [at, nest(depth - 1)]));
		const { report } = await check(to(/GET \/events/, { body: { ...PAGE, more: nest(4) } }));
		expect(report.length).toBeLessThan(10_000);
		expect(readReport(report).calls.length).toBeGreaterThan(5);
	});

	it('a report stays short where every answer is huge', async () => {
		const row = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`custom ${at}`, 'x'.repeat(50)]));
		const { report } = await check(() => ({
			body: Array.from({ length: 50 }, () => ({ ...row, payload: row })),
		}));
		expect(report.length).toBeLessThan(20_000);
		expect(readReport(report).calls.length).toBeGreaterThan(5);
	});

	it('a sentence names no more than ten subscriptions', async () => {
		const held = Array.from({ length: 1000 }, (_, at) => ({
			id: 1000 + at,
			targetUrl: `https://crm.example.com/${at}`,
			isActive: false,
		}));
		const { problems } = await check(to(/subscriptions/, { body: held }));
		expect(problems).toEqual([
			expect.stringMatching(/^The webhook subscriptions 1000, .*, 1009 and 990 more are turned off/),
		]);
	});
});
