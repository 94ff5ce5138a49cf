// The trigger that receives, heals and catches up, in bad times: odd answers, wrong clocks, edits and restarts in the middle.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { invalid } from '../../sandbox/errors.mts';
import { startSandbox } from '../../sandbox/server.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import type { EventEnvelope, Subscription } from '../../sandbox/store/model.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { PLENTY, onlySubscriptionOf, signatureOf, subscriptionsOf } from '../fixtures.mts';
import { NOT_THE_CLOCK } from './clock.mts';
import { startEngine } from './engine.mts';
import type { Credential, Engine } from './engine.mts';
import type { Running, Trigger } from './trigger.mts';

const MINUTE_MS = 60_000;

let sandbox: Sandbox;
let credential: Credential;
let engine: Engine;
let running: Running[];

beforeAll(async () => {
	sandbox = await startSandbox({ limits: PLENTY });
	credential = { apiKey: sandbox.apiKey, baseUrl: sandbox.url };
	engine = await startEngine(credential);
});
beforeEach(() => {
	sandbox.reset();
	sandbox.setLimits(PLENTY);
	credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
	running = [];
	jest.useFakeTimers({ doNotFake: [...NOT_THE_CLOCK] });
});
afterEach(async () => {
	sandbox.faults.clear();
	for (const each of running) await each.close();
	jest.useRealTimers();
});
afterAll(() => sandbox.close());

const later = (minutes: number) => {
	jest.setSystemTime(Date.now() + minutes * MINUTE_MS);
};
const theSubscription = () => onlySubscriptionOf(sandbox);

async function start(trigger: Trigger, activation: 'activate' | 'init' = 'activate'): Promise<Running> {
	const each = await trigger.start(activation);
	running.push(each);
	return each;
}

async function published(parameters = {}): Promise<{ trigger: Trigger; watch: Running }> {
	const trigger = engine.trigger({ triggerOn: ['lead.created'], ...parameters });
	await trigger.publish();
	const watch = await start(trigger);
	later(5);
	await watch.tick();
	later(5);
	return { trigger, watch };
}

async function look(watch: Running, times = 1): Promise<void> {
	for (let i = 0; i < times; i++) {
		later(5);
		await watch.tick(20_000);
	}
}

const happen = (type = 'lead.created', payload: object = { client_id: 12345 }): EventEnvelope =>
	sandbox.store.appendEvent(type, payload);

async function deliver(trigger: Trigger, event: EventEnvelope, options = {}): Promise<boolean> {
	const rawBody = Buffer.from(JSON.stringify(event));
	const own = subscriptionsOf(sandbox).find(({ targetUrl }) => targetUrl === trigger.url());
	const headers = signatureOf(rawBody.toString(), own?.secret ?? '');
	const { returned } = await trigger.deliver({ headers, rawBody }, options);
	return returned.workflowData !== undefined;
}

async function receive(trigger: Trigger, count: number): Promise<EventEnvelope[]> {
	const events = Array.from({ length: count }, () => happen());
	for (const event of events) expect(await deliver(trigger, event)).toBe(true);
	return events;
}

const startedBy = (watch: Running) => watch.emitted.flat(2).map(({ json }) => json.id);
const idsOf = (events: EventEnvelope[]) => events.map(({ id }) => id);

/** What the CRM makes of each description. */
function changeDescriptions(subscription: Subscription, change: (text: string) => string): void {
	let description = change(subscription.description ?? '');
	Object.defineProperty(subscription, 'description', {
		get: () => description,
		set: (text: string) => (description = change(text)),
		enumerable: true,
		configurable: true,
	});
}

const theSubscriptionIn = (values: () => Iterable<Subscription>) => [...values()][0] as Subscription;

describe('In one process without a restart, not lost are', () => {
	it('what happened while the CRM and n8n could not reach each other, and the breaker did not trip', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 3);
		await look(watch);
		sandbox.faults.inject({ route: '.', kind: 'status-before', status: 404 });
		later(1);
		const missed = Array.from({ length: 10 }, () => happen());
		await look(watch, 12);
		sandbox.faults.clear();
		await look(watch, 3);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('what happened while this machine slept for two hours', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 3);
		await look(watch);
		later(1);
		const missed = Array.from({ length: 10 }, () => happen());
		later(120);
		await look(watch, 3);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('single deliveries in a small office: one of two events, and the first one of all', async () => {
		const { trigger, watch } = await published();
		const first = happen();
		await look(watch, 3);
		await receive(trigger, 1);
		await look(watch, 12);
		expect(startedBy(watch)).toEqual([first.id]);
	});

	it('those in doubt, after an orderly restart', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 2);
		const lost = [happen(), happen()];
		await look(watch, 3);
		await watch.close();
		later(2);
		const again = await start(trigger, 'init');
		await again.tick();
		await receive(trigger, 20);
		await look(again, 3);
		expect([...startedBy(watch), ...startedBy(again)]).toEqual(idsOf(lost));
	});

	it('an event whose delivery is under way just when it is to be started, and then fails', async () => {
		const { trigger, watch } = await published();
		theSubscription().isActive = false;
		const missed = Array.from({ length: 10 }, () => happen());
		let fail: (status: number) => void = () => undefined;
		const ending = new Promise<number>((resolve) => (fail = resolve));
		const tick = watch.tick();
		await until('the first start', 5000, () => (watch.emitted.length > 0 ? true : undefined));
		const delivery = deliver(trigger, missed[9] as EventEnvelope, { ending });
		await tick;
		fail(500);
		await delivery;
		await look(watch, 4);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('an outage whose events a proxy once refuses with 403', async () => {
		const { watch } = await published();
		later(1);
		theSubscription().isActive = false;
		const missed = [happen(), happen()];
		sandbox.faults.inject({ route: 'GET /api/v1/events', kind: 'proxy-page', status: 403, times: 1 });
		await look(watch);
		sandbox.faults.clear();
		await look(watch, 4);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('what waits or is being started when the workflow is published with another choice', async () => {
		const { trigger, watch } = await published();
		theSubscription().isActive = false;
		const missed = Array.from({ length: 40 }, () => happen());
		const tick = watch.tick();
		await until('a start', 5000, () => (watch.emitted.length > 3 ? true : undefined));
		await trigger.unpublish();
		await watch.close();
		trigger.parameters = { triggerOn: ['lead.created', 'client.created'] };
		await trigger.publish();
		const again = await start(trigger);
		await tick.catch(() => undefined);
		await look(again, 3);
		expect([...startedBy(watch), ...startedBy(again)].sort()).toEqual(idsOf(missed));
	});

	it('a single lost delivery, when the workflow is published with another choice within the grace', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 20);
		await look(watch);
		const lost = happen();
		later(1);
		await trigger.unpublish();
		await watch.close();
		trigger.parameters = { triggerOn: ['lead.created', 'client.created'] };
		await trigger.publish();
		const again = await start(trigger);
		await look(again, 3);
		expect(startedBy(again)).toEqual([lost.id]);
	});

	it('ids beyond 2^53 as numbers: what happened in an outage', async () => {
		const { watch } = await published();
		later(1);
		theSubscription().isActive = false;
		const missed = happen();
		Object.assign(missed, { id: 2 ** 53 + 2 });
		await look(watch, 3);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('a key replaced after a quiet start: what happened while it was revoked', async () => {
		const { watch } = await published();
		await look(watch);
		sandbox.revokeKey(credential.apiKey);
		theSubscription().isActive = false;
		const missed = happen();
		await look(watch, 3);
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
		await look(watch, 3);
		expect(startedBy(watch).filter((id) => id !== undefined)).toEqual([missed.id]);
	});

	it('events without createdUtc, from an outage, if the log takes four seconds', async () => {
		const { watch } = await published();
		later(1);
		theSubscription().isActive = false;
		const missed = happen();
		Reflect.deleteProperty(missed, 'createdUtc');
		later(4);
		sandbox.faults.inject({ route: 'GET /api/v1/events', kind: 'latency', ms: 500, times: 1 });
		const tick = watch.tick();
		await until('the log', 5000, () =>
			sandbox.requests.some(({ path, status }) => path === '/api/v1/events' && status === null)
				? true
				: undefined,
		);
		jest.setSystemTime(Date.now() + 4500);
		await tick;
		await look(watch, 3);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('createdUtc an hour behind the Date of the answers: what happened in an outage', async () => {
		const { watch } = await published();
		later(1);
		theSubscription().isActive = false;
		const missed = happen();
		missed.createdUtc = new Date(Date.parse(missed.createdUtc) - 60 * MINUTE_MS).toISOString();
		await look(watch, 4);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('events of types that the CRM does not deliver keep those that it lost from being started', async () => {
		const { trigger, watch } = await published({ triggerOn: ['*'] });
		for (let i = 0; i < 10; i++) {
			await receive(trigger, 2);
			happen('task.created');
			await look(watch);
		}
		const lost = happen();
		await look(watch, 3);
		expect(startedBy(watch)).toEqual([lost.id]);
	});

	it('what an outage left in flight, whose last delivery fails after the outage', async () => {
		const { trigger, watch } = await published();
		theSubscription().isActive = false;
		const missed = happen();
		let fail: (status: number) => void = () => undefined;
		const ending = new Promise<number>((resolve) => (fail = resolve));
		const delivery = deliver(trigger, missed, { ending });
		await watch.tick();
		await look(watch, 2);
		fail(500);
		await delivery;
		await look(watch, 3);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('what happened while the subscription was off, if n8n was restarted while the key was revoked', async () => {
		const { trigger, watch } = await published();
		await look(watch, 4);
		sandbox.revokeKey(credential.apiKey);
		await look(watch, 2);
		await watch.close();
		theSubscription().isActive = false;
		const missed = happen();
		const again = await start(trigger, 'init');
		await look(again, 3);
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
		await look(again, 3);
		expect(startedBy(again).filter((id) => id !== undefined)).toEqual([missed.id]);
	});
});

describe('Not started are', () => {
	it('what the filter refuses at its delivery, by an expression whose value changed', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 20);
		trigger.parameters = { triggerOn: ['lead.created'], filters: { clientId: '7' } };
		expect(await deliver(trigger, happen())).toBe(false);
		await look(watch, 3);
		expect(startedBy(watch)).toEqual([]);
	});

	it('old events without createdUtc from before the publishing', async () => {
		const old = Array.from({ length: 5 }, () => happen());
		for (const event of old) Reflect.deleteProperty(event, 'createdUtc');
		const { trigger, watch } = await published();
		await receive(trigger, 25);
		await look(watch, 3);
		expect(startedBy(watch)).toEqual([]);
	});

	it('two workflows with one key share no data: what one does to its item, the other does not see', async () => {
		const one = await published();
		const other = await published();
		for (const subscription of subscriptionsOf(sandbox)) subscription.isActive = false;
		later(1);
		happen();
		await one.watch.tick();
		for (const { json } of one.watch.emitted.flat(2)) Object.assign(json, { type: 'changed', payload: {} });
		await other.watch.tick();
		expect(other.watch.emitted.flat(2).map(({ json }) => json.type)).toEqual(['lead.created']);
	});

	it('a type that nobody subscribed to', async () => {
		const { trigger, watch } = await published({ triggerOn: ['*'] });
		await receive(trigger, 20);
		happen('task.created');
		await look(watch, 3);
		expect(startedBy(watch)).toEqual([]);
	});
});

describe('Queue mode: other processes receive too', () => {
	it('half of the deliveries reach this process: those that others receive are not started', async () => {
		const { trigger, watch } = await published();
		await watch.tick();
		let received = 0;
		for (let i = 0; i < 12; i++) {
			received += (await receive(trigger, 180)).length;
			for (let j = 0; j < 180; j++) happen();
			await look(watch);
			expect([received, watch.emitted.length]).toEqual([received, 0]);
		}
	}, 120_000);

	it('a workflow that is published while another one with the same key is looked after is in no outage', async () => {
		const first = await published();
		await first.watch.tick();
		later(0.2);
		const trigger = engine.trigger({ triggerOn: ['lead.created'] });
		await trigger.publish();
		const watch = await start(trigger);
		later(0.1);
		happen(); // received by another process
		later(0.1);
		await watch.tick();
		await look(watch, 2);
		expect(startedBy(watch)).toEqual([]);
	});

	it('an outage that begins while the list is shared with another workflow', async () => {
		const first = await published();
		const { watch } = await published();
		await first.watch.tick();
		for (const subscription of subscriptionsOf(sandbox)) subscription.isActive = false;
		later(0.2);
		const missed = happen();
		later(0.5);
		await watch.tick();
		await look(watch, 3);
		expect(startedBy(watch)).toEqual([missed.id]);
	});
});

// The memory of this process outlives the restarts of a test, so what the process before received is not delivered here.
describe('After an orderly restart', () => {
	it('nothing comes twice where the CRM does as it is told', async () => {
		const { trigger, watch } = await published();
		for (let i = 0; i < 10; i++) {
			happen(); // received
			await look(watch, 3);
		}
		await watch.close();
		later(2);
		const again = await start(trigger, 'init');
		await again.tick();
		expect(startedBy(again)).toEqual([]);
	});

	it.each(['an hour', 'years'])(
		'a note that is %s ahead, since a clock was: what happened meanwhile is not lost',
		async (much) => {
			const { trigger, watch } = await published();
			if (much === 'an hour') sandbox.store.clockAheadMs = 60 * MINUTE_MS;
			await look(watch, 4);
			await watch.close();
			if (much === 'years') {
				const told = theSubscription();
				told.description = (told.description ?? '').replace(/well \d{4}/, 'well 2039');
			}
			sandbox.store.clockAheadMs = 0;
			later(2);
			const missed = happen();
			later(20);
			const again = await start(trigger, 'init');
			await again.tick();
			await look(again, 2);
			expect(startedBy(again)).toEqual([missed.id]);
		},
	);

	it('a single 404 of a proxy to one note: nothing comes twice a day later', async () => {
		const { trigger, watch } = await published();
		sandbox.faults.inject({ route: 'PATCH', kind: 'proxy-page', status: 404, times: 1 });
		await look(watch, 3);
		sandbox.faults.clear();
		for (let i = 0; i < 10; i++) {
			happen(); // received
			await look(watch, 3);
		}
		await watch.close();
		later(2);
		const again = await start(trigger, 'init');
		await again.tick();
		expect(startedBy(again)).toEqual([]);
	});

	it('the breaker tripped in the minutes before it: nothing is lost', async () => {
		const { trigger, watch } = await published();
		await look(watch);
		later(1);
		theSubscription().isActive = false;
		const missed = [happen(), happen()];
		later(2);
		await watch.close();
		later(5);
		const again = await start(trigger, 'init');
		await again.tick();
		await look(again, 2);
		expect(startedBy(again)).toEqual(idsOf(missed));
	});

	it('a description with somebody else’s text: what happened meanwhile is not lost, nor the text', async () => {
		const { trigger, watch } = await published();
		await look(watch, 3);
		theSubscription().description = 'Please do not delete. Bob';
		await look(watch, 4);
		await watch.close();
		later(1);
		const missed = happen();
		later(60);
		const again = await start(trigger, 'init');
		await again.tick();
		await look(again, 4);
		expect([startedBy(again), theSubscription().description]).toEqual([
			[missed.id],
			expect.stringContaining('Bob'),
		]);
	});

	it.each([60, 90, 95, 100, 1000])(
		'a description cut off after %i characters: nothing is lost',
		async (length) => {
			const { trigger, watch } = await published();
			changeDescriptions(theSubscription(), (text) => text.slice(0, length));
			await look(watch, 4);
			await watch.close();
			later(1);
			const missed = happen();
			later(60);
			const again = await start(trigger, 'init');
			await again.tick();
			await look(again, 2);
			expect(startedBy(again)).toEqual([missed.id]);
		},
	);

	it('at another address: what was delivered at the old one in the last day does not come twice', async () => {
		const { trigger, watch } = await published();
		for (let i = 0; i < 10; i++) {
			happen(); // received
			await look(watch, 3);
		}
		await watch.close();
		later(2);
		const moved = (await startEngine(credential, 'http://127.0.0.1:5679')).trigger({
			triggerOn: ['lead.created'],
		});
		moved.restore(trigger.staticData());
		const again = await start(moved, 'init');
		await again.tick();
		expect(startedBy(again).filter((id) => id !== undefined)).toEqual([]);
	});

	it('createdUtc an hour behind the Date of the answers: what happened meanwhile is not lost', async () => {
		const { trigger, watch } = await published();
		await look(watch, 4);
		await watch.close();
		later(2);
		const missed = happen();
		missed.createdUtc = new Date(Date.parse(missed.createdUtc) - 60 * MINUTE_MS).toISOString();
		later(20);
		const again = await start(trigger, 'init');
		await again.tick();
		await look(again, 2);
		expect(startedBy(again)).toEqual([missed.id]);
	});

	it('a long cursor and events without createdUtc: the log is not started from its beginning', async () => {
		const { trigger, watch } = await published();
		const old = Array.from({ length: 12 }, () => happen()); // received
		for (const event of old) Reflect.deleteProperty(event, 'createdUtc');
		sandbox.setDialect({ eventsCursorAtEnd: 'null' });
		await look(watch, 4);
		await watch.close();
		later(5);
		const again = await start(trigger, 'init');
		await again.tick();
		expect(startedBy(again)).toEqual([]);
	});

	it.each([100_000, 12])(
		'ten triggers with one key and %i admin calls a minute: each notes that all was well until now',
		async (admin) => {
			const all = [];
			for (let i = 0; i < 10; i++) all.push(await published());
			later(20);
			for (const { watch } of all) await watch.tick();
			later(5);
			for (const { watch } of all) await watch.tick();
			later(4);
			sandbox.setLimits({ ...PLENTY, admin });
			for (const { watch } of all) await watch.close();
			const notes = subscriptionsOf(sandbox).map(
				({ description }) => /well (\S+?Z)/.exec(description ?? '')?.[1],
			);
			const now = Date.now();
			expect(notes.filter((time) => now - Date.parse(time ?? '') > 2 * MINUTE_MS)).toEqual([]);
		},
	);
});

describe('When n8n has updated the package in place', () => {
	it('an edit misses nothing in between', async () => {
		const { trigger, watch } = await published();
		jest.resetModules();
		await look(watch);
		await trigger.unpublish();
		await watch.close();
		const between = happen();
		await trigger.publish();
		const again = await start(trigger);
		await look(again, 3);
		expect(startedBy(again)).toEqual([between.id]);
	});

	it('and an outage follows at once, nothing of what was received comes again', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 3);
		jest.resetModules();
		await receive(trigger, 2);
		theSubscription().isActive = false;
		const missed = [happen(), happen()];
		await look(watch, 3);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('an unpublished one stays so', async () => {
		const { trigger, watch } = await published();
		jest.resetModules();
		await trigger.unpublish();
		watch.ring();
		await watch.close();
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(subscriptionsOf(sandbox)).toEqual([]);
	});
});

describe('Healing', () => {
	it('unpublishing in the middle of a catch-up ends it', async () => {
		const { trigger, watch } = await published();
		theSubscription().isActive = false;
		for (let i = 0; i < 40; i++) happen();
		const tick = watch.tick();
		await until('a start', 5000, () => (watch.emitted.length > 3 ? true : undefined));
		await trigger.unpublish();
		const before = watch.emitted.length;
		await tick;
		expect(watch.emitted.length - before).toBeLessThan(2);
		expect(subscriptionsOf(sandbox)).toEqual([]);
	});

	it('a list that omits the subscription now and then: one is left, and it is not replaced for ever', async () => {
		const { watch } = await published();
		const { subscriptions } = sandbox.store;
		const values = subscriptions.values.bind(subscriptions);
		let lists = 0;
		subscriptions.values = () =>
			(++lists % 2 === 0 ? new Map().values() : values()) as ReturnType<typeof values>;
		const { id } = theSubscriptionIn(values);
		try {
			await look(watch, 12);
		} finally {
			Reflect.deleteProperty(subscriptions, 'values');
		}
		expect(subscriptionsOf(sandbox)).toHaveLength(1);
		expect([theSubscription().id - id, watch.emitted.length]).toEqual([0, 0]);
	});

	it('a CRM that takes no description as long as the note makes it', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 2);
		await look(watch);
		const { subscriptions } = sandbox.store;
		const set = subscriptions.set.bind(subscriptions);
		// As 255 would be for a workflow's name of 128 characters and a cursor of 100; without the note it has 45 here.
		const most = 100;
		subscriptions.set = (id, subscription) => {
			if ((subscription.description ?? '').length > most)
				throw invalid({ description: [`is longer than ${most}`] });
			return set(id, subscription);
		};
		try {
			subscriptions.clear();
			await look(watch, 2);
			expect(subscriptionsOf(sandbox)).toHaveLength(1);
		} finally {
			Reflect.deleteProperty(subscriptions, 'set');
		}
	});

	it('is not held up by a catch-up on a page that takes no notice of the limit', async () => {
		sandbox.setDialect({ eventsLimit: 'ignored', eventsPageSize: 50_000 });
		const { watch } = await published();
		theSubscription().isActive = false;
		for (let i = 0; i < 7000; i++) happen();
		const { setTimeout: real } = globalThis;
		let slept = 0;
		globalThis.setTimeout = ((work: () => void, ms = 0, ...rest: unknown[]) => {
			if (ms !== 50) return real(work, ms, ...(rest as []));
			slept += 50;
			jest.setSystemTime(Date.now() + 50);
			return real(work, 0);
		}) as typeof setTimeout;
		try {
			await watch.tick(100_000);
		} finally {
			globalThis.setTimeout = real;
		}
		expect(slept).toBeLessThan(5 * MINUTE_MS);
	}, 120_000);
});

describe('The log and the failed executions', () => {
	it('a key without the scope events:read is not told of every five minutes for ever', async () => {
		credential.apiKey = sandbox.createKey(['webhooks:write']);
		const { trigger, watch } = await published({ options: { lookBack: 1 } });
		await look(watch, 12);
		trigger.logged.length = 0;
		await look(watch, 12);
		expect(trigger.logged).toEqual([]);
	});

	it('what comes and goes is shown once a day', async () => {
		const { watch } = await published();
		const { apiKey } = credential;
		for (let i = 0; i < 12; i++) {
			credential.apiKey = `${apiKey}-revoked`;
			await look(watch, 8);
			credential.apiKey = apiKey;
			await look(watch, 1);
		}
		expect(watch.shown.length).toBeLessThanOrEqual(1);
	});

	it('an API that fails half of the time does not fill the log', async () => {
		const { trigger, watch } = await published();
		trigger.logged.length = 0;
		sandbox.faults.inject({ route: 'subscriptions', kind: 'status-before', status: 404, probability: 0.5 });
		await look(watch, 60);
		expect(trigger.logged.length).toBeLessThan(15);
	}, 60_000);

	it('a breaker that trips in every second interval is shown some time', async () => {
		const { watch } = await published();
		for (let i = 0; i < 15; i++) {
			theSubscription().isActive = false;
			await look(watch, 2);
		}
		expect(watch.shown.length).toBe(1);
	}, 60_000);
});
