// A published trigger looks after its subscription: what the CRM's circuit breaker or a person did to it does not last.
import { beforeEach, describe, expect, it } from '@jest/globals';

import { until } from '../../scripts/real-n8n/until.mts';
import { subscriptionsOf } from '../fixtures.mts';
import { dialects } from './dialects.mts';
import { forgetModules, startEngine } from './engine.mts';
import { useTriggerStage } from './triggerStage.mts';
import type { Running, Trigger } from './trigger.mts';

const stage = useTriggerStage('webhooks:write');
const { credential, engine, sandbox } = stage;

const calls = (method: string) =>
	sandbox.requests.filter((request) => request.method === method && request.path.includes('subscriptions'));

/** Whether a genuine delivery starts the workflow. */
const accepts = (trigger: Trigger) => stage.deliver(trigger, stage.happen());

describe.each(dialects)('On an account with %s, every five minutes', (_name, dialect) => {
	beforeEach(() => {
		sandbox.setDialect(dialect);
	});

	it('a subscription that was switched off is switched on again', async () => {
		// It takes a word for "off" that is known to see that it is off.
		if (dialect.subscriptionStateWords === 'lively/weary') return;
		const { trigger, watch } = await stage.publish();
		const before = stage.theSubscription().id;
		stage.theSubscription().isActive = false;
		await watch.tick();
		expect(stage.theSubscription()).toMatchObject({ isActive: true });
		// Where the API does not let it be changed, it is replaced.
		expect(watch.stored).toHaveLength(stage.theSubscription().id === before ? 0 : 1);
		expect(await accepts(trigger)).toBe(true);
	});

	it('one that is gone is made anew, and its new secret is in use at once', async () => {
		const { trigger, watch } = await stage.publish();
		sandbox.store.subscriptions.clear();
		await watch.tick();
		expect(stage.theSubscription()).toMatchObject({ isActive: true, targetUrl: trigger.url() });
		// In an execution that starts nothing: n8n saves no static data that a check writes.
		expect([watch.stored.length, watch.emitted]).toEqual([1, []]);
		expect(await accepts(trigger)).toBe(true);
	});

	it('event types that were changed are put right', async () => {
		const { watch } = await stage.publish({ triggerOn: ['client.created', 'payment.failed'] });
		stage.theSubscription().eventTypes = ['lead.created'];
		await watch.tick();
		expect(stage.theSubscription().eventTypes.toSorted()).toEqual(['client.created', 'payment.failed']);
	});

	it('one that is well is only looked at', async () => {
		const { watch } = await stage.publish();
		await watch.tick();
		stage.later(5);
		const before = sandbox.requests.length;
		await watch.tick();
		// A list of the subscriptions, and a page of the event log.
		expect(sandbox.requests.slice(before).map(({ method }) => method)).toEqual(['GET', 'GET']);
		expect([watch.emitted, watch.shown]).toEqual([[], []]);
	});
});

describe('When n8n starts', () => {
	it('the CRM is not waited for, and the trigger is active although the CRM is down', async () => {
		const { trigger, watch } = await stage.publish();
		await watch.close();
		sandbox.faults.inject({ route: '.', kind: 'reset-before' });
		const before = sandbox.requests.length;
		await stage.start(trigger, 'init');
		expect(sandbox.requests).toHaveLength(before);
		expect(await accepts(trigger)).toBe(true);
	});

	it('what happened to the subscription meanwhile is put right by the first look, a lost secret too', async () => {
		const { trigger, watch } = await stage.publish();
		await watch.close();
		const [old] = subscriptionsOf(sandbox);
		trigger.crash();
		forgetModules();
		const again = await stage.start(trigger, 'init');
		await again.tick();
		expect(stage.theSubscription().id).not.toBe(old?.id);
		expect(await accepts(trigger)).toBe(true);
	});

	it('a trigger that has moved to another address is registered there, and the old subscription is left alone', async () => {
		const { trigger, watch } = await stage.publish();
		await watch.close();
		const moved = (await startEngine(credential, 'http://127.0.0.1:5679')).trigger({
			triggerOn: ['lead.created'],
		});
		moved.restore(trigger.staticData());
		await (await stage.start(moved, 'init')).tick();
		expect(subscriptionsOf(sandbox).map(({ targetUrl }) => targetUrl)).toEqual([trigger.url(), moved.url()]);
	});
});

describe('Nothing is looked after', () => {
	it('before publishing has come to its end, or after it has failed', async () => {
		const trigger = engine.trigger({ triggerOn: ['lead.created'] });
		const watch = await stage.start(trigger);
		await watch.tick();
		sandbox.faults.inject({ route: 'POST', kind: 'status-before', status: 403 });
		await expect(trigger.publish()).rejects.toThrow();
		sandbox.faults.clear();
		const before = sandbox.requests.length;
		await watch.tick();
		expect(sandbox.requests).toHaveLength(before);
		expect(subscriptionsOf(sandbox)).toEqual([]);
	});

	it.each(['delete first', 'close first'])('once the workflow is unpublished (%s)', async (order) => {
		const { trigger, watch } = await stage.publish();
		if (order === 'close first') await watch.close();
		await trigger.unpublish();
		await watch.tick();
		expect(subscriptionsOf(sandbox)).toEqual([]);
	});

	it.each([
		['lists', 'GET'],
		['creates', 'POST'],
	])('if the workflow is unpublished while it %s: then none is left', async (_what, route) => {
		const { trigger, watch } = await stage.publish();
		sandbox.store.subscriptions.clear();
		sandbox.faults.inject({ route, kind: 'latency', ms: 1000, times: 1 });
		const tick = watch.tick();
		while (calls(route).every(({ status }) => status !== null)) await new Promise(setImmediate);
		await trigger.unpublish();
		await tick;
		expect(subscriptionsOf(sandbox)).toEqual([]);
		expect(watch.emitted).toEqual([]);
	});

	it('by listening for a test event, which ends no look at the published one', async () => {
		const { trigger, watch } = await stage.publish();
		await trigger.publish('manual');
		await trigger.unpublish('manual');
		stage.theSubscription().isActive = false;
		await watch.tick();
		expect(stage.theSubscription().isActive).toBe(true);
	});

	it('twice, if n8n still ticks for an older activation', async () => {
		const { trigger, watch } = await stage.publish();
		await trigger.publish();
		const newer = await stage.start(trigger);
		sandbox.store.subscriptions.clear();
		watch.ring();
		newer.ring();
		await until('the new secret', 5_000, () => (newer.stored.length > 0 ? true : undefined));
		expect(newer.stored).toHaveLength(1);
		expect(await accepts(trigger)).toBe(true);
	});
});

describe('What cannot be put right', () => {
	const tick = async (watch: Running, minutes: number) => {
		stage.later(minutes);
		await watch.tick();
	};

	it('is shown as one failed execution after half an hour, once a day from then on, and the log tells when it is over', async () => {
		const { watch } = await stage.publish();
		const { apiKey } = credential;
		credential.apiKey = `${apiKey}-revoked`;
		for (let minutes = 0; minutes < 30; minutes += 5) await tick(watch, 5);
		expect(watch.shown).toEqual([]);
		await tick(watch, 5);
		expect(watch.shown).toHaveLength(1);
		expect(watch.shown[0]).toMatchObject({
			message: expect.stringMatching(/events may not be coming in/),
			description: expect.stringMatching(/API key/),
		});
		expect(JSON.stringify(watch.shown)).not.toContain(apiKey);
		for (let hours = 0; hours < 23; hours++) await tick(watch, 60);
		expect(watch.shown).toHaveLength(1);
		await tick(watch, 60);
		expect(watch.shown).toHaveLength(2);

		credential.apiKey = apiKey;
		await tick(watch, 5);
		credential.apiKey = `${apiKey}-revoked`;
		for (let minutes = 0; minutes < 30; minutes += 5) await tick(watch, 5);
		expect(watch.shown).toHaveLength(2);
	});

	it('does not end the trigger: what was down for a day is well with the next look', async () => {
		const { trigger, watch } = await stage.publish();
		stage.theSubscription().isActive = false;
		sandbox.faults.inject({ route: '.', kind: 'status-before', status: 404 });
		for (let hours = 0; hours < 24; hours++) await tick(watch, 60);
		sandbox.faults.clear();
		await tick(watch, 5);
		expect(await accepts(trigger)).toBe(true);
		expect(stage.theSubscription().isActive).toBe(true);
	});

	it('because it does not stay so is tried more and more seldom, once an hour at last, and shown', async () => {
		const { watch } = await stage.publish();
		let made = 0;
		for (let minutes = 0; minutes < 12 * 60; minutes += 5) {
			sandbox.store.subscriptions.clear();
			await tick(watch, 5);
			made += subscriptionsOf(sandbox).length;
		}
		expect(made).toBeGreaterThan(10);
		expect(made).toBeLessThan(20);
		expect(watch.shown).toHaveLength(1);
	});
});

it('Triggers with one key ask once for the subscriptions, however many they are', async () => {
	const all = [];
	for (let i = 0; i < 5; i++) all.push(await stage.publish());
	const before = calls('GET').length;
	await Promise.all(all.map(({ watch }) => watch.tick()));
	expect(calls('GET')).toHaveLength(before + 1);
	stage.later(5);
	for (const { watch } of all) await watch.tick();
	expect(calls('GET')).toHaveLength(before + 2);
});

it('Each trigger is looked after at a second of its own, the same after every start', async () => {
	const { trigger, watch } = await stage.publish();
	const others = await Promise.all(Array.from({ length: 10 }, () => stage.publish()));
	expect(watch.expression).toMatch(/^\d+ \*\/5 \* \* \* \*$/);
	expect((await stage.start(trigger)).expression).toBe(watch.expression);
	expect(new Set(others.map((each) => each.watch.expression)).size).toBeGreaterThan(1);
});
