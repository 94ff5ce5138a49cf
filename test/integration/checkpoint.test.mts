// The checkpoint says up to where nothing is missing: whoever starts goes on there, and a changed choice begins at the change.
import { describe, expect, it } from '@jest/globals';

import type { EventEnvelope } from '../../sandbox/store/model.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { PLENTY, subscriptionsOf } from '../fixtures.mts';
import { nobody } from './address.mts';
import { forgetModules } from './engine.mts';
import { idsOf, startedBy, useTriggerStage } from './triggerStage.mts';
import type { Running } from './trigger.mts';
import type { Published } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');
const { credential, engine, sandbox } = stage;

/** A key of the same company takes the place of the one that is revoked. */
function replaceKey(): void {
	sandbox.revokeKey(credential.apiKey);
	credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
}

/** n8n 2.41 with its publication service ends the trigger before it deletes the subscription. */
async function republishInTheNewOrder({ trigger, watch }: Published) {
	await watch.close();
	await trigger.unpublish();
	await trigger.publish();
	return await stage.start(trigger);
}

/** How a change is published, in the order of each version of n8n. */
const ORDERS: Array<[string, (both: Published) => Promise<Running>]> = [
	['ends it last', async (both) => (await stage.republish(both)).again],
	['ends it first', republishInTheNewOrder],
];

describe('A missed event counts as known once n8n has it', () => {
	it('n8n cannot store executions for a while: the events start once it can', async () => {
		const { trigger, watch } = await stage.published();
		stage.theSubscription().isActive = false;
		const missed = stage.happens(3);
		trigger.isDiskFull = true;
		await stage.look(watch);
		expect(startedBy(watch)).toEqual([]);
		trigger.isDiskFull = false;
		await stage.look(watch, 2);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('nor does a delivery of it that follows count as a duplicate', async () => {
		const { trigger, watch } = await stage.published();
		stage.theSubscription().isActive = false;
		const missed = stage.happen();
		trigger.isDiskFull = true;
		await stage.look(watch);
		trigger.isDiskFull = false;
		expect(await stage.deliver(trigger, missed)).toBe(true);
		await stage.look(watch, 2);
		expect(startedBy(watch)).toEqual([]);
	});

	it('n8n is killed before it can: the events start after the restart', async () => {
		const { trigger, watch } = await stage.published();
		stage.theSubscription().isActive = false;
		const missed = stage.happens(3);
		trigger.isDiskFull = true;
		await stage.look(watch, 2);
		trigger.isDiskFull = false;
		const again = await stage.startAgain(trigger);
		expect(startedBy(again)).toEqual(idsOf(missed));
	});

	it('one that is nested too deeply to be copied keeps no other from being started', async () => {
		const { watch } = await stage.published();
		stage.theSubscription().isActive = false;
		const nested = JSON.parse('{"a":'.repeat(3800) + '1' + '}'.repeat(3800)) as object;
		const deep = stage.happen('lead.created', nested);
		const missed = stage.happens(2);
		await stage.look(watch, 2);
		expect([deep.type, startedBy(watch)]).toEqual(['lead.created', idsOf(missed)]);
	});
});

describe('Publishing goes on where the trigger’s own subscription ended', () => {
	it.each(ORDERS)(
		'a key was revoked, n8n restarted, and a change is published with a new key; n8n %s',
		async (_order, republish) => {
			const both = await stage.published();
			await stage.receive(both.trigger, 3);
			await stage.look(both.watch);
			sandbox.revokeKey(credential.apiKey);
			stage.theSubscription().isActive = false;
			const missed = stage.happens(3);
			await stage.look(both.watch, 2);
			const { again } = await stage.restart(both, 3);
			replaceKey();
			const last = await republish({ trigger: both.trigger, watch: again });
			await stage.look(last, 3);
			expect([...startedBy(again), ...startedBy(last)]).toEqual(idsOf(missed));
		},
	);

	it.each([false, true])(
		'unpublished, and published again a minute later, after an outage of the CRM (restarted in between: %s)',
		async (isRestarted) => {
			const both = await stage.published();
			await stage.receive(both.trigger, 3);
			await stage.look(both.watch);
			stage.theSubscription().isActive = false;
			const missed = stage.happens(2);
			stage.later(4);
			const { again, between } = await stage.republish(both, () => {
				if (isRestarted) forgetModules();
				stage.later(1);
				return stage.happens(1);
			});
			await stage.look(again, 3);
			expect(startedBy(again)).toEqual(idsOf([...missed, ...between]));
		},
	);

	it('unpublished in between checks, and n8n is restarted: what was received until then does not come twice', async () => {
		const both = await stage.published();
		await stage.look(both.watch);
		await stage.receive(both.trigger, 3);
		stage.later(1);
		const { again } = await stage.republish(both, () => {
			forgetModules();
			return [];
		});
		await stage.look(again, 3);
		expect(startedBy(again)).toEqual([]);
	});

	it.each(ORDERS)(
		'the key was revoked for longer than Look Back: what is within it starts once a new one is published; n8n %s',
		async (_order, republish) => {
			const both = await stage.published();
			await stage.look(both.watch);
			sandbox.revokeKey(credential.apiKey);
			stage.theSubscription().isActive = false;
			stage.happen(); // too long ago
			stage.later(30 * 60);
			const missed = stage.happens(2);
			stage.later(60);
			replaceKey();
			const again = await republish(both);
			await stage.look(again, 3);
			expect([...startedBy(both.watch), ...startedBy(again)]).toEqual(idsOf(missed));
		},
	);

	it('unpublished after an update of the package, with another key when it is published again', async () => {
		const both = await stage.publish();
		forgetModules();
		const { again, between } = await stage.republish(both, () => {
			replaceKey();
			sandbox.store.subscriptions.clear();
			stage.later(10);
			const missed = stage.happens(1);
			stage.later(1);
			return missed;
		});
		await stage.look(again, 3);
		expect(startedBy(again)).toEqual(idsOf(between));
	});

	it('a trigger that is new begins now, though another with the same key has read the log, and n8n is killed at once', async () => {
		const other = await stage.published();
		await stage.look(other.watch);
		stage.happens(2);
		stage.later(1);
		const { trigger } = await stage.publish();
		const again = await stage.startAgain(trigger, 1);
		await stage.look(again, 2);
		expect(startedBy(again)).toEqual([]);
	});

	it('a trigger that is new begins now, though the log holds events that it wants', async () => {
		stage.happens(3);
		stage.later(1);
		const { watch } = await stage.publish();
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual([]);
	});
});

describe('A changed choice begins at the change, and what was wanted before goes on', () => {
	/** An outage, in the middle of which the choice is changed; n8n is restarted, so that nothing is remembered. */
	async function changedInAnOutage(before: object, after: object, types: string[]) {
		const both = await stage.published(before);
		await stage.look(both.watch);
		const happen = (): EventEnvelope[] => types.map((type) => stage.happen(type));
		stage.theSubscription().isActive = false;
		sandbox.faults.inject({ route: 'GET /api/v1/events', kind: 'status-before', status: 404 });
		const early = happen();
		stage.later(2);
		both.trigger.parameters = { triggerOn: ['lead.created'], ...after };
		const { again } = await stage.republish(both);
		stage.later(2);
		stage.theSubscription().isActive = false;
		const late = happen();
		const { again: last } = await stage.restart({ trigger: both.trigger, watch: again }, 3);
		sandbox.faults.clear();
		await stage.look(last, 3);
		return { started: startedBy(last), early: idsOf(early), late: idsOf(late) };
	}
	const TYPES = ['lead.created', 'client.created'];

	it('an event type is added', async () => {
		const { started, early, late } = await changedInAnOutage({}, { triggerOn: TYPES }, TYPES);
		expect(started).toEqual([early[0], ...late]);
	});

	it('an event type is taken away', async () => {
		const { started, early, late } = await changedInAnOutage({ triggerOn: TYPES }, {}, TYPES);
		expect(started).toEqual([early[0], late[0]]);
	});

	it('a filter is taken away', async () => {
		const { started, late } = await changedInAnOutage({ filters: { clientId: '777' } }, {}, ['lead.created']);
		expect(started).toEqual(late);
	});

	it('Catch Up on Missed Events is switched on', async () => {
		const { started, late } = await changedInAnOutage({ options: { catchUp: false } }, {}, ['lead.created']);
		expect(started).toEqual(late);
	});

	it('a key gains the scope events:read: what was delivered before does not start again', async () => {
		credential.apiKey = sandbox.createKey(['webhooks:write']);
		const both = await stage.published();
		await stage.receive(both.trigger, 3);
		await stage.look(both.watch, 2);
		const { again } = await stage.restart(both, 3);
		await stage.look(again);
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
		const { again: last } = await stage.republish({ trigger: both.trigger, watch: again });
		await stage.look(last, 2);
		stage.theSubscription().isActive = false;
		const missed = stage.happens(1);
		await stage.look(last, 2);
		expect([...startedBy(again), ...startedBy(last)]).toEqual(idsOf(missed));
	});
});

describe('A stop of n8n', () => {
	it('in the middle of a check brings nothing twice', async () => {
		const both = await stage.published();
		await stage.look(both.watch);
		stage.later(1);
		await stage.receive(both.trigger, 3);
		stage.later(1);
		sandbox.faults.inject({ route: 'GET /api/v1/events', kind: 'latency', ms: 300, times: 1 });
		const before = sandbox.requests.length;
		const tick = both.watch.tick();
		await until('the log to be read', 5000, () =>
			sandbox.requests.slice(before).some(({ path }) => path === '/api/v1/events') ? true : undefined,
		);
		const { again } = await stage.restart(both, 3);
		await tick;
		expect(startedBy(again)).toEqual([]);
	});

	it('with 30 triggers and a CRM that takes 300 ms for each call brings nothing twice', async () => {
		const all: Published[] = [];
		for (let i = 0; i < 30; i++) all.push(await stage.published());
		stage.later(1);
		const received = stage.happen();
		for (const { trigger } of all) expect(await stage.deliver(trigger, received)).toBe(true);
		sandbox.setLimits(PLENTY);
		sandbox.faults.inject({ route: '.', kind: 'latency', ms: 300 });
		for (const { watch } of all) await watch.close();
		sandbox.faults.clear();
		forgetModules();
		stage.later(2);
		const started: unknown[] = [];
		for (const { trigger } of all) {
			const again = await stage.start(trigger, 'init');
			await again.tick();
			started.push(...startedBy(again));
		}
		expect(started).toEqual([]);
	}, 60_000);
});

it('An edit in queue mode brings nothing twice that others received between two checks', async () => {
	stage.address.isOfAnotherProcess = true;
	const both = await stage.published();
	await stage.look(both.watch);
	stage.happens(2); // received by another process
	stage.later(4);
	const { again } = await stage.republish(both);
	await stage.look(again, 3);
	expect(startedBy(again)).toEqual([]);
});

describe('A check that could not be had', () => {
	it('proves nothing well: what others may have received in queue mode starts', async () => {
		stage.address.isOfAnotherProcess = true;
		const { watch } = await stage.published();
		await stage.look(watch);
		sandbox.faults.inject({ route: '.', kind: 'status-before', status: 404 });
		stage.later(1);
		const missed = stage.happens(2);
		await stage.look(watch, 2);
		sandbox.faults.clear();
		await stage.look(watch, 2);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('overlaps with none after an edit: nothing comes twice, and nothing is lost', async () => {
		const both = await stage.published();
		await stage.look(both.watch);
		stage.theSubscription().isActive = false;
		const missed = stage.happens(3);
		sandbox.faults.inject({ route: 'GET /api/v1/events', kind: 'latency', ms: 200 });
		const tick = both.watch.tick();
		const again = await republishInTheNewOrder(both);
		await Promise.all([tick, again.tick()]);
		sandbox.faults.clear();
		await stage.look(again, 3);
		expect([...startedBy(both.watch), ...startedBy(again)].sort()).toEqual(idsOf(missed));
	});
});

it('A new name of the workflow is in the description with the next check', async () => {
	const both = await stage.published();
	const old = stage.theSubscription();
	old.description = (old.description ?? '').replace(/"[^"]*"/, '"An older name"');
	await stage.look(both.watch, 3);
	expect(stage.theSubscription().description).toMatch(/: n8n workflow "Under test"/);
});

describe('A test subscription that a killed n8n left', () => {
	it('goes with the next check of the published trigger', async () => {
		const { trigger, watch } = await stage.published();
		await trigger.publish('manual');
		await stage.startAgain(trigger, 10);
		expect([watch.shown, subscriptionsOf(sandbox).map(({ targetUrl }) => targetUrl)]).toEqual([
			[],
			[trigger.url()],
		]);
	});

	it('stays as long as a person may be listening, and so does that of another trigger', async () => {
		const { trigger, watch } = await stage.published();
		const other = engine.trigger({ triggerOn: ['lead.created'] });
		await other.publish('manual');
		stage.later(10);
		await trigger.publish('manual');
		stage.later(1);
		await watch.tick();
		expect(subscriptionsOf(sandbox)).toHaveLength(3);
	});
});

it('n8n cannot store the execution that finds out where executions run: it is tried again, and nothing is lost', async () => {
	forgetModules();
	stage.address.instead = nobody;
	const { trigger, watch } = await stage.published();
	stage.later(1);
	const missed = stage.happen();
	trigger.isDiskFull = true;
	await stage.look(watch, 4);
	trigger.isDiskFull = false;
	await stage.look(watch, 8);
	expect(startedBy(watch)).toEqual([missed.id]);
});
