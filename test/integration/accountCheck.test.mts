// Account: Check against accounts that differ in everything the contract leaves open: what it says of each, and what it leaves alone.
import { afterEach, describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';

import { type Dialect, defaultDialect, dialectChoices } from '../../sandbox/dialect.mts';
import { type Scope, scopes } from '../../sandbox/keys.mts';
import { eventTypes } from '../../sandbox/store/model.mts';
import { patience } from '../../scripts/real-n8n/patience.mts';
import { onlySubscriptionOf, PLENTY, signatureOf, subscriptionsOf } from '../fixtures.mts';
import { verdictsOn } from '../../scripts/report/assumptions.mts';
import { readReport } from '../../scripts/report/report.mts';
import { CHECK, type Item, checkWith, sandbox, setUpSandbox, verdictOn } from './check.mts';
import { startEngine } from './engine.mts';
import type { Running } from './trigger.mts';

/** A public address, where nothing is delivered to: no event of the subscribed type is raised. */
const N8N = 'https://n8n.example.com';

const running: Running[] = [];

setUpSandbox();
afterEach(async () => {
	for (const trigger of running.splice(0)) await trigger.close();
});

/** An account in a dialect, with a subscription and some events, and n8n with a key for it. */
async function account(dialect: Partial<Dialect> = {}, granted: readonly Scope[] = scopes) {
	sandbox.reset();
	sandbox.setDialect(dialect);
	for (const type of ['client.status_changed', 'lead.created', 'payment.failed']) sandbox.raise(type);
	const owner = await startEngine({ apiKey: sandbox.createKey(scopes), baseUrl: sandbox.url }, N8N);
	const trigger = owner.trigger({ triggerOn: ['invoice.created'] });
	await trigger.publish();
	const apiKey = sandbox.createKey(granted);
	const engine = await startEngine({ apiKey, baseUrl: sandbox.url }, N8N);
	return {
		apiKey,
		owner,
		trigger,
		start: async () => {
			const started = await trigger.start('activate');
			running.push(started);
		},
		check: async (parameters: { checkAdminScope?: boolean } = {}) => await checkWith(engine, parameters),
		engine,
	};
}

const seenOf = (item: Item, detail: string) => verdictOn(item, detail)?.seen;

/** A name in the spelling of the dialect. */
function spell(name: string, { subscriptionFields }: Dialect): string {
	return subscriptionFields === 'snake_case'
		? name
		: name.replace(/_./g, (match) => match.slice(1).toUpperCase());
}

const LOG = 'Query and answer of the event log';
const MORE = 'Whether more events follow';
const HELD = 'Subscription fields read';
const LOOKUPS = 'Lookups';

/**
 * For each setting that a check can see: the detail that it belongs to, and the words that name its choice. `pages` is how
 * many pages of the event log were read with the calls that were left.
 */
const visible: {
	[Name in keyof typeof dialectChoices]?: (
		dialect: Dialect,
		reading: { pages: number },
	) => [detail: string, words: RegExp] | undefined;
} = {
	keyForm: ({ keyForm }) => [
		'Form of the API key',
		keyForm === 'live' ? /^begins with `wlcro_live_`$/ : /^begins with `wlcro_`$/,
	],
	requestIdHeader: ({ requestIdHeader }) => [
		"Name of the request ID's header",
		new RegExp(`^\`${requestIdHeader}\`$`),
	],
	errorBody: ({ errorBody }) => [
		'Error bodies',
		{
			message: /, an object with `message`$/,
			'error-text': /, an object with `error`$/,
			'error-object': /, an object with `error` \(an object\)$/,
			problem: /, an object with `title`, `status`, `detail` and `errors` \(an object\)$/,
			text: /, text of \d+ characters$/,
			html: /, a web page$/,
			empty: /, nothing$/,
			'message-list': /, an object with `message` \(a list of 1\), `error` and one more field$/,
			'errors-list': /, an object with `errors` \(a list of \d\)$/,
			'model-state': /, an object/,
			'fields-alone': /, an object/,
		}[errorBody],
	],
	validationStatus: ({ validationStatus }) => ['Error bodies', new RegExp(`^HTTP ${validationStatus},`)],
	rateLimitWindows: ({ rateLimitWindows }) => [
		'Where rate-limit windows begin',
		rateLimitWindows === 'aligned' ? /is on a multiple/ : /is on no multiple/,
	],
	searchPath: ({ searchPath }) => [
		'Path of the searches',
		searchPath === 'find' ? /^`\/find`$/ : /^`\/search`$/,
	],
	searchHit: ({ searchHit }) => [
		'Answer of a search that finds something',
		{
			bare: /^an object with `client_id`, `first_name`/,
			array: /^a list of 1$/,
			named: /^an object with `client` \(an object\)$/,
			data: /^an object with `data` \(an object\)$/,
			result: /^an object with `result` \(an object\)$/,
			results: /^an object with `results` \(an object\)$/,
			'data-array': /^an object with `data` \(a list of 1\)$/,
			'results-array': /^an object with `results` \(a list of 1\) and `count`$/,
		}[searchHit],
	],
	searchEmpty: ({ searchEmpty }) => [
		'Answer of a search that finds nothing',
		{
			'not-found': /^HTTP 404, /,
			'no-content': /^HTTP 204, nothing$/,
			null: /^HTTP 200, null$/,
			object: /^HTTP 200, an empty object$/,
			array: /^HTTP 200, an empty list$/,
			'named-null': /^HTTP 200, an object with `client` \(null\)$/,
			'data-array': /^HTTP 200, an object with `data` \(an empty list\)$/,
			'results-array': /^HTTP 200, an object with `results` \(an empty list\) and `count`$/,
		}[searchEmpty],
	],
	statusesKey: ({ statusesKey }) => [
		LOOKUPS,
		new RegExp(`statuses: an object with \`${statusesKey}\` \\(a list of 7\\)`),
	],
	lookupEmails: ({ lookupEmails }) => [
		LOOKUPS,
		lookupEmails === 'listed' ? /`client_id`, `full_name` and `email`/ : /`client_id` and `full_name`;/,
	],
	eventsList: ({ eventsList }) => [
		LOG,
		eventsList === 'array'
			? /^a list of \d+;/
			: new RegExp(`^an object with \`${eventsList}\` \\(a list of \\d+\\)`),
	],
	eventsCursorKey: ({ eventsList, eventsCursorKey }) =>
		eventsList === 'array' ? undefined : [LOG, new RegExp(`^[^;]*\`${eventsCursorKey}\``)],
	eventsMoreKey: ({ eventsList, eventsMoreKey }) => {
		if (eventsList === 'array') return [MORE, /^a list has no place for it$/];
		return [MORE, eventsMoreKey === 'none' ? /^no flag$/ : new RegExp(`^\`${eventsMoreKey}\`(;|$)`)];
	},
	eventsCursorAtEnd: ({ eventsList, eventsMoreKey, eventsCursorKey, eventsCursorAtEnd }, { pages }) => {
		if (eventsList === 'array' || eventsMoreKey === 'none' || pages < 2) return undefined;
		const words = eventsCursorAtEnd === 'null' ? 'null' : 'there';
		return [MORE, new RegExp(`on the last page \`${eventsCursorKey}\` is ${words}$`)];
	},
	eventsLimit: ({ eventsList, eventsMoreKey, eventsLimit }, { pages }) => {
		if (eventsLimit === 'ignored') return [LOG, /`limit` is ignored$/];
		const isTold = pages > 1 || (eventsList !== 'array' && eventsMoreKey !== 'none');
		return isTold ? [LOG, /`limit` is honored$/] : undefined;
	},
	subscriptionFields: (dialect) =>
		dialect.subscriptionUrlKey === 'url'
			? undefined
			: [HELD, new RegExp(`address: \`${spell('target_url', dialect)}\``)],
	subscriptionListWrapper: ({ subscriptionListWrapper, subscriptionPages }) => {
		const isBare = subscriptionListWrapper === 'bare';
		if (isBare && /none|link-header/.test(subscriptionPages)) return [HELD, /^a list of 1;/];
		const name = isBare ? 'items' : subscriptionListWrapper;
		return [HELD, new RegExp(`^an object with \`${name}\` \\(a list of 1\\)`)];
	},
	subscriptionIdType: ({ subscriptionIdType }) => [
		HELD,
		subscriptionIdType === 'integer' ? /; id: `\w+`, a number;/ : /; id: `\w+`, text;/,
	],
	subscriptionIdKey: (dialect) => [
		HELD,
		new RegExp(`; id: \`${spell(dialect.subscriptionIdKey, dialect)}\``),
	],
	subscriptionUrlKey: (dialect) => [
		HELD,
		new RegExp(`address: \`${spell(dialect.subscriptionUrlKey, dialect)}\``),
	],
	subscriptionTypesKey: (dialect) => [
		HELD,
		new RegExp(`event types: \`${spell(dialect.subscriptionTypesKey, dialect)}\``),
	],
	subscriptionStateKey: (dialect) => {
		const words = dialect.subscriptionStateKey === 'status' ? 'text' : 'true or false';
		return [HELD, new RegExp(`state: \`${spell(dialect.subscriptionStateKey, dialect)}\`, ${words};`)];
	},
	subscriptionTypesForm: ({ subscriptionTypesForm }) => [
		HELD,
		subscriptionTypesForm === 'array' ? /event types: `\w+`, a list;/ : /event types: `\w+`, text;/,
	],
	subscriptionDescription: ({ subscriptionDescription }) => [
		HELD,
		subscriptionDescription === 'shown' ? /`description` is shown$/ : /no description$/,
	],
};

/** Of these, either choice is within what was assumed. */
const equallyAssumed: string[] = [
	'eventsCursorAtEnd',
	'lookupEmails',
	'subscriptionDescription',
	'subscriptionIdType',
	'subscriptionTypesForm',
	'validationStatus',
];

/** The settings of which no call that changes nothing tells, or that tell only of one that was refused. */
const invisible = [
	'clientScope',
	'decoyHeaders',
	'eventMetadata',
	'eventsFiltered',
	'idempotency',
	'newAffiliatesApproved',
	'rateLimitReset',
	'requirePublicHttps',
	'retryAfterForm',
	'signature',
	'subscriptionAddressTaken',
	'subscriptionPages',
	'subscriptionReenable',
	'subscriptionSecretForm',
	'subscriptionSecretKey',
	'subscriptionStateWords',
	'subscriptionUrlForm',
	'subscriptionWrapper',
	'tooManyRequests',
	'unknownEventTypes',
];

test('Every setting of the dialect is one that a check sees, or one that it cannot see', () => {
	expect([...Object.keys(visible), ...invisible].toSorted()).toEqual(Object.keys(dialectChoices).toSorted());
});

/** Runs a check in a dialect, and holds everything against what must be: the words, the state of the CRM, the report. */
async function expectNamed(change: Partial<Dialect>, write = false): Promise<Item> {
	const { check, apiKey } = await account(change);
	// In the middle of a minute: a window that begins now begins on no multiple of it.
	sandbox.setClock(30_000 - (Date.now() % 60_000));
	const before = JSON.stringify(sandbox.store.toJSON());
	const calls = sandbox.requests.length;
	const item = await check({ checkAdminScope: write });
	expect(JSON.stringify(sandbox.store.toJSON())).toBe(before);
	expect(sandbox.requests.length - calls).toBeLessThanOrEqual(12);

	const dialect = { ...defaultDialect(), ...change };
	const pages = sandbox.requests.slice(calls).filter(({ path }) => path === '/api/v1/events').length;
	for (const expected of Object.values(visible)) {
		const [detail, words] = expected(dialect, { pages }) ?? [];
		if (detail !== undefined && words !== undefined)
			expect([detail, seenOf(item, detail)]).toEqual([detail, expect.stringMatching(words)]);
	}
	expectNoValue(item.report, apiKey);
	return item;
}

const VENDORS_WORDS: readonly string[] = eventTypes;

/** Searches a report for every value of the account. */
function expectNoValue(report: string, apiKey: string): void {
	const { host } = new URL(sandbox.url);
	const values = new Set([apiKey, host, N8N, ...valuesOf(sandbox.store.toJSON())]);
	// The types of events are the vendor's words, and one is in the name of a detail.
	const told = [...values].filter((value) => !VENDORS_WORDS.includes(value) && isIn(report, value));
	expect(told).toEqual([]);
}

/** Everything in a value that could be recognized: shorter ones are words and numbers that mean nothing. */
function valuesOf(value: unknown): string[] {
	if (Array.isArray(value)) return value.flatMap(valuesOf);
	if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(valuesOf);
	const text = String(value);
	const parts = typeof value === 'string' ? [text, ...text.split(/[\s@/]+/)] : [text];
	return parts.filter(
		(part) =>
			part.length >= (/^[a-z\d]+$/.test(part) ? 4 : 3) && !/^(true|false|null|https?:|webhook)$/.test(part),
	);
}

function isIn(report: string, value: string): boolean {
	const at = report.indexOf(value);
	if (at < 0) return false;
	return !/^\w+$/.test(value) || new RegExp(`\\b${value}\\b`).test(report);
}

/** The choices with which a trigger can be published: under a name that nobody would expect, no secret is found. */
const publishable = {
	...dialectChoices,
	subscriptionSecretKey: dialectChoices.subscriptionSecretKey.filter((key) => key !== 'verification_token'),
};

const oneAtATime = Object.entries(publishable).flatMap(([name, choices]) =>
	choices.map((choice, at) => [name, choice, at === 0] as const),
);

describe('Account: Check names what the CRM does, and changes nothing, where', () => {
	it.each(oneAtATime)(
		'%s is %s, and says whether that is what was assumed',
		async (name, choice, isFirst) => {
			const change = { [name]: choice } as Partial<Dialect>;
			const item = await expectNamed(change);
			expect(item.problems).toEqual([]);

			if (invisible.includes(name) || equallyAssumed.includes(name)) return;
			const detailOf = visible[name as keyof typeof visible];
			const [detail] = detailOf?.({ ...defaultDialect(), ...change }, { pages: 2 }) ?? [];
			const verdict = verdictOn(item, detail ?? '');
			// Of a server that serves both search paths only the first is asked.
			const asAssumed = isFirst || choice === 'both';
			expect(verdict).toMatchObject({ isRead: true, asAssumed });
		},
	);

	it(
		'80 random combinations of everything come together',
		async () => {
			const choice = fc.record(
				Object.fromEntries(
					Object.entries(publishable).map(([name, choices]) => [
						name,
						fc.constantFrom(...(choices as readonly unknown[])),
					]),
				),
			) as fc.Arbitrary<Partial<Dialect>>;
			const dialects = fc.sample(choice, { numRuns: 80, seed: 12 });
			for (const [index, dialect] of dialects.entries()) {
				try {
					await expectNamed(dialect, index % 2 === 0);
				} catch (error) {
					throw new Error(`In the dialect ${JSON.stringify(dialect)}: ${String(error)}`, { cause: error });
				}
			}
		},
		patience(120_000),
	);
});

describe('What was seen is what was assumed', () => {
	it('in every detail that is seen, of an account that does all as the contract says first', async () => {
		const verdicts = verdictsOn(readReport((await expectNamed({})).report));
		const others = verdicts.filter(({ asAssumed }) => asAssumed === false).map(({ detail }) => detail);
		// The sandbox is not at the vendor's address, has other limits here, and its events tell the documented fields only.
		expect(others).toEqual([
			'Base URL',
			'Number of calls per minute',
			'Status IDs in `client.status_changed`',
		]);
		expect(verdicts.filter(({ isRead }) => isRead === false)).toEqual([]);
	});
});

describe('A state in words', () => {
	it.each(dialectChoices.subscriptionStateWords)(
		'%s is seen, and whether it is understood',
		async (words) => {
			const dialect = { subscriptionStateKey: 'status', subscriptionStateWords: words } as const;
			const item = await expectNamed(dialect);
			const { ok, problems } = item;
			expect(verdictOn(item, HELD)?.isRead).toBe(words !== 'lively/weary');
			expect(ok).toBe(words !== 'lively/weary');
			if (!ok)
				expect(problems).toEqual([
					expect.stringMatching(
						/form that this package doesn't know \(the webhook subscriptions\).*paste 'report'/,
					),
				]);
		},
	);
});

describe('A rate limit that is used up', () => {
	it.each([
		['all-headers', 'seconds', '`Retry-After` in seconds and `X-RateLimit-Reset`'],
		['all-headers', 'http-date', '`Retry-After` as a date and `X-RateLimit-Reset`'],
		['retry-after', 'seconds', '`Retry-After` in seconds'],
		['rate-limit-headers', 'seconds', '`X-RateLimit-Reset`'],
		['no-headers', 'seconds', 'nothing'],
	] as const)(
		'is told in one sentence, with what its refusal carries: %s, %s',
		async (tooManyRequests, retryAfterForm, seen) => {
			const { check, apiKey } = await account({ tooManyRequests, retryAfterForm });
			sandbox.consume(apiKey, 'read', PLENTY.read);
			const startedAt = Date.now();
			const item = await check();
			expect(Date.now() - startedAt).toBeLessThan(30_000);
			expect(item.problems).toEqual([
				expect.stringMatching(/rate limit is used up.*Run this check again in a minute/),
			]);
			expect(seenOf(item, 'What a 429 carries')).toBe(seen);
		},
	);
});

describe('The scopes', () => {
	const subsets = Array.from({ length: 32 }, (_, bits) => scopes.filter((_scope, at) => bits & (1 << at)));

	it.each(subsets.map((granted) => [granted.join(', ') || 'none', granted] as const))(
		'are found out whichever a key has: %s',
		async (_name, granted) => {
			const { check } = await account({}, granted);
			const before = JSON.stringify(sandbox.store.toJSON());
			const item = await check({ checkAdminScope: true });
			const answers = scopes.map((scope) => [scope, granted.includes(scope) ? 'yes' : 'no']);
			expect(item.scopes).toEqual(Object.fromEntries(answers));
			const needed = scopes.filter((scope) => scope !== 'admin');
			expect(item.ok).toBe(needed.every((scope) => granted.includes(scope)));
			expect(item.problems).toHaveLength(item.ok ? 0 : 1);
			for (const scope of needed) {
				expect(item.problems.join(' ').includes(`'${scope}'`)).toBe(!granted.includes(scope));
			}
			expect(item.problems.join(' ')).not.toContain("'admin'");
			expect(JSON.stringify(sandbox.store.toJSON())).toBe(before);
		},
	);

	it('include that of writes, without a word that could make anything', async () => {
		const { check } = await account({}, ['integrations:read', 'events:read', 'webhooks:write']);
		const before = JSON.stringify(sandbox.store.toJSON());
		const { ok, summary } = await check();
		expect(ok).toBe(false);
		expect(summary).toMatch(
			/^The API key lacks the scope 'integrations:write' \(to create and update records\)/,
		);
		expect(
			sandbox.requests.filter(({ method, path }) => method === 'POST' && !path.includes('subscriptions')),
		).toEqual([]);
		expect(JSON.stringify(sandbox.store.toJSON())).toBe(before);
	});

	it('leave out admin unless that is asked for, which the summary says: no office needs it', async () => {
		const { check } = await account({});
		expect(await check()).toMatchObject({
			ok: true,
			summary:
				"Everything works: finding and changing records, the event log, and webhook subscriptions. Not checked: the scope 'admin' (for Event: Send Test Event).",
		});
		expect(await check({ checkAdminScope: true })).toMatchObject({
			ok: true,
			summary: 'Everything works: finding and changing records, the event log, and webhook subscriptions.',
		});
		const lacking = await account({}, [
			'integrations:read',
			'integrations:write',
			'events:read',
			'webhooks:write',
		]);
		expect((await lacking.check({ checkAdminScope: true })).summary).toMatch(
			/^Everything works: .* The API key lacks the scope 'admin' \(for Event: Send Test Event\)\.$/,
		);
	});

	it.each(dialectChoices.errorBody)('are found out where errors are %s', async (errorBody) => {
		const { check } = await account({ errorBody }, ['webhooks:write']);
		expect((await check()).scopes).toMatchObject({
			'integrations:read': 'no',
			'events:read': 'no',
			'webhooks:write': 'yes',
		});
	});
});

describe('The subscriptions', () => {
	it('of this n8n and of this workflow are told from others, and those without a workflow from those with one', async () => {
		const { check, start, owner, trigger } = await account();
		await start();
		const kept = onlySubscriptionOf(sandbox);
		const left = owner.trigger({ triggerOn: ['invoice.created'] });
		await left.publish();
		const elsewhere = await startEngine(
			{ apiKey: sandbox.apiKey, baseUrl: sandbox.url },
			'https://other.example.com',
		);
		await elsewhere.trigger({ triggerOn: ['invoice.created'] }).publish();

		const { subscriptions, problems, ok } = await check();
		const [, leftBehind] = sandbox.store.subscriptions.values();
		expect(subscriptions).toMatchObject({ count: 3, on: 3, switched_off: [], of_this_workflow: [] });
		expect(subscriptions.of_this_n8n.map(({ id }) => id)).toEqual([String(kept.id), String(leftBehind?.id)]);
		expect(subscriptions.of_this_n8n[0]?.url).toBe(trigger.url());
		expect(subscriptions.unused?.map(({ id }) => id)).toEqual([String(leftBehind?.id)]);
		expect(ok).toBe(false);
		expect(problems).toEqual([
			expect.stringMatching(
				new RegExp(
					`webhook subscription ${leftBehind?.id} delivers to this n8n, .*Webhook Subscription: Delete`,
				),
			),
		]);
	});

	it('of this n8n are told however its address is written', async () => {
		const credential = { apiKey: sandbox.apiKey, baseUrl: sandbox.url };
		const engine = await startEngine(credential, 'https://N8N.Example.com:443');
		await engine.trigger({ triggerOn: ['invoice.created'] }).publish();
		const { subscriptions } = await checkWith(engine);
		expect(subscriptions.of_this_n8n).toHaveLength(1);
	});

	it('of this workflow are those of a trigger in the same workflow', async () => {
		const { engine, owner } = await account();
		const own = owner.trigger({ triggerOn: ['invoice.created'] });
		await own.publish();
		running.push(await own.start('activate'));
		const [, workflowId] = /\/webhook\/(.+)\/webhook$/.exec(own.url()) ?? [];
		const { subscriptions } = await checkWith(engine, {}, { workflowId });
		expect(subscriptions.of_this_workflow.map(({ url }) => url)).toEqual([own.url()]);
	});

	it('are not said to be without a workflow by a process that has no triggers', async () => {
		const { check } = await account();
		const { subscriptions, ok } = await check();
		expect(subscriptions).toMatchObject({ count: 1, unused: null });
		expect(ok).toBe(true);
	});

	it('that are switched off are named, with the remedy', async () => {
		const { check } = await account();
		const { id } = onlySubscriptionOf(sandbox);
		sandbox.tripBreaker(id);
		const { subscriptions, problems } = await check();
		expect(subscriptions).toMatchObject({
			count: 1,
			on: 0,
			switched_off: [{ id: String(id), enabled: false }],
		});
		expect(problems).toEqual([
			expect.stringMatching(new RegExp(`subscription ${id} is turned off.*Webhook Subscription: Enable`)),
		]);
	});
});

describe('Account: Check also says', () => {
	it('what each trigger that is published here knows of its deliveries', async () => {
		const { engine, check } = await account();
		expect((await check()).triggers).toEqual([]);
		const own = engine.trigger({ triggerOn: ['invoice.created'] });
		await own.publish();
		running.push(await own.start('activate'));
		const silent = { delivers_to: own.url(), last_delivery: null, refused_deliveries: 0 };
		expect((await checkWith(engine)).triggers).toMatchObject([silent]);
		const secret = subscriptionsOf(sandbox).find(({ targetUrl }) => targetUrl === own.url())?.secret ?? '';
		const rawBody = Buffer.from(JSON.stringify(sandbox.raise('invoice.created')));
		await own.deliver({ headers: signatureOf(rawBody.toString(), secret), rawBody });
		const [{ last_delivery } = {}] = (await checkWith(engine)).triggers;
		expect(Date.now() - Date.parse(last_delivery as string)).toBeLessThan(60_000);
	});

	it('how many statuses, employees and affiliates there are, and what is left of the rate limit', async () => {
		const { check } = await account();
		sandbox.setLimits({ read: 60 });
		const { lists, rate_limits, base_url, round_trip_ms } = await check();
		expect(lists).toEqual({ statuses: 7, employees: 3, affiliates: 2 });
		expect(rate_limits).toMatchObject({
			read: {
				limit: 60,
				remaining: expect.any(Number),
				window: '60 seconds',
				resets_at: expect.stringMatching(/Z$/),
			},
			write: null,
			admin: null,
		});
		expect(base_url).toBe(sandbox.url);
		expect(round_trip_ms).toEqual(expect.any(Number));
	});

	it('the newest event of the log, and how old it is', async () => {
		const { check } = await account();
		expect((await check()).newest_event).toMatchObject({
			type: 'payment.failed',
			age: expect.stringMatching(/^\d seconds?$/),
		});
	});

	it('none for a log that is too long to be read in a few calls', async () => {
		const { check } = await account({ eventsPageSize: 1 });
		for (let count = 0; count < 20; count++) sandbox.raise('lead.created');
		const { newest_event, problems } = await check();
		expect({ newest_event, problems }).toEqual({ newest_event: null, problems: [] });
	});

	it.each([
		[300, 'behind'],
		[-300, 'ahead of'],
	])('that the clocks differ by %i seconds', async (seconds, words) => {
		const { check } = await account();
		sandbox.setClock(seconds * 1000);
		const { clock_difference_seconds, problems } = await check();
		expect(Math.abs(Number(clock_difference_seconds) - seconds)).toBeLessThanOrEqual(2);
		expect(problems).toEqual([
			expect.stringMatching(new RegExp(`seconds ${words} WhiteLabelCRO's\\. .*NTP`)),
		]);
	});
});

test('However many items come in, there is one check, of the first', async () => {
	const { engine } = await account();
	const before = sandbox.requests.length;
	const items = await engine.execute(CHECK, [{ a: 1 }, { a: 2 }, { a: 3 }]);
	expect(items).toEqual([expect.objectContaining({ pairedItem: { item: 0 } })]);
	expect(sandbox.requests.length - before).toBeLessThanOrEqual(12);
});
