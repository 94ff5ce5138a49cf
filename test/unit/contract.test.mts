import { describe, expect, it } from '@jest/globals';

import { readErrorBody, readMissingScope, saysFailed } from '../../nodes/WhiteLabelCro/contract/errors.ts';
import {
	readCompanyId,
	readEnvelope,
	readEventKey,
	readEventPage,
	readEventTime,
	readStatus,
} from '../../nodes/WhiteLabelCro/contract/events.ts';
import {
	IDEMPOTENCY_HEADER,
	readRequestId,
	readServerTime,
} from '../../nodes/WhiteLabelCro/contract/headers.ts';
import { UnexpectedShapeError, partsOf, readRows } from '../../nodes/WhiteLabelCro/contract/json.ts';
import { SCOPES, apiKeyHeaders, readKeyForm } from '../../nodes/WhiteLabelCro/contract/keys.ts';
import { isKnownName } from '../../nodes/WhiteLabelCro/contract/knownNames.ts';
import { readLookupRow } from '../../nodes/WhiteLabelCro/contract/lookups.ts';
import { PATHS, bucketOf } from '../../nodes/WhiteLabelCro/contract/paths.ts';
import { readRateLimit, readRetryAfterMs } from '../../nodes/WhiteLabelCro/contract/rateLimit.ts';
import {
	isLead,
	readClientId,
	readCreatedAt,
	readHit,
	readRecord,
} from '../../nodes/WhiteLabelCro/contract/records.ts';
import {
	readSubscription,
	readSubscriptions,
	subscriptionBody,
} from '../../nodes/WhiteLabelCro/contract/subscriptions.ts';
import type { EventEnvelope } from '../../nodes/WhiteLabelCro/contract/events.ts';

describe('a search', () => {
	const record = { client_id: 7, email: 'a@example.com' };

	it.each([
		record,
		[record],
		{ client: record },
		{ lead: record },
		{ data: record },
		{ data: [record] },
		{ result: record },
		{ results: [record], count: 1 },
		{ data: { client: record } },
		{ client: null, lead: record, count: 1 },
		{ client: record, lead: null },
	])('found a record in %j', (body) => {
		expect(readHit(body)).toEqual(record);
	});

	it.each([
		null,
		undefined,
		'',
		{},
		[],
		{ client: null },
		{ lead: null },
		{ data: [] },
		{ results: [], count: 0 },
		{ client: null, lead: null },
	])('found nothing in %j', (body) => {
		expect(readHit(body)).toBeUndefined();
	});

	it.each([
		'text',
		5,
		true,
		{ message: 'ok' },
		['text'],
		{ data: 'text' },
		...[0, -1, 1.5, '', 'abc', '7a', null, true, {}, 2 ** 53].map((client_id) => ({ ...record, client_id })),
		{ data: null, error: 'The index is being rebuilt' },
		{ results: [], error: { message: 'The index is being rebuilt' } },
	])('does not take %j for nothing, but reports it', (body) => {
		expect(() => readHit(body)).toThrow(UnexpectedShapeError);
	});

	it('does not take a record whose client_id is no ID for a wrapper', () => {
		const body = { client_id: 'abc', client: null };
		expect(() => readHit(body)).toThrow('a record whose client_id is no ID');
	});
});

describe('the answer of an action', () => {
	it('is an object with at least one field', () => {
		expect(readRecord({ success: true })).toEqual({ success: true });
	});

	it.each([
		[undefined, 'nothing'],
		['', 'nothing'],
		['text', 'something other than an object'],
		[[{ client_id: 7 }], 'something other than an object'],
		[{}, 'nothing'],
	])('%j is reported as %s', (body, what) => {
		expect(() => readRecord(body)).toThrow(new UnexpectedShapeError(what));
	});
});

it.each([
	[{ status: 'Lead - New' }, true],
	[{ status_name: 'Lead - New' }, true],
	[{ status: 'Client - Lead Audit', status_name: 'Lead' }, false],
	[{}, false],
])('%j is a lead: %j', (record, is) => {
	expect(isLead(record)).toBe(is);
});

it.each([
	['GET', PATHS.events, 'read'],
	['GET', PATHS.subscriptions, 'read'],
	['POST', PATHS.leads, 'write'],
	['PATCH', PATHS.client(7), 'write'],
	['POST', PATHS.testEvents, 'admin'],
	['POST', PATHS.subscriptions, 'admin'],
	['PATCH', PATHS.subscription('7'), 'admin'],
	['DELETE', PATHS.subscription('7'), 'write'],
])('a %s of %s counts against the bucket %s', (method, path, bucket) => {
	expect(bucketOf(method, path)).toBe(bucket);
});

it('the parts of a text are those between its commas, without spaces', () => {
	expect(partsOf(' lead.created ,,client.created, ')).toEqual(['lead.created', 'client.created']);
});

describe('rows', () => {
	it('are the objects of a list, under the first of its names that it has', () => {
		const row = { id: 1 };
		expect(readRows([row, 'text', null], ['employees'])).toEqual([row]);
		expect(readRows({ employees: null, data: [row] }, ['employees'])).toEqual([row]);
	});

	it('that are missing are reported by their name', () => {
		expect(() => readRows({ message: 'ok' }, ['employees'])).toThrow('no list of employees');
	});
});

it.each([
	[7, 7],
	['7', 7],
	[' 7 ', 7],
	['07', undefined],
	['7x', undefined],
	['17', 17],
	['9007199254740993', undefined],
])('a client_id of %j is the ID %j', (client_id, id) => {
	expect(readClientId({ client_id })).toBe(id);
});

it.each([
	['2026-01-28T10:30:00Z', true],
	['2026-01-28T10:30:00.123Z', true],
	['2026-01-28T11:30:00+01:00', true],
	['2026-01-28T05:30:00-05:00', true],
	['2026-01-28T10:30:00', true],
	['2026-01-28 10:30:00.1234567', true],
	['soon', false],
	[null, false],
])('a created_utc of %j is read as UTC whatever the zone of this machine', (created_utc, isTime) => {
	const second = Math.floor((readCreatedAt({ created_utc }) ?? NaN) / 1000);
	expect(second).toBe(isTime ? Date.UTC(2026, 0, 28, 10, 30) / 1000 : NaN);
});

it.each([
	[{ success: false }, true],
	[{ success: 'false', message: 'No.' }, true],
	[{ success: true }, false],
	[{ success: null }, false],
	[{ client_id: 1 }, false],
	[[], false],
	['false', false],
	[null, false],
])('%j says that nothing was done: %j', (body, failed) => {
	expect(saysFailed(body)).toBe(failed);
});

describe('an error body', () => {
	it.each([
		[{ message: 'No.' }, 'No.', {}],
		[{ error: 'No.' }, 'No.', {}],
		[{ error: { code: 'x', message: 'No.' } }, 'No.', {}],
		[
			{ title: 'Invalid', detail: 'No.', errors: { email: ['is bad', 'is odd'] } },
			'No.',
			{ email: 'is bad, is odd' },
		],
		[{ title: 'No.' }, 'No.', {}],
		[{ error: { message: 'No.', details: { zip: 'is bad' } } }, 'No.', { zip: 'is bad' }],
		[
			{ message: 'No.', errors: { zip: [null, 'is bad', ''], city: [], email: null } },
			'No.',
			{ zip: 'is bad' },
		],
		[{ message: ['zip is odd', 'age is bad'], error: 'Bad' }, 'Bad; zip is odd; age is bad', {}],
		[{ errors: ['zip is odd', 'age is bad'] }, 'zip is odd; age is bad', {}],
		[{ error: ['zip is odd'] }, 'zip is odd', {}],
		[{ errors: [{ field: 'zip', message: 'is odd' }] }, undefined, { zip: 'is odd' }],
		[{ errors: [{ detail: 'No.' }, { zip: 'is odd' }] }, 'No.', { zip: 'is odd' }],
		[{ errors: [{ source: { pointer: '/zip' }, title: 'No.' }], title: 'Bad' }, 'Bad', { '/zip': 'No.' }],
		[{ detail: [{ loc: ['body', 'zip'], msg: 'is odd' }] }, undefined, { 'body.zip': 'is odd' }],
		[{ Message: 'No.', ModelState: { 'lead.Zip': ['is odd'] } }, 'No.', { 'lead.Zip': 'is odd' }],
		[[{ message: 'No.' }], 'No.', {}],
		[['No.'], 'No.', {}],
		[{ msg: 'No.' }, 'No.', {}],
		[{ message: { zip: ['is odd'] } }, undefined, { zip: 'is odd' }],
		[{ zip: ['is odd'], status: 400 }, undefined, { zip: 'is odd' }],
		[{ data: { failure: { words: 'No.' } } }, undefined, { data: 'No.' }],
		[{ status: 400, ok: false }, undefined, {}],
		['  <!doctype html><p>No.</p>', undefined, {}],
		['No.', 'No.', {}],
		['<!doctype html><p>No.</p>', undefined, {}],
		['', undefined, {}],
		[null, undefined, {}],
	])('%j says what it says', (body, message, fields) => {
		expect(readErrorBody(body)).toEqual({ message, fields });
	});

	it('is read no further than ten fields of ten reasons each', () => {
		const reasons = Array.from({ length: 11 }, (_, nth) => `reason ${nth}`);
		const errors = Object.fromEntries(reasons.map((_, nth) => [`field_${nth}`, reasons]));
		const { fields } = readErrorBody({ errors });
		expect(Object.keys(fields)).toHaveLength(10);
		expect(fields.field_0).toBe(reasons.slice(0, 10).join(', '));
	});

	const many = Array.from({ length: 100 }, (_, nth) => [`field_${nth}`, nth]);
	it.each([
		['deep in a list', { errors: [{ reason: { needs: ['events:read'] } }] }, 'events:read'],
		['behind a hundred other fields', Object.fromEntries([...many, ['last', 'events:read']]), undefined],
		['behind 500 characters', `${' '.repeat(500)}events:read`, undefined],
		['behind hundreds of values', [many, many, ['events:read']], undefined],
	])('that names the missing scope %s gives %s', (_where, body, scope) => {
		expect(readMissingScope(body)).toBe(scope);
	});

	it.each([
		[{ message: 'Missing scope: webhooks:write' }, 'webhooks:write'],
		[{ error: { required_scope: 'integrations:read' } }, 'integrations:read'],
		['Missing webhooks:write. Your scopes: events:read', 'webhooks:write'],
		['scope admin required', 'admin'],
		['Ask your admin', undefined],
		[null, undefined],
	])('%j names the missing scope %s', (body, scope) => {
		expect(readMissingScope(body)).toBe(scope);
	});

	it.each([
		['Has events:read, needs webhooks:write', 'webhooks:write', 'webhooks:write'],
		['Needs integrations:write', 'integrations:read', 'integrations:write'],
		['Scope missing: ask your admin', 'events:read', undefined],
		['Scope missing: admin', 'admin', 'admin'],
	] as const)('%j names to a call that needs %s the missing scope %s', (body, needed, scope) => {
		expect(readMissingScope(body, needed)).toBe(scope);
	});
});

describe('an API key', () => {
	it.each([
		['wlcro_live_92_abc', 'wlcro_live_'],
		['wlcro_abc', 'wlcro_'],
		['abc_wlcro_', undefined],
	])('%s begins with %s', (apiKey, form) => {
		expect(readKeyForm(apiKey)).toBe(form);
	});

	it('is sent without the spaces that it was pasted with', () => {
		expect(apiKeyHeaders({ apiKey: ' wlcro_abc\n' })).toEqual({ 'X-Api-Key': 'wlcro_abc' });
		expect(apiKeyHeaders({ apiKey: 5 })).toEqual({ 'X-Api-Key': '' });
	});

	it('has some of these scopes', () => {
		const documented = ['admin', 'events:read', 'integrations:read', 'integrations:write', 'webhooks:write'];
		expect(SCOPES.toSorted()).toEqual(documented);
	});
});

it.each([
	['client_id', true],
	['nextCursor', true],
	['signing_secret', true],
	['amount_attempted', true],
	['favorite_color', false],
	['', false],
])('the name %j is known to be one of the API: %j', (name, known) => {
	expect(isKnownName(name)).toBe(known);
});

describe('headers', () => {
	const now = Date.UTC(2026, 0, 28, 10, 30, 0);
	const seconds = now / 1000;

	it.each(['x-request-id', 'X-Correlation-Id', 'trace-id', 'request-id', 'x-amzn-trace-id'])(
		'%s carries the request id',
		(name) => {
			expect(readRequestId({ [name]: 'abc', 'content-type': 'a/b' })).toBe('abc');
		},
	);

	const told = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(seconds + 7) };

	it('tell what is left of a window, how many it has, how long it is and when it resets', () => {
		const window = { remaining: 0, reset: now + 7000, limit: undefined, lengthMs: undefined };
		expect(readRateLimit(told, now)).toEqual(window);
		const all = { ...told, 'x-ratelimit-limit': '60', 'x-ratelimit-window': '1m' };
		expect(readRateLimit(all, now)).toEqual({ ...window, limit: 60, lengthMs: 60_000 });
	});

	it.each([
		['1s', 1000],
		['30s', 30_000],
		['60', undefined],
		['1 m', 60_000],
		['1h', 3_600_000],
		['1ms', undefined],
		['0s', undefined],
		['soon', undefined],
	])('give %s as the length of a window', (text, lengthMs) => {
		expect(readRateLimit({ ...told, 'x-ratelimit-window': text }, now)?.lengthMs).toBe(lengthMs);
	});

	it.each([
		['if that is all', {}, 60_000],
		['if the window is told in another form', { 'x-ratelimit-window': '60' }, 60_000],
		['only if the window is not told', { 'x-ratelimit-window': '30s' }, 30_000],
	])('give the length of a window by the policy %s', (_what, window, lengthMs) => {
		const headers = { ...told, ...window, 'x-ratelimit-policy': 'read:60/1m' };
		expect(readRateLimit(headers, now)?.lengthMs).toBe(lengthMs);
	});

	it.each([
		['are missing', {}],
		['lack the reset', { 'x-ratelimit-remaining': '5' }],
		['are no numbers', { 'x-ratelimit-remaining': 'many', 'x-ratelimit-reset': 'soon' }],
		['tell of a reset in the past', { ...told, date: new Date(now + 13_000).toUTCString() }],
		['tell of a reset in the past, without a date', { ...told, 'x-ratelimit-reset': String(seconds - 6) }],
	])('tell nothing if they %s', (_what, headers) => {
		expect(readRateLimit(headers, now)).toBeUndefined();
	});

	it.each([
		['just within what clocks may differ', seconds - 5, seconds - 5],
		['at the last of all dates', 8.64e12, 8.64e12],
		['beyond all dates', 8.64e12 + 1, undefined],
	])('tell of a reset %s', (_what, at, reset) => {
		const headers = { ...told, 'x-ratelimit-reset': String(at) };
		expect(readRateLimit(headers, now)?.reset).toBe(reset && reset * 1000);
	});

	it('tell of no limit by a limit of none', () => {
		expect(readRateLimit({ ...told, 'x-ratelimit-limit': '0' }, now)?.limit).toBeUndefined();
	});

	it.each(['x-request-identity', 'idempotency-key', 'id'])('name no request by %s', (header) => {
		expect(readRequestId({ [header]: 'req-1' })).toBeUndefined();
	});

	it('name a request by a header without hyphens too, and a write by its own', () => {
		expect(readRequestId({ requestid: 'req-1' })).toBe('req-1');
		expect(IDEMPOTENCY_HEADER).toBe('Idempotency-Key');
	});

	it('tell what the clock of the server shows', () => {
		const date = new Date(now + 3_600_000).toUTCString();
		expect(readServerTime({ date })).toBe(now + 3_600_000);
		expect([readServerTime({}), readServerTime({ date: 'soon' })]).toEqual([undefined, undefined]);
	});

	it.each([
		['Retry-After in seconds', { 'retry-after': '5' }, 5000],
		['Retry-After as a date', { 'retry-after': new Date(now + 5000).toUTCString() }, 5000],
		[
			"Retry-After as a date of the server's clock",
			{ 'retry-after': new Date(5000).toUTCString(), date: new Date(1000).toUTCString() },
			4000,
		],
		['a date that has passed', { 'retry-after': new Date(now - 5000).toUTCString() }, 0],
		['nothing', {}, undefined],
		['nonsense', { 'retry-after': 'soon' }, undefined],
		['nonsense that begins with a number', { 'retry-after': '5 apples and 3 pears' }, undefined],
	])('with %s tell how long a 429 asks to wait', (_what, headers, wait) => {
		expect(readRetryAfterMs(headers, now)).toBe(wait);
	});
});

describe('a page of events', () => {
	const events = [1, 2].map((id) => ({ id, type: 'lead.created', payload: {} }));

	it.each([
		[{ events, nextCursor: 'c', hasMore: true }, 'c', true],
		[{ items: events, next_cursor: 'c', has_more: false }, 'c', false],
		[{ data: events, cursor: 'c' }, 'c', undefined],
		[{ results: events, cursor: null }, undefined, undefined],
		[{ items: events, cursor: 17, hasMore: null }, '17', undefined],
		[{ events, hasMore: true }, '2', true],
		[{ events, nextCursor: null, has_more: true, meta: { next: 'c' } }, '2', true],
		[{ events, nextCursor: null, hasMore: false }, undefined, false],
		[{ events: [], hasMore: true }, undefined, true],
		[events, '2', undefined],
		[[...events, { id: 'none' }], '2', undefined],
		[[], undefined, undefined],
	])('is read from %j', (body, nextCursor, hasMore) => {
		expect(readEventPage(body)).toMatchObject({ nextCursor, hasMore });
	});

	it('without a list is reported', () => {
		expect(() => readEventPage({ message: 'ok' })).toThrow(UnexpectedShapeError);
	});
});

describe('an event', () => {
	const event = { id: 5, type: 'lead.created', later: true };

	it.each([
		[{ ...event, payload: { client_id: 7 } }, { client_id: 7 }],
		[event, {}],
		[{ ...event, payload: null }, {}],
	])('is read from %j', (body, payload) => {
		expect(readEnvelope(body)).toEqual({ ...event, payload });
	});

	it.each([null, 'text', { id: 5 }, { type: 'lead.created' }, { ...event, payload: 'text' }])(
		'is not read from %j',
		(body) => {
			expect(readEnvelope(body)).toBeUndefined();
		},
	);

	it('tells its company, its time, and the statuses that a client moved between', () => {
		expect(readCompanyId({ companyId: 92 })).toBe('92');
		expect(readEventTime({})).toBeUndefined();
		const payload = { previous_status: 'Lead', new_status: 'Client', new_status_id: 12 };
		expect(readStatus(payload, 'previous_status')).toEqual({ name: 'Lead', id: undefined });
		expect(readStatus(payload, 'new_status')).toEqual({ name: 'Client', id: '12' });
	});

	it.each([
		'2026-01-28T10:30:00Z',
		'2026-01-28T11:30:00+01:00',
		'2026-01-28T11:30:00+0100',
		'2026-01-28T10:30:00',
	])('of %s happened at that time', (createdUtc) => {
		expect(readEventTime({ createdUtc })).toBe(Date.UTC(2026, 0, 28, 10, 30));
	});
});

describe('the key of an event', () => {
	const keyOf = (companyId: unknown, id: number | string) =>
		readEventKey({ id, companyId, type: 'a', payload: {} } as EventEnvelope);

	it('is the same for the same company and id, and for no others', () => {
		expect(keyOf('92', '5')).toBe(keyOf(92, 5));
		const keys = [
			keyOf('92 5', '6'),
			keyOf('92', '5 6'),
			keyOf(undefined, '92 5 6'),
			keyOf('92', '5'),
			keyOf(undefined, '5'),
			keyOf('925', ''),
		];
		expect(new Set(keys).size).toBe(keys.length);
	});

	it('is told by all of the event where its id has lost digits', () => {
		const inexact = { id: 2 ** 53, companyId: 92, type: 'a', payload: { client_id: 1 } };
		const keys = [inexact, { ...inexact, type: 'b' }, { ...inexact, payload: { client_id: 2 } }].map(
			readEventKey,
		);
		expect(new Set(keys).size).toBe(3);
		expect(readEventKey({ ...inexact })).toBe(keys[0]);
	});

	it('is readable where it is short', () => {
		expect(keyOf(92, 5)).toBe('["92","5"]');
	});

	it('is short, however long the id is', () => {
		const long = 'x'.repeat(1_000_000);
		const keys = [`${long}1`, `${long}2`].map((id) => keyOf(92, id));
		expect(new Set(keys).size).toBe(2);
		for (const key of keys) expect(key.length).toBeLessThanOrEqual(100);
	});
});

describe('a subscription', () => {
	const url = 'https://n8n.example.com/hook';

	it.each([
		{ id: 5, targetUrl: url, eventTypes: ['a', 'b'], isActive: true, signingSecret: 's' },
		{ subscription_id: '5', target_url: url, event_types: 'a, b', is_active: 1, signing_secret: 's' },
		{ data: { id: '5', url, events: ['a', 'b'], status: 'active', secret: 's' } },
		{ subscription: { subscriptionId: 5, url, events: 'a,b', enabled: true, secret: 's' } },
		{ subscription: { id: 5, url, events: 'a,b' }, signingSecret: 's' },
		{ data: { id: 5, url, events: 'a,b', secret: null }, secret: 's' },
	])('is read from %j', (body) => {
		expect(readSubscription(body)).toMatchObject({
			id: '5',
			url,
			eventTypes: ['a', 'b'],
			enabled: true,
			secret: 's',
		});
	});

	it.each([
		{ isActive: false },
		{ is_enabled: false },
		{ status: 'disabled' },
		{ status: 'inactive' },
		{ active: 0 },
		{ status: 'Disabled' },
		{ status: 'auto_disabled' },
		{ status: 'disabled_by_circuit_breaker' },
		{ status: 'enabled, but paused' },
		{ status: 'deactivated' },
		{ status: 'suspended' },
		{ status: 'off' },
		{ status: 'stopped' },
		{ status: 'failed' },
		{ status: 'unhealthy' },
		{ status: 'false' },
	])('that says %j is disabled', (state) => {
		expect(readSubscription({ id: 1, ...state })).toMatchObject({ enabled: false, unknownState: undefined });
	});

	it.each([
		{},
		{ isActive: null },
		{ active: 1 },
		{ status: 'Active' },
		{ status: 'enabled' },
		{ status: 'enabled_by_user' },
		{ status: 'healthy' },
		{ status: 'ok' },
		{ status: 'running' },
		{ status: 'on' },
		{ status: 'true' },
	])('that says %j is enabled', (state) => {
		expect(readSubscription({ id: 1, ...state })).toMatchObject({ enabled: true, unknownState: undefined });
	});

	it.each([
		[{ status: 'pending' }, '"pending"'],
		[{ status: 'on_hold' }, '"on_hold"'],
		[{ status: 'okayed' }, '"okayed"'],
		[{ status: '' }, '""'],
		[{ status: { code: 1 } }, '{"code":1}'],
		[{ status: 'x'.repeat(100) }, `"${'x'.repeat(49)}`],
		[{ status: 'weary wlcro_live_92_abc jane@example.com' }, '"weary [API key] [email]"'],
	])('that says %j is neither: its state is quoted', (state, unknownState) => {
		expect(readSubscription({ id: 1, ...state })).toMatchObject({ enabled: undefined, unknownState });
	});

	it('without an id is reported, and passed over in a list', () => {
		expect(() => readSubscription({ url })).toThrow(UnexpectedShapeError);
		expect(readSubscriptions([{ url }, { subscription: { id: 5, url } }])).toMatchObject([{ id: '5' }]);
		expect(() => readSubscriptions([{ url, number: 5 }])).toThrow(UnexpectedShapeError);
	});

	it.each(['..', 'sub 5', 'sub\n5', 'x'.repeat(201), 'wlcro_live_92_abc', 'jane@example.com'])(
		'has no id if that is fit neither for a path nor for the log (%j)',
		(id) => {
			expect(() => readSubscription({ id, url })).toThrow(UnexpectedShapeError);
		},
	);

	it.each([null, {}, [], { subscriptions: null }, { data: null, total: 0 }, { items: [] }])(
		'is not among the list %j',
		(body) => {
			expect(readSubscriptions(body)).toEqual([]);
		},
	);

	it.each(['', undefined, { message: 'ok' }, { subscriptions: null, error: 'The index is being rebuilt' }])(
		'is not said to be missing by %j, which is reported',
		(body) => {
			expect(() => readSubscriptions(body)).toThrow(UnexpectedShapeError);
		},
	);

	it('is enabled under the name its state was read back by', () => {
		expect(subscriptionBody({ enabled: true }, 'camelCase')).toEqual({ isActive: true });
		expect(subscriptionBody({ enabled: true }, 'snake_case')).toEqual({ is_active: true });
		expect(subscriptionBody({ enabled: true }, 'camelCase', 'enabled')).toEqual({ enabled: true });
		expect(subscriptionBody({ enabled: true }, 'camelCase', 'status')).toEqual({ isActive: true });
	});
});

it.each([
	[
		{ client_id: 3, full_name: 'Jane Smith' },
		{ id: '3', label: 'Jane Smith' },
	],
	[
		{ id: 3, first_name: 'Jane', last_name: 'Smith' },
		{ id: '3', label: 'Jane Smith' },
	],
	[{ client_id: 3 }, { id: '3', label: '3' }],
	[{ full_name: 'Nobody' }, undefined],
])('the lookup row %j is offered as %j', (row, offered) => {
	expect(readLookupRow('clients', row)).toEqual(offered);
});
