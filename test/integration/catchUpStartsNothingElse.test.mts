// A trigger that catches up starts nothing that it did not miss.
import { describe, expect, it } from '@jest/globals';

import { subscriptionsOf } from '../fixtures.mts';
import {
	deliver,
	happen,
	happens,
	later,
	look,
	published,
	receive,
	sandbox,
	setStage,
	startedBy,
} from './stage.mts';

setStage('webhooks:write', 'events:read');

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
		const old = happens(5);
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
