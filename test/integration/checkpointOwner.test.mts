// Whose checkpoint it is: of this address, this company, and this choice.
import { describe, expect, it } from '@jest/globals';

import { forgetModules } from './engine.mts';
import { idsOf, startedBy, useTriggerStage } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');
const { credential, engine, sandbox } = stage;
const BOTH = ['lead.created', 'client.created'];

it('Published once with Catch Up off leaves out what happened in between, also once it is on again', async () => {
	const both = await stage.published();
	await stage.look(both.watch);
	await both.trigger.unpublish();
	await both.watch.close();
	stage.later(10);
	stage.happens(3);
	stage.later(10);
	both.trigger.parameters = { triggerOn: ['lead.created'], options: { catchUp: false } };
	await both.trigger.publish();
	const off = await stage.start(both.trigger);
	await stage.look(off, 2);
	both.trigger.parameters = { triggerOn: ['lead.created'] };
	const { again } = await stage.republish({ trigger: both.trigger, watch: off });
	await stage.look(again, 3);
	expect(startedBy(again)).toEqual([]);
});

describe.each([
	['another n8n with the same key', true],
	['a copy of the workflow in the same n8n', false],
])('A workflow imported with its static data into %s', (_name, isElsewhere) => {
	it('begins now', async () => {
		const both = await stage.published();
		await stage.look(both.watch);
		await stage.receive(both.trigger, 3);
		stage.later(30);
		const there = isElsewhere ? await stage.engineWith(credential.apiKey, 'https://127.0.0.1:9') : engine;
		const copy = there.trigger({ triggerOn: ['lead.created'] });
		copy.restore(both.trigger.staticData());
		await copy.publish();
		const watch = await stage.start(copy);
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual([]);
	});
});

it('n8n is killed between delete and create of a publishing, and started again: nothing is lost', async () => {
	const both = await stage.published();
	await stage.look(both.watch);
	await both.trigger.unpublish();
	await both.watch.close();
	forgetModules();
	const missed = stage.happens(3);
	stage.later(3);
	const again = await stage.start(both.trigger, 'init');
	await again.tick();
	await stage.look(again, 3);
	expect(startedBy(again)).toEqual(idsOf(missed));
});

it('A rename of the node together with an added type: nothing old of that type starts', async () => {
	const own = { id: 'one', name: 'Before', webhookId: 'renamed-and-changed' };
	const trigger = engine.trigger({ triggerOn: ['lead.created'] }, own);
	await trigger.publish();
	const watch = await stage.start(trigger);
	await watch.tick();
	await stage.look(watch);
	await trigger.unpublish();
	await watch.close();
	stage.later(10);
	const lead = stage.happen();
	stage.happen('client.created');
	stage.later(10);
	own.name = 'After';
	trigger.parameters = { triggerOn: BOTH };
	await trigger.publish();
	const again = await stage.start(trigger);
	await stage.look(again, 3);
	expect(startedBy(again)).toEqual([lead.id]);
});

it('Another trigger of the workflow writes back old static data: an added type is not forgotten', async () => {
	const both = await stage.published();
	await stage.look(both.watch);
	const old = both.trigger.staticData();
	both.trigger.parameters = { triggerOn: BOTH };
	const { again } = await stage.republish(both);
	await stage.look(again, 2);
	both.trigger.restore(old);
	stage.theSubscription().isActive = false;
	stage.later(1);
	const missed = [stage.happen('client.created'), stage.happen()];
	stage.later(1);
	const { again: last } = await stage.republish({ trigger: both.trigger, watch: again });
	await stage.look(last, 3);
	expect(startedBy(last)).toEqual(idsOf(missed));
});

describe('Another company', () => {
	const foreign = () => sandbox.store.appendEvent('lead.created', { client_id: 1 }, undefined, 93);
	/** A trigger that has seen no event of its own company, while the other one has some. */
	const watchedWithAnEmptyLog = async () => {
		sandbox.store.events.length = 0;
		const both = await stage.published();
		await stage.look(both.watch, 3);
		for (let i = 0; i < 3; i++) foreign();
		stage.later(20);
		return both;
	};

	it('its key takes the place of one whose log was empty: nothing older of it starts', async () => {
		const both = await watchedWithAnEmptyLog();
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read'], 93);
		await stage.look(both.watch, 3);
		expect(startedBy(both.watch)).toEqual([]);
	});

	it('published with its key, n8n killed before the first look: nothing older of it starts', async () => {
		const both = await stage.published();
		await stage.receive(both.trigger, 1);
		await stage.look(both.watch);
		stage.later(10);
		for (let i = 0; i < 3; i++) foreign();
		stage.later(10);
		const { watch, trigger } = both;
		// The old key was revoked: its last looks failed.
		sandbox.revokeKey(credential.apiKey);
		await stage.look(watch, 2);
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read'], 93);
		await stage.republish({ trigger, watch });
		const again = await stage.startAgain(trigger, 1);
		await stage.look(again, 2);
		expect(startedBy(again)).toEqual([]);
	});

	it('published with its key after a restart while the old one was revoked: nothing older of it starts', async () => {
		const both = await stage.published();
		await stage.receive(both.trigger, 1);
		await stage.look(both.watch);
		const { trigger } = both;
		sandbox.revokeKey(credential.apiKey);
		const { again } = await stage.restart(both, 5);
		for (let i = 0; i < 3; i++) foreign();
		stage.later(10);
		// The other company's key does not show the first one's subscriptions.
		sandbox.store.subscriptions.clear();
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read'], 93);
		await stage.republish({ trigger, watch: again });
		const last = await stage.startAgain(trigger, 0.3);
		await stage.look(last, 2);
		expect(startedBy(last)).toEqual([]);
	});

	it('its key came while n8n was off, and the log was empty: nothing older of it starts', async () => {
		const both = await watchedWithAnEmptyLog();
		const { again } = await stage.restart(both, 5, () => {
			credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read'], 93);
			return [];
		});
		await stage.look(again, 3);
		expect(startedBy(again)).toEqual([]);
	});

	it('published with its key, and the log was empty: nothing older of it starts', async () => {
		const both = await watchedWithAnEmptyLog();
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read'], 93);
		const { again } = await stage.republish(both);
		await stage.look(again, 3);
		expect(startedBy(again)).toEqual([]);
	});
});

it.each([403, 401])(
	'The event log answers %s for one look, in an outage: nothing is lost',
	async (status) => {
		const both = await stage.published();
		await stage.look(both.watch);
		stage.theSubscription().isActive = false;
		const missed = stage.happens(3);
		sandbox.faults.inject({ route: 'GET /api/v1/events', kind: 'status-before', status });
		await stage.look(both.watch);
		sandbox.faults.clear();
		await stage.look(both.watch, 3);
		expect(startedBy(both.watch)).toEqual(idsOf(missed));
	},
);

it('The CRM is down when a person unpublishes, and other processes may receive: what happened in between starts', async () => {
	stage.address.isOfAnotherProcess = true;
	const both = await stage.published();
	await stage.look(both.watch);
	sandbox.faults.inject({ route: '.', kind: 'status-before', status: 404 });
	await both.trigger.unpublish();
	await both.watch.close();
	sandbox.faults.clear();
	stage.later(3);
	const missed = stage.happens(2);
	stage.later(3);
	await both.trigger.publish();
	const again = await stage.start(both.trigger);
	await stage.look(again, 4);
	expect(startedBy(again)).toEqual(idsOf(missed));
});

it('Leadership goes to another process and comes back: nothing twice, nothing lost', async () => {
	const both = await stage.published();
	await stage.look(both.watch);
	await both.watch.close();
	stage.later(1);
	const missed = stage.happens(2);
	stage.later(2);
	const back = await both.trigger.start('leadershipChange' as 'init');
	await back.tick();
	await stage.look(back, 2);
	await back.close();
	expect(startedBy(back)).toEqual(idsOf(missed));
});

it('Catch Up is off, events are missed, and it is on again: nothing old starts', async () => {
	const both = await stage.published({ options: { catchUp: false } });
	await stage.look(both.watch);
	stage.theSubscription().isActive = false;
	stage.happens(3);
	stage.later(3);
	both.trigger.parameters = { triggerOn: ['lead.created'] };
	const { again } = await stage.republish(both);
	await stage.look(again, 3);
	expect(startedBy(again)).toEqual([]);
});
