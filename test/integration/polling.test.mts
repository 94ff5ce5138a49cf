import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { startSandbox } from '../../sandbox/server.mts';
import { PLENTY } from '../fixtures.mts';
import { withCrm } from './crm.mts';
import type { Handler } from './crm.mts';
import { dialects, eventLogs } from './dialects.mts';
import { startEngine } from './engine.mts';
import { useStage } from './stage.mts';

const ALL = { triggerOn: ['*'] };

const { sandbox, engine, engineWith, reset } = useStage();

/** Events of the past: those of the sandbox happen now. */
function raiseOld(count: number): void {
	for (let i = 0; i < count; i++) sandbox.raise('lead.created').createdUtc = '2026-01-28T10:30:00Z';
}
const raise = (count: number) => Array.from({ length: count }, () => sandbox.raise('lead.created').id);
/** An event of a log that is not the sandbox's. */
const event = (id: number | string, fields: object = {}) => ({
	id,
	type: 'lead.created',
	createdUtc: '2999-01-28T10:30:00Z',
	companyId: 92,
	payload: {},
	...fields,
});
const ids = (events: Array<{ id?: unknown }>) => events.map(({ id }) => id);

const forms = ['events', 'items', 'data', 'results', 'array'] as const;
/** Every log in every form, and every other dialect, which leaves the log as it is, in one of them. */
const accounts = [
	...eventLogs.flatMap(([name, dialect]) => forms.map((form) => [name, form, dialect] as const)),
	...dialects.map(([name, dialect], i) => [name, forms[i % forms.length] ?? 'events', dialect] as const),
];

describe.each(accounts)(
	'on an account with %s, over the form %s of the log, from now on',
	(_name, eventsList, dialect) => {
		beforeEach(() => {
			sandbox.setDialect({ ...dialect, eventsList });
		});

		// More than the longest page each time.
		it('every new event is emitted once, and none of before', async () => {
			raiseOld(160);
			const poller = engine.poller(ALL);
			expect(await poller.poll()).toEqual([]);
			const first = raise(3);
			expect(ids(await poller.poll())).toEqual(first);
			expect(await poller.poll()).toEqual([]);
			const second = raise(160);
			expect(ids(await poller.poll())).toEqual(second);
			expect(await poller.poll()).toEqual([]);
		});

		it('the first event of a log that is still empty is emitted', async () => {
			sandbox.store.events.length = 0;
			const poller = engine.poller(ALL);
			expect(await poller.poll()).toEqual([]);
			expect(await poller.poll()).toEqual([]);
			const first = raise(1);
			expect(ids(await poller.poll())).toEqual(first);
			expect(await poller.poll()).toEqual([]);
		});
	},
);

it.each([
	['an object', { eventsCursorAtEnd: 'null' as const }],
	['an array', { eventsList: 'array' as const }],
])(
	'what happened between two polls of an empty log, which is %s, is emitted: the start is stored with the first and never moved',
	async (_form, dialect) => {
		sandbox.setDialect(dialect);
		sandbox.store.events.length = 0;
		const poller = engine.poller(ALL);
		const since = () => /"since":\d+/.exec(JSON.stringify(poller.staticData()))?.[0];
		await poller.poll();
		const start = since();
		expect(start).toBeDefined();
		const first = raise(1);
		// The CRM tells whole seconds apart: for the next poll the event is one of the past.
		await new Promise((resolve) => setTimeout(resolve, 1100));
		expect(ids(await poller.poll())).toEqual(first);
		expect(since()).toBe(start);
	},
);

describe('from now on, by the clock of the CRM', () => {
	it.each([-60_000, -1800, -1000, 1000, 1800, 60_000])(
		'that is %d ms ahead, nothing is lost that happens after the first poll',
		async (ahead) => {
			sandbox.setClock(ahead);
			const poller = engine.poller(ALL);
			await poller.poll();
			const made = raise(1);
			expect(ids(await poller.poll())).toEqual(made);
		},
	);

	it('that is 300 ms behind, nothing is lost if here a new second has begun and there not yet', async () => {
		sandbox.setClock(-300);
		await new Promise((resolve) => setTimeout(resolve, 1010 - (Date.now() % 1000)));
		const poller = engine.poller(ALL);
		await poller.poll();
		const made = raise(1);
		expect(ids(await poller.poll())).toEqual(made);
	});

	it.each([-1800, 0, 1800])(
		'that is %d ms ahead, nothing is emitted that happened over two seconds before the first poll',
		async (ahead) => {
			sandbox.setClock(ahead);
			raise(1);
			await new Promise((resolve) => setTimeout(resolve, 2100));
			expect(await engine.poller(ALL).poll()).toEqual([]);
		},
	);
});

describe.each(eventLogs)('over a log with %s', (_name, dialect) => {
	it('old events are not emitted when other events are polled for and the cursor has expired', async () => {
		sandbox.setDialect(dialect);
		for (let i = 0; i < 30; i++) {
			const old = sandbox.raise(i % 2 === 0 ? 'lead.created' : 'payment.failed');
			old.createdUtc = '2026-01-28T10:30:00Z';
		}
		const narrow = engine.poller({ triggerOn: ['payment.failed'] });
		expect(await narrow.poll()).toEqual([]);
		const { id } = sandbox.raise('payment.failed');
		expect(ids(await narrow.poll())).toEqual([id]);
		const wide = engine.poller(ALL, narrow.staticData());
		sandbox.setDialect({ cursorEpoch: 2 });
		const later = raise(20);
		expect(ids(await wide.poll())).toEqual(later);
		expect(await wide.poll()).toEqual([]);
	});

	it('nor when no event of those polled for at first ever came', async () => {
		sandbox.setDialect(dialect);
		raiseOld(30);
		const narrow = engine.poller({ triggerOn: ['agreement.signed'] });
		expect(await narrow.poll()).toEqual([]);
		const wide = engine.poller(ALL, narrow.staticData());
		sandbox.setDialect({ cursorEpoch: 2 });
		const later = raise(20);
		expect(ids(await wide.poll())).toEqual(later);
		expect(await wide.poll()).toEqual([]);
	});

	it('a poll that finds nothing new makes one call, and one that does makes one more at most', async () => {
		sandbox.setDialect({ ...dialect, eventsFiltered: 'before-paging' });
		const poller = engine.poller(ALL);
		await poller.poll();
		const callsOf = async (count: number) => {
			raise(count);
			const before = sandbox.requests.length;
			expect(await poller.poll()).toHaveLength(count);
			return sandbox.requests.length - before;
		};
		await callsOf(1);
		expect(await callsOf(0)).toBe(1);
		const told = dialect.eventsMoreKey !== 'none' && dialect.eventsList !== 'array';
		expect(await callsOf(3)).toBeLessThanOrEqual(told ? 1 : 2);
	});
});

it('from the beginning every event of the log is emitted once, unchanged', async () => {
	raiseOld(120);
	const poller = engine.poller({ ...ALL, start: 'beginning' });
	expect(await poller.poll()).toEqual(sandbox.store.events);
	expect(await poller.poll()).toEqual([]);
});

it('an event that happens while the first poll reads a long log is not passed over', async () => {
	raiseOld(500);
	sandbox.faults.inject({ route: 'GET .*/events', kind: 'latency', ms: 30 });
	const poller = engine.poller(ALL);
	const polling = poller.poll();
	await new Promise((resolve) => setTimeout(resolve, 60));
	const [id] = raise(1);
	sandbox.faults.clear();
	expect(ids([...(await polling), ...(await poller.poll())])).toEqual([id]);
});

it('only chosen and unfiltered events are emitted, in the chosen form', async () => {
	const poller = engine.poller({
		triggerOn: ['payment.failed'],
		start: 'beginning',
		filters: { minimumAmount: 100 },
		output: 'simplified',
	});
	sandbox.raise('payment.succeeded', { payment_amount: 500 });
	sandbox.raise('payment.failed', { amount_attempted: 99.99 });
	const { id } = sandbox.raise('payment.failed', { amount_attempted: 100 });
	expect(await poller.poll()).toMatchObject([
		{ amount_attempted: 100, event_id: id, event_type: 'payment.failed' },
	]);
});

it('a status filter that is an ID compares by the ID where the log tells it, and lets pass what only has a name', async () => {
	const poller = engine.poller({
		triggerOn: ['client.status_changed'],
		start: 'beginning',
		filters: { newStatus: ['44'] },
	});
	const { id: named } = sandbox.raise('client.status_changed', { new_status: 'Client - Graduated' });
	const { id: same } = sandbox.raise('client.status_changed', { new_status_id: 44 });
	sandbox.raise('client.status_changed', { new_status: 'Client - Active', new_status_id: 42 });
	expect(ids(await poller.poll())).toEqual([named, same]);
});

describe('nothing is lost and nothing doubled', () => {
	it.each([
		['an older position', false],
		['nothing', true],
	])('where something else in the workflow writes %s over the stored position', async (_what, isEmpty) => {
		const poller = engine.poller(ALL);
		await poller.poll();
		const old = poller.staticData();
		for (let polls = 0; polls < 3; polls++) {
			const events = raise(5);
			expect(ids(await poller.poll())).toEqual(events);
		}
		await poller.poll();
		poller.overwrite(isEmpty ? {} : old);
		const events = raise(2);
		expect(ids(await poller.poll())).toEqual(events);
	});

	it('when n8n is killed before it stored what it was given', async () => {
		const poller = engine.poller({ ...ALL, start: 'beginning' });
		await poller.poll();
		const later = raise(5);
		await poller.poll({ lost: true });
		expect(ids(await poller.poll())).toEqual(later);
	});

	it.each(['reset-after', 'status-before', 'garbage', 'html'] as const)(
		'when a page in the middle of a backlog fails for good by %s',
		async (kind) => {
			const poller = engine.poller({ ...ALL, start: 'beginning' });
			await poller.poll();
			const later = raise(250);
			sandbox.faults.inject({ route: 'GET .*/events', kind, every: 2, times: 1 });
			const seen = [...ids(await poller.poll()), ...ids(await poller.poll()), ...ids(await poller.poll())];
			expect(seen).toEqual(later);
		},
	);

	it('when n8n starts a poll although the last one still reads', async () => {
		const poller = engine.poller(ALL);
		await poller.poll();
		const events = raise(3);
		sandbox.faults.inject({ route: 'GET .*/events', kind: 'latency', ms: 300, times: 1 });
		const emitted = await Promise.all([poller.poll(), poller.poll()]);
		expect(emitted.map(ids)).toEqual([events, []]);
		expect(await poller.poll()).toEqual([]);
	});

	it('when the last row of the log is no event', async () => {
		sandbox.setDialect({ eventsList: 'array' });
		const poller = engine.poller({ ...ALL, start: 'beginning' });
		raise(2);
		sandbox.store.events.push({ id: 'none' } as unknown as (typeof sandbox.store.events)[number]);
		expect(await poller.poll()).toHaveLength(3);
		expect(await poller.poll()).toEqual([]);
	});

	it('when the credential is changed to another API, whose log is shorter', async () => {
		raiseOld(50);
		const poller = engine.poller({ ...ALL, start: 'beginning' });
		await poller.poll();
		const other = await startSandbox({ limits: PLENTY });
		try {
			const elsewhere = await startEngine({ apiKey: other.apiKey, baseUrl: other.url });
			const moved = elsewhere.poller({ ...ALL, start: 'beginning' }, poller.staticData());
			expect(ids(await moved.poll())).toEqual(other.store.events.map(({ id }) => id));
		} finally {
			await other.close();
		}
	});

	const OTHER_COMPANY = 93;
	const raiseElsewhere = (count: number) =>
		Array.from({ length: count }, () =>
			sandbox.store.appendEvent('lead.created', {}, undefined, OTHER_COMPANY),
		);
	const keyOf = async (company?: number) => await engineWith(sandbox.createKey(['events:read'], company));

	it.each(eventLogs)(
		'when the key is changed to one of another company, over a log with %s: its events are emitted from then on',
		async (_name, dialect) => {
			sandbox.setDialect(dialect);
			const poller = engine.poller(ALL);
			await poller.poll();
			raise(50);
			expect(await poller.poll()).toHaveLength(50);
			for (const old of raiseElsewhere(20)) old.createdUtc = '2026-01-28T10:30:00Z';
			const other = (await keyOf(OTHER_COMPANY)).poller(ALL, poller.staticData());
			expect(await other.poll()).toEqual([]);
			const theirs = raiseElsewhere(3);
			expect(await other.poll()).toEqual(theirs);
			expect(await other.poll()).toEqual([]);
		},
	);

	it('when the key is changed to one of a company that has no event yet', async () => {
		const poller = engine.poller({ ...ALL, start: 'beginning' });
		raise(50);
		await poller.poll();
		const other = (await keyOf(OTHER_COMPANY)).poller({ ...ALL, start: 'beginning' }, poller.staticData());
		expect(await other.poll()).toEqual([]);
		const theirs = raiseElsewhere(3);
		expect(await other.poll()).toEqual(theirs);
	});

	it.each(eventLogs)(
		'when the key is replaced by another of the same company, over a log with %s',
		async (_name, dialect) => {
			sandbox.setDialect(dialect);
			raiseOld(20);
			const poller = engine.poller(ALL);
			await poller.poll();
			const first = raise(10);
			expect(ids(await poller.poll())).toEqual(first);
			const between = raise(10);
			const renewed = (await keyOf()).poller(ALL, poller.staticData());
			expect(ids(await renewed.poll())).toEqual(between);
			expect(await renewed.poll()).toEqual([]);
		},
	);

	it.each(eventLogs)(
		'when the key is replaced before the log had any event, over a log with %s',
		async (_name, dialect) => {
			sandbox.setDialect(dialect);
			sandbox.store.events.length = 0;
			const poller = engine.poller(ALL);
			await poller.poll();
			const between = raise(10);
			const renewed = (await keyOf()).poller(ALL, poller.staticData());
			expect(ids(await renewed.poll())).toEqual(between);
			expect(await renewed.poll()).toEqual([]);
		},
	);

	it.each([1, 200])(
		'when the key is replaced by another of the same company, whose first %d events do not tell it',
		async (untold) => {
			const log = Array.from({ length: untold }, (_, i) => event(i + 1, { companyId: undefined }));
			log.push(event(untold + 1));
			const crm: Handler = ({ url }) => {
				const after = Number(url.searchParams.get('cursor') ?? 0);
				const events = log.slice(after, after + Number(url.searchParams.get('limit')));
				return { events, nextCursor: after + events.length, hasMore: log.length > after + events.length };
			};
			await withCrm(crm, async (baseUrl) => {
				const fromBeginning = { ...ALL, start: 'beginning' };
				const poller = (await startEngine({ apiKey: 'k1', baseUrl })).poller(fromBeginning);
				await poller.poll();
				log.push(event(untold + 2, { createdUtc: '2026-01-28T10:30:00Z' }));
				const other = await startEngine({ apiKey: 'k2', baseUrl });
				const renewed = other.poller(fromBeginning, poller.staticData());
				expect(ids(await renewed.poll())).toEqual([untold + 2]);
				expect(await renewed.poll()).toEqual([]);
			});
		},
	);

	it('when the position was stored by a version that knew no company', async () => {
		const poller = engine.poller(ALL);
		const read = raise(5);
		await poller.poll();
		const later = raise(5);
		const cursor = Buffer.from(`1:${read.at(-1)}`).toString('base64url');
		const position = { baseUrl: sandbox.url, cursor, lastId: String(read.at(-1)) };
		const key = Object.keys(poller.staticData())[0] ?? '';
		const updated = engine.poller(ALL, { [key]: { position } });
		expect(ids(await updated.poll())).toEqual(later);
		expect(await updated.poll()).toEqual([]);
	});

	it('when the budget of a poll ends in the middle of a backlog', async () => {
		const poller = engine.poller({ ...ALL, start: 'beginning' });
		await poller.poll();
		const later = raise(950);
		sandbox.faults.inject({ route: 'GET .*/events', kind: 'latency', ms: 40 });
		const first = ids(await poller.poll({ budgetMs: 100 }));
		expect(first.length).toBeGreaterThan(0);
		expect(first.length).toBeLessThan(950);
		expect([...first, ...ids(await poller.poll())]).toEqual(later);
	});

	it('when the rate limit ends in the middle of a backlog', async () => {
		const apiKey = sandbox.createKey(['events:read']);
		const other = await engineWith(apiKey);
		const poller = other.poller({ ...ALL, start: 'beginning' });
		const events = [...sandbox.store.events.map(({ id }) => id), ...raise(450)];
		sandbox.setLimits({ read: 2, windowSeconds: 1 });
		const seen: unknown[] = [];
		for (let i = 0; i < 10 && seen.length < events.length; i++) {
			seen.push(...ids(await poller.poll({ budgetMs: 3000 })));
		}
		expect(seen).toEqual(events);
	});

	it.each([400, 422] as const)(
		'when the cursor has expired (%i): it is reported, and the log is read anew',
		async (status) => {
			sandbox.setDialect({ validationStatus: status });
			const poller = engine.poller({ ...ALL, start: 'beginning' });
			raise(150);
			await poller.poll();
			const later = raise(120);
			sandbox.setDialect({ cursorEpoch: 2 });
			expect(ids(await poller.poll())).toEqual(later);
			expect(poller.logged).toEqual([expect.stringContaining('no longer accepts the place')]);
			const last = raise(2);
			expect(ids(await poller.poll())).toEqual(last);
		},
	);

	it.each(
		eventLogs.flatMap(([name, dialect]) =>
			(['beginning', 'now'] as const).map((start) => [start, name, dialect] as const),
		),
	)('whatever happens in whatever order, from %s on, over a log with %s', async (start, _name, dialect) => {
		const step = fc.oneof(
			fc.record({ raise: fc.integer({ min: 1, max: 130 }) }),
			fc.record({ poll: fc.constantFrom('kept', 'lost', 'hurried') }),
			fc.record({ fault: fc.constantFrom('html' as const, 'garbage' as const) }),
			fc.constant({ expire: true }),
		);
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 15, size: 'max' }), async (steps) => {
				reset();
				sandbox.setDialect(dialect);
				raiseOld(20);
				const poller = engine.poller({ ...ALL, start });
				const seen: unknown[] = ids(await poller.poll());
				const expected = start === 'beginning' ? ids(sandbox.store.events) : [];
				let epoch = 1;
				for (const each of steps) {
					if ('raise' in each) expected.push(...raise(each.raise));
					if ('fault' in each) sandbox.faults.inject({ route: 'GET .*/events', kind: each.fault, times: 1 });
					if ('expire' in each) sandbox.setDialect({ cursorEpoch: ++epoch });
					if ('poll' in each) {
						const options = { lost: each.poll === 'lost', budgetMs: each.poll === 'hurried' ? 0 : 60_000 };
						seen.push(...ids(await poller.poll(options).catch(() => [])));
					}
				}
				sandbox.faults.clear();
				seen.push(...ids(await poller.poll()));
				expect(seen).toEqual(expected);
			}),
			{ numRuns: 5 },
		);
	});
});

describe('a cursor that is refused', () => {
	/** Emits one event, has its cursor refused once, and emits what is behind it. */
	const pollThrough = async (refusal: () => Response, id: number | string = 1) => {
		let isRefused = false;
		const log = [event(id)];
		const crm: Handler = ({ url }) =>
			isRefused && url.searchParams.has('cursor')
				? refusal()
				: { events: log, nextCursor: 'c', hasMore: false };
		return await withCrm(crm, async (baseUrl) => {
			const poller = (await startEngine({ apiKey: 'k', baseUrl })).poller({ ...ALL, start: 'beginning' });
			await poller.poll();
			isRefused = true;
			log.push(event(`${id}2`));
			return { emitted: ids(await poller.poll()), logged: poller.logged };
		});
	};
	const json = (status: number) => Response.json({ message: 'No.' }, { status });

	it.each([400, 404, 409, 410, 416, 422, 431])('with %d has the log read anew', async (status) => {
		expect(await pollThrough(() => json(status))).toEqual({
			emitted: ['12'],
			logged: [expect.stringMatching(/no longer accepts the place.* up to event 1 doesn't come again/)],
		});
	});

	it.each([401, 403, 429])('with %d is not given up', async (status) => {
		await expect(pollThrough(() => json(status))).rejects.toThrow();
	});

	it('with a 404 of a proxy is not given up', async () => {
		await expect(pollThrough(() => new Response('gone', { status: 404 }))).rejects.toThrow(/Base URL/);
	});

	it('after an event with a huge ID leaves a short line in the log', async () => {
		const { emitted, logged } = await pollThrough(() => json(400), 'x'.repeat(100_000));
		expect(emitted).toHaveLength(1);
		expect(logged.join().length).toBeLessThan(1000);
	});
});

it('a cursor that points at the last event, not behind it, doubles nothing', async () => {
	const log = [event(1), event(2)];
	const crm: Handler = ({ url }) => {
		const from = Number(url.searchParams.get('cursor') ?? 0);
		const events = log.filter(({ id }) => Number(id) >= from);
		return { events, nextCursor: events.at(-1)?.id ?? from, hasMore: false };
	};
	await withCrm(crm, async (baseUrl) => {
		const poller = (await startEngine({ apiKey: 'k', baseUrl })).poller({ ...ALL, start: 'beginning' });
		const seen = ids(await poller.poll());
		for (const id of [3, 4]) {
			log.push(event(id));
			seen.push(...ids(await poller.poll()));
		}
		expect(seen).toEqual([1, 2, 3, 4]);
	});
});

it.each([
	['no cursor', {}],
	['its cursor under a name that is not known', { meta: { next: 'x' } }],
])('a page that says more follow and has %s hides nothing behind it', async (_what, extra) => {
	const log = Array.from({ length: 250 }, (_, index) => event(index + 1));
	const crm: Handler = ({ url }) => {
		const rest = log.slice(Number(url.searchParams.get('cursor') ?? 0));
		return { events: rest.slice(0, 100), hasMore: rest.length > 100, ...extra };
	};
	await withCrm(crm, async (baseUrl) => {
		const poller = (await startEngine({ apiKey: 'k', baseUrl })).poller({ ...ALL, start: 'beginning' });
		expect(ids(await poller.poll())).toEqual(ids(log));
		log.push(event(251));
		expect(ids(await poller.poll())).toEqual([251]);
	});
});

describe('a log that does not come to an end', () => {
	let calls = 0;

	const served = (given: object) => ({ events: [event(1)], ...given });

	it.each([
		['the same cursor again', () => served({ nextCursor: 'a' }), false],
		['the same cursor for more', () => served({ nextCursor: 'a', hasMore: true }), true],
		['two cursors in turn', () => served({ nextCursor: `c${calls % 2}`, hasMore: true }), true],
		['the same page with a new cursor', () => served({ nextCursor: `c${calls}` }), true],
		['an empty page with a new cursor', () => served({ events: [], nextCursor: `c${calls}` }), false],
		[
			'an empty page with a new cursor for more',
			() => served({ events: [], nextCursor: `c${calls}`, hasMore: true }),
			true,
		],
	])(
		'but gives %s, is read no further; Get Many does not take what it got for all',
		async (_what, page, isEndless) => {
			calls = 0;
			const crm = () => {
				calls += 1;
				return page();
			};
			await withCrm(crm, async (baseUrl) => {
				const endless = await startEngine({ apiKey: sandbox.apiKey, baseUrl });
				const poller = endless.poller(ALL);
				const emitted = [...(await poller.poll()), ...(await poller.poll())];
				expect(emitted).toEqual(page().events);
				expect(calls).toBeLessThan(300);
				calls = 0;
				const all = endless.execute({ resource: 'event', operation: 'getMany', returnAll: true });
				if (isEndless) await expect(all).rejects.toThrow(/does not come to an end/);
				else expect((await all).length).toBeLessThanOrEqual(1);
				expect(calls).toBeLessThan(150);
			});
		},
	);
});

describe('a manual test', () => {
	it('shows the newest wanted event and moves nothing', async () => {
		const poller = engine.poller({ triggerOn: ['lead.created'] });
		await poller.poll();
		const newIds = raise(3);
		sandbox.raise('payment.failed');
		for (let i = 0; i < 2; i++) expect(ids(await poller.poll({ mode: 'manual' }))).toEqual(newIds.slice(-1));
		expect(ids(await poller.poll())).toEqual(newIds);
		expect(ids(await poller.poll({ mode: 'manual' }))).toEqual(newIds.slice(-1));
	});

	it('says how to make an event when there is none', async () => {
		const poller = engine.poller({ triggerOn: ['agreement.signed'] });
		await expect(poller.poll({ mode: 'manual' })).rejects.toMatchObject({
			message: "There's no event yet that would start this workflow",
			description: expect.stringContaining('Send Test Event'),
		});
	});
});

it('a key without events:read is told so', async () => {
	const other = await engineWith(sandbox.createKey(['webhooks:write']));
	await expect(other.poller(ALL).poll()).rejects.toMatchObject({
		message: "The API key lacks the scope 'events:read'",
	});
});
