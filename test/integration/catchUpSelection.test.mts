// A trigger that catches up starts nothing that it did not miss.
import { describe, expect, it } from '@jest/globals';

import { subscriptionsOf } from '../fixtures.mts';
import { startedBy, useTriggerStage } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');
const { sandbox } = stage;

describe('Not started are', () => {
	it('what the filter refuses at its delivery, by an expression whose value changed', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 20);
		trigger.parameters = { triggerOn: ['lead.created'], filters: { clientId: '7' } };
		expect(await stage.deliver(trigger, stage.happen())).toBe(false);
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual([]);
	});

	it('old events without createdUtc from before the publishing', async () => {
		const old = stage.happens(5);
		for (const event of old) Reflect.deleteProperty(event, 'createdUtc');
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 25);
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual([]);
	});

	it('two workflows with one key share no data: what one does to its item, the other does not see', async () => {
		const one = await stage.published();
		const other = await stage.published();
		for (const subscription of subscriptionsOf(sandbox)) subscription.isActive = false;
		stage.later(1);
		stage.happen();
		await one.watch.tick();
		for (const { json } of one.watch.emitted.flat(2)) Object.assign(json, { type: 'changed', payload: {} });
		await other.watch.tick();
		expect(other.watch.emitted.flat(2).map(({ json }) => json.type)).toEqual(['lead.created']);
	});

	it('a type that nobody subscribed to', async () => {
		const { trigger, watch } = await stage.published({ triggerOn: ['*'] });
		await stage.receive(trigger, 20);
		stage.happen('task.created');
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual([]);
	});
});

it('A missed event that passes a status filter by ID only because it has no ID is told of in the log', async () => {
	const filters = { newStatus: ['42'] };
	const { trigger, watch } = await stage.published({ triggerOn: ['client.status_changed'], filters });
	stage.theSubscription().isActive = false;
	const { id } = stage.happen('client.status_changed', { client_id: 1, new_status: 'Client - Active' });
	await stage.look(watch, 2);
	expect(startedBy(watch)).toEqual([id]);
	expect(trigger.logged).toContainEqual(expect.stringContaining("filters by a status's ID"));
});
