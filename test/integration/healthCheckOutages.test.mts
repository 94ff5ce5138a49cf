// A trigger looks after its subscription in bad times: it does no harm, and tells neither too much nor too little.
import { describe, expect, it, jest } from '@jest/globals';

import { invalid } from '../../sandbox/errors.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { subscriptionsOf } from '../fixtures.mts';
import { MINUTE_MS, useTriggerStage } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');
const { credential, sandbox } = stage;

describe('Healing', () => {
	it('unpublishing in the middle of a catch-up ends it', async () => {
		const { trigger, watch } = await stage.published();
		stage.theSubscription().isActive = false;
		stage.happens(40);
		const tick = watch.tick();
		await until('a start', 5000, () => (watch.emitted.length > 3 ? true : undefined));
		await trigger.unpublish();
		const before = watch.emitted.length;
		await tick;
		expect(watch.emitted.length - before).toBeLessThan(2);
		expect(subscriptionsOf(sandbox)).toEqual([]);
	});

	it('a workflow that is published again in the middle of it keeps its own secret', async () => {
		const { trigger, watch } = await stage.published();
		const { subscriptions } = sandbox.store;
		const old = stage.theSubscription();
		const another = { ...old, id: old.id + 1000 };
		subscriptions.set(another.id, another);
		old.isActive = false;
		sandbox.faults.inject({ route: 'PATCH', kind: 'status-before', status: 405 });
		sandbox.faults.inject({ route: `DELETE .*/${old.id}`, kind: 'latency', ms: 5000, times: 1 });
		const tick = watch.tick();
		await until('the other to be deleted', 5000, () => (subscriptions.has(another.id) ? undefined : true));
		await watch.close();
		await trigger.publish();
		const again = await stage.start(trigger);
		await tick;
		await stage.look(again);
		expect(await stage.deliver(trigger, stage.happen())).toBe(true);
	});

	it('is not put off by a clock that is set back by a day in between', async () => {
		const { watch } = await stage.published();
		stage.theSubscription().isActive = false;
		await watch.tick();
		stage.theSubscription().isActive = false;
		sandbox.store.clockAheadMs = 24 * 60 * MINUTE_MS;
		stage.later(-24 * 60);
		await stage.look(watch);
		expect(stage.theSubscription().isActive).toBe(true);
	});

	it('a list that omits the subscription now and then: one is left, and it is not replaced for ever', async () => {
		const { watch } = await stage.published();
		const { id } = stage.theSubscription();
		const { subscriptions } = sandbox.store;
		const values = subscriptions.values.bind(subscriptions);
		let lists = 0;
		subscriptions.values = () =>
			(++lists % 2 === 0 ? new Map().values() : values()) as ReturnType<typeof values>;
		try {
			await stage.look(watch, 12);
		} finally {
			Reflect.deleteProperty(subscriptions, 'values');
		}
		expect(subscriptionsOf(sandbox)).toHaveLength(1);
		expect([stage.theSubscription().id - id, watch.emitted.length]).toEqual([0, 0]);
	});

	it('a CRM that takes no description as long as the note makes it', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 2);
		await stage.look(watch);
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
			await stage.look(watch, 2);
			expect(subscriptionsOf(sandbox)).toHaveLength(1);
		} finally {
			Reflect.deleteProperty(subscriptions, 'set');
		}
	});

	it('is not held up by a catch-up on a page that takes no notice of the limit', async () => {
		sandbox.setDialect({ eventsLimit: 'ignored', eventsPageSize: 50_000 });
		const { watch } = await stage.published();
		stage.theSubscription().isActive = false;
		stage.happens(7000);
		const { setTimeout: real } = globalThis;
		let slept = 0;
		globalThis.setTimeout = ((work: () => void, ms = 0, ...rest: unknown[]) => {
			if (ms !== 50) return real(work, ms, ...(rest as []));
			slept += 50;
			jest.setSystemTime(Date.now() + 50);
			return real(work, 0);
		}) as typeof setTimeout;
		try {
			await watch.tick();
		} finally {
			globalThis.setTimeout = real;
		}
		expect(slept).toBeLessThan(5 * MINUTE_MS);
	}, 120_000);
});

describe('The log and the failed executions', () => {
	it('a key without the scope events:read is not told of every five minutes for ever', async () => {
		credential.apiKey = sandbox.createKey(['webhooks:write']);
		const { trigger, watch } = await stage.published({ options: { lookBack: 1 } });
		await stage.look(watch, 12);
		trigger.logged.length = 0;
		await stage.look(watch, 12);
		expect(trigger.logged).toEqual([]);
	});

	it('a clock that is set back by a day does not keep an outage from being shown', async () => {
		const { watch } = await stage.published();
		sandbox.faults.inject({ route: '.', kind: 'status-before', status: 401 });
		await stage.look(watch);
		stage.later(-24 * 60);
		await stage.look(watch, 8);
		expect(watch.shown).toHaveLength(1);
	});

	it('nor a refused delivery from being told', async () => {
		const { trigger } = await stage.published();
		const unsigned = { headers: {}, rawBody: Buffer.from('{}') };
		await trigger.deliver(unsigned);
		stage.later(-24 * 60);
		await trigger.deliver(unsigned);
		expect(trigger.logged).toHaveLength(2);
	});

	it('what comes and goes is shown once a day', async () => {
		const { watch } = await stage.published();
		const { apiKey } = credential;
		for (let i = 0; i < 12; i++) {
			credential.apiKey = `${apiKey}-revoked`;
			await stage.look(watch, 8);
			credential.apiKey = apiKey;
			await stage.look(watch, 1);
		}
		expect(watch.shown.length).toBeLessThanOrEqual(1);
	});

	it('an API that fails half of the time does not fill the log', async () => {
		const { trigger, watch } = await stage.published();
		trigger.logged.length = 0;
		sandbox.faults.inject({ route: 'subscriptions', kind: 'status-before', status: 404, probability: 0.5 });
		await stage.look(watch, 60);
		expect(trigger.logged.length).toBeLessThan(15);
	}, 60_000);

	it('a breaker that trips in every second interval is shown some time', async () => {
		const { watch } = await stage.published();
		for (let i = 0; i < 15; i++) {
			stage.theSubscription().isActive = false;
			await stage.look(watch, 2);
		}
		expect(watch.shown.length).toBe(1);
	}, 60_000);
});
