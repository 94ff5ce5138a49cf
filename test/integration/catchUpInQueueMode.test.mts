// A trigger that catches up where other processes receive deliveries too.
import { beforeEach, describe, expect, it } from '@jest/globals';

import { until } from '../../scripts/real-n8n/until.mts';
import { subscriptionsOf } from '../fixtures.mts';
import { nobody } from './address.mts';
import type { Address } from './address.mts';
import { forgetModules } from './engine.mts';
import { startedBy, useTriggerStage } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');
const { engine, sandbox } = stage;

const LOGIN_PAGE: Address['instead'] = (_request, response) => {
	response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>');
};

describe('Queue mode: other processes receive too', () => {
	beforeEach(() => {
		stage.address.isOfAnotherProcess = true;
	});

	it('half of the deliveries reach this process: those that others receive are not started', async () => {
		const { trigger, watch } = await stage.published();
		await watch.tick();
		let received = 0;
		for (let i = 0; i < 12; i++) {
			received += (await stage.receive(trigger, 180)).length;
			for (let j = 0; j < 180; j++) stage.happen();
			await stage.look(watch);
			expect([received, watch.emitted.length]).toEqual([received, 0]);
		}
	}, 120_000);

	it('a workflow that is published while another one with the same key is looked after is in no outage', async () => {
		const first = await stage.published();
		await first.watch.tick();
		stage.later(0.2);
		const trigger = engine.trigger({ triggerOn: ['lead.created'] });
		await trigger.publish();
		const watch = await stage.start(trigger);
		stage.later(0.1);
		stage.happen(); // received by another process
		stage.later(0.1);
		await watch.tick();
		await stage.look(watch, 2);
		expect(startedBy(watch)).toEqual([]);
	});

	it('two ticks that n8n skips, as it does when it is busy, bring nothing twice', async () => {
		const { watch } = await stage.published();
		await watch.tick();
		stage.later(10);
		stage.happen(); // received by another process
		stage.later(5);
		await watch.tick();
		await stage.look(watch, 2);
		expect(startedBy(watch)).toEqual([]);
	});

	it('a workflow whose subscription was made anew while the list was asked for by another one is in no outage', async () => {
		const { trigger, watch } = await stage.published();
		const other = await stage.published();
		for (const { id, targetUrl } of subscriptionsOf(sandbox)) {
			if (targetUrl === trigger.url()) sandbox.store.subscriptions.delete(id);
		}
		sandbox.faults.inject({ route: 'POST .*/subscriptions', kind: 'latency', ms: 1000, times: 1 });
		const before = sandbox.requests.length;
		const tick = watch.tick();
		await until('the subscription to be made', 5000, () =>
			sandbox.requests.slice(before).some(({ method }) => method === 'POST') ? true : undefined,
		);
		await other.watch.tick();
		await tick;
		stage.later(0.2);
		stage.happen(); // received by another process
		stage.later(0.3);
		await watch.tick();
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual([]);
	});

	it.each([
		['nobody', nobody],
		['a login page', LOGIN_PAGE],
	])(
		'where %s answers this process, what others receive starts nothing, nobody is told, and an outage is caught up on',
		async (_who, instead) => {
			forgetModules();
			const { trigger, watch } = await stage.published();
			trigger.hasWorkers = true;
			stage.address.instead = instead;
			for (let checks = 0; checks < 30; checks++) {
				stage.happen(); // received by another process
				await stage.look(watch);
			}
			expect([startedBy(watch), watch.shown]).toEqual([[], []]);
			expect(watch.stored).toHaveLength(1);
			stage.later(1);
			stage.theSubscription().isActive = false;
			const missed = stage.happen();
			stage.later(4);
			await watch.tick();
			await stage.look(watch, 2);
			expect(startedBy(watch)).toContain(missed.id);
			expect(startedBy(watch).length).toBeLessThanOrEqual(2);
		},
	);

	it('an outage that begins while the list is shared with another workflow', async () => {
		const first = await stage.published();
		const { watch } = await stage.published();
		await first.watch.tick();
		for (const subscription of subscriptionsOf(sandbox)) subscription.isActive = false;
		stage.later(0.2);
		const missed = stage.happen();
		stage.later(0.5);
		await watch.tick();
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual([missed.id]);
	});
});
