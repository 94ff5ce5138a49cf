// A published trigger catches up on what it missed: every event that it wants starts the workflow once, late rather than never.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { Dialect } from '../../sandbox/dialect.mts';
import { startSandbox } from '../../sandbox/server.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import type { EventEnvelope } from '../../sandbox/store/model.mts';
import { PLENTY, onlySubscriptionOf, signatureOf } from '../fixtures.mts';
import { dialects, eventLogs } from './dialects.mts';
import { startEngine } from './engine.mts';
import type { Credential, Engine } from './engine.mts';
import { NOT_THE_CLOCK } from './clock.mts';
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
	// What is known of one key is kept for a minute, and the clock stands still here.
	credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
	running = [];
	jest.useFakeTimers({ doNotFake: [...NOT_THE_CLOCK] });
});
afterEach(async () => {
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

/** An event happens, and is not delivered. */
const happen = (type = 'lead.created', payload: object = { client_id: 12345 }): EventEnvelope =>
	sandbox.store.appendEvent(type, payload);

/** @returns whether it started the workflow */
async function deliver(trigger: Trigger, event: EventEnvelope, options = {}): Promise<boolean> {
	const rawBody = Buffer.from(JSON.stringify(event));
	const headers = signatureOf(rawBody.toString(), theSubscription().secret);
	const { returned } = await trigger.deliver({ headers, rawBody }, options);
	return returned.workflowData !== undefined;
}

/** Events that are delivered as they happen. */
async function receive(trigger: Trigger, count: number): Promise<void> {
	for (let i = 0; i < count; i++) expect(await deliver(trigger, happen())).toBe(true);
}

/** The ids of the events that a trigger started executions for, in their order. */
const startedBy = (watch: Running) => watch.emitted.flat(2).map(({ json }) => json.id);
const idsOf = (events: EventEnvelope[]) => events.map(({ id }) => id);
const pagesRead = () => sandbox.requests.filter(({ path }) => path === '/api/v1/events').length;

describe.each([...dialects, ...eventLogs])('On an account with %s', (_name, dialect: Partial<Dialect>) => {
	beforeEach(() => {
		sandbox.setDialect(dialect);
	});

	it('what happened while the subscription was gone starts the workflow, the oldest first, once', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 3);
		later(1);
		sandbox.store.subscriptions.clear();
		const missed = Array.from({ length: 9 }, () => happen());
		happen('client.created');
		later(4);
		for (let looks = 0; looks < 3; looks++) {
			await watch.tick();
			later(5);
		}
		expect(startedBy(watch)).toEqual(idsOf(missed));
		for (const event of missed) expect(await deliver(trigger, event)).toBe(false);
	});
});

describe('An event that was not delivered', () => {
	it('while all is well, is left to the retries of the CRM for three minutes, and started then', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 4);
		const lost = happen();
		later(2);
		await watch.tick();
		expect(watch.emitted).toEqual([]);
		later(5);
		await watch.tick();
		expect(startedBy(watch)).toEqual([lost.id]);
		expect(await deliver(trigger, lost)).toBe(false);
		later(5);
		await watch.tick();
		expect(watch.emitted).toHaveLength(1);
	});

	it('is not started while its delivery is under way, but is if that fails', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 4);
		const slow = happen();
		let fail: (status: number) => void = () => undefined;
		const ending = new Promise<number>((resolve) => (fail = resolve));
		const delivery = deliver(trigger, slow, { ending });
		later(10);
		await watch.tick();
		expect(watch.emitted).toEqual([]);
		fail(500);
		await delivery;
		later(5);
		await watch.tick();
		expect(startedBy(watch)).toEqual([slow.id]);
	});

	it('starts nothing where other processes receive the deliveries, unless it is from an outage', async () => {
		const { watch } = await published();
		for (let i = 0; i < 5; i++) happen();
		await watch.tick();
		later(5);
		await watch.tick();
		later(1);
		theSubscription().isActive = false;
		const missed = happen();
		later(4);
		await watch.tick();
		later(1);
		happen();
		for (let looks = 0; looks < 3; looks++) {
			later(4);
			await watch.tick();
		}
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('goes through the filters and the output as a delivery does, and starts one execution by a key of its own', async () => {
		const { watch } = await published({ filters: { clientId: '7' }, output: 'payload' });
		theSubscription().isActive = false;
		happen('lead.created', { client_id: 8 });
		const wanted = [happen('lead.created', { client_id: 7 }), happen('lead.created', { client_id: 7 })];
		later(5);
		await watch.tick();
		expect(watch.emitted).toEqual(
			wanted.map(({ id }) => [[{ json: expect.objectContaining({ event_id: id, client_id: 7 }) }]]),
		);
		expect(new Set(watch.deduplicationKeys).size).toBe(2);
	});
});

describe('When n8n starts again', () => {
	it('after it was stopped in order, what happened meanwhile is started, and nothing from before', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 3);
		later(1);
		await watch.close();
		later(1);
		const missed = [happen(), happen()];
		later(20);
		const again = await start(trigger, 'init');
		await again.tick();
		expect(startedBy(again)).toEqual(idsOf(missed));
	});

	it('after it was killed, what was received in the quarter of an hour before may come twice, and nothing is lost', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 1);
		for (let looks = 0; looks < 4; looks++) {
			later(5);
			await watch.tick();
		}
		later(1);
		const again = happen();
		const missed = happen();
		later(30);
		const restarted = await start(trigger, 'init');
		await restarted.tick();
		expect(startedBy(restarted)).toEqual(idsOf([again, missed]));
	});

	it('and the CRM does not tell the description, only what happened while the subscription was off is started', async () => {
		sandbox.setDialect({ subscriptionDescription: 'hidden' });
		const { trigger, watch } = await published();
		await watch.close();
		const missed = happen();
		later(5);
		const well = await start(trigger, 'init');
		await well.tick();
		expect(well.emitted).toEqual([]);
		await well.close();
		theSubscription().isActive = false;
		later(5);
		const ill = await start(trigger, 'init');
		await ill.tick();
		expect(startedBy(ill)).toEqual([missed.id]);
	});

	it('the log is read on from where it was, however long it is', async () => {
		for (let i = 0; i < 2500; i++) happen('client.created');
		const { trigger, watch } = await published();
		await watch.close();
		const missed = happen();
		later(5);
		const before = pagesRead();
		const again = await start(trigger, 'init');
		await again.tick();
		expect(startedBy(again)).toEqual([missed.id]);
		expect(pagesRead() - before).toBeLessThanOrEqual(2);
	});

	it('events from before Look Back are left alone, and the log says so', async () => {
		const { trigger, watch } = await published({ options: { lookBack: 2 } });
		await watch.close();
		happen();
		later(5 * 60);
		const late = happen();
		later(10);
		const again = await start(trigger, 'init');
		await again.tick();
		expect(startedBy(again)).toEqual([late.id]);
		expect(trigger.logged.join('\n')).toMatch(/'Look Back' says/);
	});
});

it('A subscription that was made anew tells soon up to when all was well, as the old one did', async () => {
	const { watch } = await published();
	await watch.tick();
	expect(theSubscription().description).toMatch(/^last seen well .*: n8n workflow "/);
	sandbox.store.subscriptions.clear();
	for (let looks = 0; looks < 2; looks++) {
		later(5);
		await watch.tick();
	}
	const told = Date.parse(/last seen well (\S+Z)/.exec(theSubscription().description ?? '')?.[1] ?? '');
	expect(Date.now() - told).toBeLessThan(10_000);
});

describe('Publishing', () => {
	it('begins with what happens from then on', async () => {
		happen();
		later(1);
		const { watch } = await published();
		theSubscription().isActive = false;
		later(5);
		await watch.tick();
		expect(watch.emitted).toEqual([]);
	});

	it('begins with what happens in the same second', async () => {
		const trigger = engine.trigger({ triggerOn: ['lead.created'] });
		await trigger.publish();
		jest.setSystemTime(Math.floor(Date.now() / 1000) * 1000 + 600);
		const watch = await start(trigger);
		theSubscription().isActive = false;
		const missed = happen();
		expect(missed.createdUtc).toMatch(/:\d\dZ$/);
		later(5);
		await watch.tick();
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('again after a change misses nothing in between', async () => {
		const { trigger, watch } = await published();
		await trigger.unpublish();
		await watch.close();
		const between = happen();
		await trigger.publish();
		const again = await start(trigger);
		later(5);
		await again.tick();
		expect(startedBy(again)).toEqual([between.id]);
	});

	it('again an hour later begins anew', async () => {
		const { trigger, watch } = await published();
		await trigger.unpublish();
		await watch.close();
		happen();
		later(60);
		await trigger.publish();
		const again = await start(trigger);
		theSubscription().isActive = false;
		later(5);
		await again.tick();
		expect(again.emitted).toEqual([]);
	});
});

describe('A key', () => {
	it('without the scope events:read heals all the same, and the log says once how to allow it', async () => {
		credential.apiKey = sandbox.createKey(['webhooks:write']);
		const { trigger, watch } = await published();
		theSubscription().isActive = false;
		const missed = happen();
		for (let looks = 0; looks < 5; looks++) {
			await watch.tick();
			later(5);
		}
		expect(theSubscription().isActive).toBe(true);
		expect(watch.emitted).toEqual([]);
		expect(trigger.logged.filter((line) => line.includes('events:read'))).toHaveLength(1);
		// With a key that may, it is not too late.
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
		await watch.tick();
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('that was revoked and replaced brings what was missed meanwhile', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 1);
		later(5);
		await watch.tick();
		sandbox.revokeKey(credential.apiKey);
		theSubscription().isActive = false;
		const missed = happen();
		for (let looks = 0; looks < 3; looks++) {
			later(5);
			await watch.tick();
		}
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
		later(5);
		await watch.tick();
		expect(startedBy(watch)).toContain(missed.id);
	});

	it('of another company brings none of its events', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 1);
		later(5);
		await watch.tick();
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read'], 777);
		sandbox.store.appendEvent('lead.created', {}, undefined, 777);
		later(5);
		await watch.tick();
		later(5);
		await watch.tick();
		expect(startedBy(watch)).toEqual([]);
	});
});

it('Switched off, nothing is read and nothing noted', async () => {
	const { watch } = await published({ options: { catchUp: false } });
	theSubscription().isActive = false;
	happen();
	later(5);
	await watch.tick();
	expect(watch.emitted).toEqual([]);
	expect(pagesRead()).toBe(0);
	expect(theSubscription().description).not.toMatch(/last seen well/);
});

it('In steady state, triggers with one key cost one list and one page of the log a look, and a note every fifteen minutes', async () => {
	for (let i = 0; i < 300; i++) happen();
	const all: Running[] = [];
	for (let i = 0; i < 5; i++) {
		const trigger = engine.trigger({ triggerOn: ['lead.created'] });
		await trigger.publish();
		all.push(await start(trigger));
	}
	const look = async () => {
		later(5);
		const before = sandbox.requests.length;
		for (const watch of all) await watch.tick();
		return sandbox.requests.slice(before).map(({ method }) => method);
	};
	// The end of the log has to be found first.
	await look();
	const methods = [...(await look()), ...(await look()), ...(await look())];
	expect(methods.filter((method) => method === 'GET')).toHaveLength(6);
	expect(methods.filter((method) => method === 'PATCH')).toHaveLength(5);
	expect(methods).toHaveLength(11);
});
