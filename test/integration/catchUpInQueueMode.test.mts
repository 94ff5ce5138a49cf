// A trigger that catches up where other processes receive deliveries too.
import { describe, expect, it } from '@jest/globals';

import { subscriptionsOf } from '../fixtures.mts';
import {
	engine,
	happen,
	later,
	look,
	published,
	receive,
	sandbox,
	setStage,
	start,
	startedBy,
} from './stage.mts';

setStage('webhooks:write', 'events:read');

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

	it('two ticks that n8n skips, as it does when it is busy, bring nothing twice', async () => {
		const { watch } = await published();
		await watch.tick();
		later(10);
		happen(); // received by another process
		later(5);
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
