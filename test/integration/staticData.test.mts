// Static data is one column for the whole workflow, and its last writer wins: the secret survives that, and so does what others keep.
import { describe, expect, it } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import { inAnotherProcess } from './engine.mts';
import { idsOf, startedBy, useTriggerStage } from './triggerStage.mts';
import type { Published } from './triggerStage.mts';
import type { Trigger } from './trigger.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');
const { sandbox } = stage;

/** The secret that the static data holds. */
const storedSecret = (trigger: Trigger) => {
	const [data] = Object.values(trigger.staticData()) as Array<{ subscription?: IDataObject }>;
	return data?.subscription?.secret;
};
const currentSecret = () => stage.theSubscription().secret;

/** The subscription is replaced, and the static data as it was before is written back by something else in the workflow. */
async function overwritten({ trigger, watch }: Published, write = trigger.staticData()): Promise<void> {
	sandbox.store.subscriptions.clear();
	await stage.look(watch);
	trigger.restore(write);
	expect(storedSecret(trigger)).not.toBe(currentSecret());
}

describe.each([
	['an old secret', undefined],
	['nothing', {}],
])('A secret over which something else in the workflow has written %s', (_what, write) => {
	it('still lets deliveries in, and is stored again by the next check', async () => {
		const both = await stage.published();
		await overwritten(both, write);
		expect(await stage.deliver(both.trigger, stage.happen())).toBe(true);
		await stage.look(both.watch);
		expect(storedSecret(both.trigger)).toBe(currentSecret());
	});

	it('is stored again also where no delivery comes', async () => {
		const both = await stage.published();
		await overwritten(both, write);
		await stage.look(both.watch, 2);
		expect(storedSecret(both.trigger)).toBe(currentSecret());
	});

	it('is missed by no other process: the event log confirms its deliveries', async () => {
		const both = await stage.published();
		await overwritten(both, write);
		const event = stage.happen();
		await inAnotherProcess(async () => {
			expect(await stage.deliver(both.trigger, event)).toBe(true);
		});
	});

	it('is lost with a restart only: then the subscription is replaced once', async () => {
		const both = await stage.published();
		await overwritten(both, write);
		const { again } = await stage.restart(both, 5, () => stage.happens(2));
		expect(storedSecret(both.trigger)).toBe(currentSecret());
		await stage.look(again, 3);
		expect(again.stored).toHaveLength(1);
	});
});

it('A secret that is overwritten again and again is stored again three times an hour', async () => {
	const { trigger, watch } = await stage.published();
	const old = trigger.staticData();
	await overwritten({ trigger, watch });
	for (let checks = 0; checks < 36; checks++) {
		trigger.restore(old);
		expect(await stage.deliver(trigger, stage.happen())).toBe(true);
		await stage.look(watch);
	}
	expect(watch.stored.length).toBeGreaterThan(6);
	expect(watch.stored.length).toBeLessThanOrEqual(10);
});

it('A repair and the events that are caught up on leave alone what others keep there', async () => {
	const { trigger, watch } = await stage.published();
	const counted = { 'node:Counter': { count: 3 } };
	trigger.restore({ ...trigger.staticData(), ...counted });
	sandbox.store.subscriptions.clear();
	const missed = stage.happens(3);
	await stage.look(watch);
	expect(startedBy(watch)).toEqual(idsOf(missed));
	expect(trigger.staticData()).toMatchObject(counted);
	expect(storedSecret(trigger)).toBe(currentSecret());
	expect(await stage.deliver(trigger, stage.happen())).toBe(true);
});

it('What an execution gets to store a secret shows it to nobody', async () => {
	const { watch } = await stage.published();
	sandbox.store.subscriptions.clear();
	await stage.look(watch);
	const [item, ...others] = watch.stored.flat(3);
	expect(others).toEqual([]);
	expect(item?.json).toEqual({ whiteLabelCroSubscription: expect.stringMatching(/^[\w+/=]{100,}$/) });
	expect(JSON.stringify(item)).not.toContain(currentSecret());
});
