// Which trigger a delivery is for: older versions of n8n accept two nodes of one ID in a workflow.
import { describe, expect, it } from '@jest/globals';

import type { Trigger } from './trigger.mts';
import { idsOf, startedBy, useTriggerStage } from './triggerStage.mts';

const { sandbox, engine, later, start, republish, happen, happens, deliver, look, theSubscription } =
	useTriggerStage('webhooks:write', 'events:read');

const parameters = { triggerOn: ['lead.created'] };

async function running(trigger: Trigger) {
	await trigger.publish();
	const watch = await start(trigger);
	await watch.tick();
	later(5);
	return { trigger, watch };
}

describe.each([
	['addresses of their own', { webhookId: 'first' }, { webhookId: 'second' }],
	['addresses made of their names', { webhookId: undefined }, { webhookId: undefined }],
])('two triggers of one workflow with one ID and %s', (how, first, second) => {
	const workflowId = `twins with ${how}`;

	it('both start for an event, once each', async () => {
		const one = await running(engine.trigger(parameters, { id: 'one', name: 'A', ...first }, workflowId));
		const other = await running(engine.trigger(parameters, { id: 'one', name: 'B', ...second }, workflowId));
		const event = happen();
		expect(await deliver(one.trigger, event)).toBe(true);
		expect(await deliver(other.trigger, event)).toBe(true);
		expect(await deliver(one.trigger, event)).toBe(false);
		expect(await deliver(other.trigger, event)).toBe(false);
	});

	it('one that is unpublished does not end the other', async () => {
		const one = await running(engine.trigger(parameters, { id: 'one', name: 'A', ...first }, workflowId));
		const other = await running(engine.trigger(parameters, { id: 'one', name: 'B', ...second }, workflowId));
		await one.trigger.unpublish();
		await one.watch.close();
		expect(theSubscription().targetUrl).toBe(other.trigger.url());
		sandbox.store.subscriptions.clear();
		await look(other.watch);
		expect(theSubscription().targetUrl).toBe(other.trigger.url());
	});
});

it('a trigger that gets another name goes on where it was: nothing comes twice, and nothing is missed', async () => {
	const own = { id: 'one', name: 'Before', webhookId: 'renamed' };
	const before = await running(engine.trigger(parameters, own));
	const received = happen();
	expect(await deliver(before.trigger, received)).toBe(true);
	own.name = 'After';
	const { again, between } = await republish(before, () => happens(2));
	expect(await deliver(before.trigger, received)).toBe(false);
	later(5);
	await look(again, 4);
	expect(startedBy(again)).toEqual(idsOf(between));
});
