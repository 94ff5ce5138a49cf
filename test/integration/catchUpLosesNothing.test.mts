// A trigger that catches up loses nothing in bad times, as long as n8n runs.
import { describe, expect, it, jest } from '@jest/globals';

import { until } from '../../scripts/real-n8n/until.mts';
import {
	MINUTE_MS,
	beginDelivery,
	credential,
	happen,
	happens,
	idsOf,
	later,
	look,
	published,
	receive,
	republish,
	restart,
	sandbox,
	setStage,
	startedBy,
	theSubscription,
} from './stage.mts';

setStage('webhooks:write', 'events:read');

const untilTheLogIsRead = () =>
	until('the log', 5000, () =>
		sandbox.requests.some(({ path, status }) => path === '/api/v1/events' && status === null)
			? true
			: undefined,
	);

describe('In one process without a restart, not lost are', () => {
	it('what happened while the CRM and n8n could not reach each other, and the breaker did not trip', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 3);
		await look(watch);
		sandbox.faults.inject({ route: '.', kind: 'status-before', status: 404 });
		later(1);
		const missed = happens(10);
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
		const missed = happens(10);
		later(120);
		await look(watch, 3);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('single deliveries in a small office: one of three events, and the first one of all', async () => {
		const { trigger, watch } = await published();
		const first = happen();
		await look(watch, 3);
		await receive(trigger, 2);
		await look(watch, 12);
		expect(startedBy(watch)).toEqual([first.id]);
	});

	it('those in doubt, after an orderly restart', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 2);
		later(1);
		const lost = happens(2);
		await look(watch, 3);
		const { again } = await restart({ trigger, watch }, 0);
		await receive(trigger, 20);
		await look(again, 3);
		expect([...startedBy(watch), ...startedBy(again)]).toEqual(idsOf(lost));
	});

	it('an event whose delivery is under way just when it is to be started, and then fails', async () => {
		const { trigger, watch } = await published();
		theSubscription().isActive = false;
		const missed = happens(9);
		const last = happen();
		const tick = watch.tick();
		await until('the first start', 5000, () => (watch.emitted.length > 0 ? true : undefined));
		const end = beginDelivery(trigger, last);
		await tick;
		await end(500);
		await look(watch, 4);
		expect(startedBy(watch)).toEqual(idsOf([...missed, last]));
	});

	it('an outage whose events a proxy once refuses with 403', async () => {
		const { watch } = await published();
		later(1);
		theSubscription().isActive = false;
		const missed = happens(2);
		sandbox.faults.inject({ route: 'GET /api/v1/events', kind: 'proxy-page', status: 403, times: 1 });
		await look(watch);
		sandbox.faults.clear();
		await look(watch, 4);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('what waits or is being started when the workflow is published with another choice', async () => {
		const { trigger, watch } = await published();
		theSubscription().isActive = false;
		const missed = happens(40);
		const tick = watch.tick();
		await until('a start', 5000, () => (watch.emitted.length > 3 ? true : undefined));
		trigger.parameters = { triggerOn: ['lead.created', 'client.created'] };
		const { again } = await republish({ trigger, watch });
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
		trigger.parameters = { triggerOn: ['lead.created', 'client.created'] };
		const { again } = await republish({ trigger, watch });
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
		await untilTheLogIsRead();
		jest.setSystemTime(Date.now() + 4500);
		await tick;
		await look(watch, 3);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it.each([
		['behind', -60],
		['ahead of', 60],
	])('createdUtc an hour %s the Date of the answers: what happened in an outage', async (_where, minutes) => {
		const { watch } = await published();
		later(1);
		theSubscription().isActive = false;
		const missed = happen();
		missed.createdUtc = new Date(Date.parse(missed.createdUtc) + minutes * MINUTE_MS).toISOString();
		await look(watch, 4);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('a single delivery after the clock of n8n was set back by a day', async () => {
		const { trigger, watch } = await published();
		await receive(trigger, 2);
		await look(watch);
		sandbox.store.clockAheadMs = 24 * 60 * MINUTE_MS;
		later(-24 * 60);
		await look(watch, 2);
		const lost = happen();
		await look(watch, 3);
		expect(startedBy(watch)).toEqual([lost.id]);
	});

	it('what happened while the CRM was away, if the clock of n8n was set ahead by a day meanwhile', async () => {
		const { watch } = await published();
		await look(watch);
		sandbox.faults.inject({ route: '.', kind: 'status-before', status: 404 });
		const missed = happen();
		sandbox.store.clockAheadMs = -24 * 60 * MINUTE_MS;
		later(24 * 60);
		await look(watch, 4);
		sandbox.faults.clear();
		await look(watch, 2);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('what the log brings to a look that was begun before the workflow is published again', async () => {
		const both = await published();
		await receive(both.trigger, 5);
		await look(both.watch);
		const lost = happens(2);
		later(5);
		sandbox.faults.inject({ route: 'GET /api/v1/events', kind: 'latency', ms: 1500, times: 1 });
		const tick = both.watch.tick();
		await untilTheLogIsRead();
		const { again } = await republish(both);
		await tick;
		await look(again, 3);
		expect([...startedBy(both.watch), ...startedBy(again)]).toEqual(idsOf(lost));
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
		const end = beginDelivery(trigger, missed);
		await watch.tick();
		await look(watch, 2);
		await end(500);
		await look(watch, 3);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('what happened while the subscription was off, if n8n was restarted while the key was revoked', async () => {
		const both = await published();
		await look(both.watch, 4);
		sandbox.revokeKey(credential.apiKey);
		await look(both.watch, 2);
		const { again, between } = await restart(both, 0, () => {
			theSubscription().isActive = false;
			return happens(1);
		});
		await look(again, 3);
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
		await look(again, 3);
		expect(startedBy(again).filter((id) => id !== undefined)).toEqual(idsOf(between));
	});
});
