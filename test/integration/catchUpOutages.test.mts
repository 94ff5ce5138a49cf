// A trigger that catches up loses nothing in bad times, as long as n8n runs.
import { describe, expect, it, jest } from '@jest/globals';

import { until } from '../../scripts/real-n8n/until.mts';
import { idsOf, MINUTE_MS, startedBy, useTriggerStage } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');
const { credential, sandbox } = stage;

const untilTheLogIsRead = () =>
	until('the log', 5000, () =>
		sandbox.requests.some(({ path, status }) => path === '/api/v1/events' && status === null)
			? true
			: undefined,
	);

describe('In one process without a restart, not lost are', () => {
	it('what happened while the CRM and n8n could not reach each other, and the breaker did not trip', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 3);
		await stage.look(watch);
		sandbox.faults.inject({ route: '.', kind: 'status-before', status: 404 });
		stage.later(1);
		const missed = stage.happens(10);
		await stage.look(watch, 12);
		sandbox.faults.clear();
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('what happened while this machine slept for two hours', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 3);
		await stage.look(watch);
		stage.later(1);
		const missed = stage.happens(10);
		stage.later(120);
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('single deliveries in a small office: one of three events, and the first one of all', async () => {
		const { trigger, watch } = await stage.published();
		const first = stage.happen();
		await stage.look(watch, 3);
		await stage.receive(trigger, 2);
		await stage.look(watch, 12);
		expect(startedBy(watch)).toEqual([first.id]);
	});

	it('those in doubt, after an orderly restart', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 2);
		stage.later(1);
		const lost = stage.happens(2);
		await stage.look(watch, 3);
		const { again } = await stage.restart({ trigger, watch }, 0);
		await stage.receive(trigger, 20);
		await stage.look(again, 3);
		expect([...startedBy(watch), ...startedBy(again)]).toEqual(idsOf(lost));
	});

	it('an event whose delivery is under way just when it is to be started, and then fails', async () => {
		const { trigger, watch } = await stage.published();
		stage.theSubscription().isActive = false;
		const missed = stage.happens(9);
		const last = stage.happen();
		const tick = watch.tick();
		await until('the first start', 5000, () => (watch.emitted.length > 0 ? true : undefined));
		const end = stage.beginDelivery(trigger, last);
		await tick;
		await end(500);
		await stage.look(watch, 4);
		expect(startedBy(watch)).toEqual(idsOf([...missed, last]));
	});

	it('an outage whose events a proxy once refuses with 403', async () => {
		const { watch } = await stage.published();
		stage.later(1);
		stage.theSubscription().isActive = false;
		const missed = stage.happens(2);
		sandbox.faults.inject({ route: 'GET /api/v1/events', kind: 'proxy-page', status: 403, times: 1 });
		await stage.look(watch);
		sandbox.faults.clear();
		await stage.look(watch, 4);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('what waits or is being started when the workflow is published with another choice', async () => {
		const { trigger, watch } = await stage.published();
		stage.theSubscription().isActive = false;
		const missed = stage.happens(40);
		const tick = watch.tick();
		await until('a start', 5000, () => (watch.emitted.length > 3 ? true : undefined));
		trigger.parameters = { triggerOn: ['lead.created', 'client.created'] };
		const { again } = await stage.republish({ trigger, watch });
		await tick.catch(() => undefined);
		await stage.look(again, 3);
		expect([...startedBy(watch), ...startedBy(again)].sort()).toEqual(idsOf(missed));
	});

	it('a single lost delivery, when the workflow is published with another choice within the grace', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 20);
		await stage.look(watch);
		const lost = stage.happen();
		stage.later(1);
		trigger.parameters = { triggerOn: ['lead.created', 'client.created'] };
		const { again } = await stage.republish({ trigger, watch });
		await stage.look(again, 3);
		expect(startedBy(again)).toEqual([lost.id]);
	});

	it('ids beyond 2^53 as numbers: what happened in an outage', async () => {
		const { watch } = await stage.published();
		stage.later(1);
		stage.theSubscription().isActive = false;
		const missed = stage.happen();
		Object.assign(missed, { id: 2 ** 53 + 2 });
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('a key replaced after a quiet start: what happened while it was revoked', async () => {
		const { watch } = await stage.published();
		await stage.look(watch);
		sandbox.revokeKey(credential.apiKey);
		stage.theSubscription().isActive = false;
		const missed = stage.happen();
		await stage.look(watch, 3);
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
		await stage.look(watch, 3);
		expect(startedBy(watch).filter((id) => id !== undefined)).toEqual([missed.id]);
	});

	it('events without createdUtc, from an outage, if the log takes four seconds', async () => {
		const { watch } = await stage.published();
		stage.later(1);
		stage.theSubscription().isActive = false;
		const missed = stage.happen();
		Reflect.deleteProperty(missed, 'createdUtc');
		stage.later(4);
		sandbox.faults.inject({ route: 'GET /api/v1/events', kind: 'latency', ms: 500, times: 1 });
		const tick = watch.tick();
		await untilTheLogIsRead();
		jest.setSystemTime(Date.now() + 4500);
		await tick;
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it.each([
		['behind', -60],
		['ahead of', 60],
	])('createdUtc an hour %s the Date of the answers: what happened in an outage', async (_where, minutes) => {
		const { watch } = await stage.published();
		stage.later(1);
		stage.theSubscription().isActive = false;
		const missed = stage.happen();
		missed.createdUtc = new Date(Date.parse(missed.createdUtc) + minutes * MINUTE_MS).toISOString();
		await stage.look(watch, 4);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('a single delivery after the clock of n8n was set back by a day', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 2);
		await stage.look(watch);
		sandbox.store.clockAheadMs = 24 * 60 * MINUTE_MS;
		stage.later(-24 * 60);
		await stage.look(watch, 2);
		const lost = stage.happen();
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual([lost.id]);
	});

	it('what happened while the CRM was away, if the clock of n8n was set ahead by a day meanwhile', async () => {
		const { watch } = await stage.published();
		await stage.look(watch);
		sandbox.faults.inject({ route: '.', kind: 'status-before', status: 404 });
		const missed = stage.happen();
		sandbox.store.clockAheadMs = -24 * 60 * MINUTE_MS;
		stage.later(24 * 60);
		await stage.look(watch, 4);
		sandbox.faults.clear();
		await stage.look(watch, 2);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('what the log brings to a look that was begun before the workflow is published again', async () => {
		const both = await stage.published();
		await stage.receive(both.trigger, 5);
		await stage.look(both.watch);
		const lost = stage.happens(2);
		stage.later(5);
		sandbox.faults.inject({ route: 'GET /api/v1/events', kind: 'latency', ms: 1500, times: 1 });
		const tick = both.watch.tick();
		await untilTheLogIsRead();
		const { again } = await stage.republish(both);
		await tick;
		await stage.look(again, 3);
		expect([...startedBy(both.watch), ...startedBy(again)]).toEqual(idsOf(lost));
	});

	it('events of types that the CRM does not deliver keep those that it lost from being started', async () => {
		const { trigger, watch } = await stage.published({ triggerOn: ['*'] });
		for (let i = 0; i < 10; i++) {
			await stage.receive(trigger, 2);
			stage.happen('task.created');
			await stage.look(watch);
		}
		const lost = stage.happen();
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual([lost.id]);
	});

	it('what an outage left in flight, whose last delivery fails after the outage', async () => {
		const { trigger, watch } = await stage.published();
		stage.theSubscription().isActive = false;
		const missed = stage.happen();
		const end = stage.beginDelivery(trigger, missed);
		await watch.tick();
		await stage.look(watch, 2);
		await end(500);
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('what happened while the subscription was off, if n8n was restarted while the key was revoked', async () => {
		const both = await stage.published();
		await stage.look(both.watch, 4);
		sandbox.revokeKey(credential.apiKey);
		await stage.look(both.watch, 2);
		const { again, between } = await stage.restart(both, 0, () => {
			stage.theSubscription().isActive = false;
			return stage.happens(1);
		});
		await stage.look(again, 3);
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
		await stage.look(again, 3);
		expect(startedBy(again).filter((id) => id !== undefined)).toEqual(idsOf(between));
	});
});
