// A published trigger catches up on what it missed: every event that it wants starts the workflow once, late rather than never.
import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { Dialect } from '../../sandbox/dialect.mts';
import { dialects, eventLogs } from './dialects.mts';
import { forgetModules } from './engine.mts';
import { idsOf, startedBy, useTriggerStage } from './triggerStage.mts';
import type { Running } from './trigger.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');
const { credential, engine, sandbox } = stage;

const pagesRead = () => sandbox.requests.filter(({ path }) => path === '/api/v1/events').length;

describe.each([...dialects, ...eventLogs])('On an account with %s', (_name, dialect: Partial<Dialect>) => {
	beforeEach(() => {
		sandbox.setDialect(dialect);
	});

	it('what happened while the subscription was gone starts the workflow, the oldest first, once', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 3);
		stage.later(1);
		sandbox.store.subscriptions.clear();
		const missed = stage.happens(9);
		stage.happen('client.created');
		stage.later(4);
		for (let looks = 0; looks < 3; looks++) {
			await watch.tick();
			stage.later(5);
		}
		expect(startedBy(watch)).toEqual(idsOf(missed));
		for (const event of missed) expect(await stage.deliver(trigger, event)).toBe(false);
	});
});

describe('An event that was not delivered', () => {
	it('while all is well, is left to the retries of the CRM for three minutes, and started then', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 4);
		const lost = stage.happen();
		stage.later(2);
		await watch.tick();
		expect(watch.emitted).toEqual([]);
		await stage.look(watch);
		expect(startedBy(watch)).toEqual([lost.id]);
		expect(await stage.deliver(trigger, lost)).toBe(false);
		await stage.look(watch);
		expect(watch.emitted).toHaveLength(1);
	});

	it('is not started while its delivery is under way, but is if that fails', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 4);
		const slow = stage.happen();
		const end = stage.beginDelivery(trigger, slow);
		stage.later(10);
		await watch.tick();
		expect(watch.emitted).toEqual([]);
		await end(500);
		await stage.look(watch);
		expect(startedBy(watch)).toEqual([slow.id]);
	});

	it('starts nothing where other processes receive the deliveries, unless it is from an outage', async () => {
		stage.address.isOfAnotherProcess = true;
		const { watch } = await stage.published();
		stage.happens(5);
		await watch.tick();
		await stage.look(watch);
		stage.later(1);
		stage.theSubscription().isActive = false;
		const missed = stage.happen();
		stage.later(4);
		await watch.tick();
		stage.later(1);
		stage.happen();
		for (let looks = 0; looks < 3; looks++) {
			stage.later(4);
			await watch.tick();
		}
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('goes through the filters and the output as a delivery does, and starts one execution by a key of its own', async () => {
		const { watch } = await stage.published({ filters: { clientId: '7' }, output: 'simplified' });
		stage.theSubscription().isActive = false;
		stage.happen('lead.created', { client_id: 8 });
		const wanted = [
			stage.happen('lead.created', { client_id: 7 }),
			stage.happen('lead.created', { client_id: 7 }),
		];
		await stage.look(watch);
		expect(watch.emitted).toEqual(
			wanted.map(({ id }) => [[{ json: expect.objectContaining({ event_id: id, client_id: 7 }) }]]),
		);
		expect(new Set(watch.deduplicationKeys).size).toBe(2);
	});
});

describe('When n8n starts again', () => {
	it('after it was stopped in order, what happened meanwhile is started, and nothing from before', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 3);
		stage.later(1);
		const { again, between } = await stage.restart({ trigger, watch }, 20, () => stage.happens(2));
		expect(startedBy(again)).toEqual(idsOf(between));
	});

	it('after it was killed, what was received since the last look may come twice, and nothing is lost', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 1);
		await stage.look(watch, 4);
		stage.later(1);
		const again = stage.happen();
		const missed = stage.happen();
		stage.later(30);
		const restarted = await stage.start(trigger, 'init');
		await restarted.tick();
		expect(startedBy(restarted)).toEqual(idsOf([again, missed]));
	});

	it('and the CRM does not tell the description, only what happened while the subscription was off is started', async () => {
		sandbox.setDialect({ subscriptionDescription: 'hidden' });
		const { trigger, watch } = await stage.published();
		const { again: well, between } = await stage.restart({ trigger, watch }, 5, () => stage.happens(1));
		expect(well.emitted).toEqual([]);
		const { again: ill } = await stage.restart({ trigger, watch: well }, 5, () => {
			stage.theSubscription().isActive = false;
			return [];
		});
		expect(startedBy(ill)).toEqual(idsOf(between));
	});

	it('the log is read on from where it was, however long it is', async () => {
		for (let i = 0; i < 2500; i++) stage.happen('client.created');
		const both = await stage.published();
		let before = Infinity;
		const { again, between } = await stage.restart(both, 5, () => {
			before = pagesRead();
			return stage.happens(1);
		});
		expect(startedBy(again)).toEqual(idsOf(between));
		expect(pagesRead() - before).toBeLessThanOrEqual(2);
	});

	it('events from before Look Back are left alone, and the log says so', async () => {
		const both = await stage.published({ options: { lookBack: 2 } });
		const { again, between } = await stage.restart(both, 10, () => {
			stage.happen();
			stage.later(5 * 60);
			return stage.happens(1);
		});
		expect(startedBy(again)).toEqual(idsOf(between));
		expect(both.trigger.logged.join('\n')).toMatch(/because of 'Look Back'/);
	});
});

describe('A new subscription tells from its creation on up to where nothing is missing', () => {
	const told = () =>
		/^last seen well (\S+Z).*: n8n workflow "/.exec(stage.theSubscription().description ?? '')?.[1];

	it('a published one: n8n is killed at once, and nothing is lost', async () => {
		const { trigger } = await stage.publish();
		const missed = stage.happens(2);
		const again = await stage.startAgain(trigger, 60);
		expect(startedBy(again)).toEqual(idsOf(missed));
	});

	it('one that is made again: n8n is killed at once, and nothing is lost or comes twice', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 2);
		await stage.look(watch);
		sandbox.store.subscriptions.clear();
		await stage.look(watch);
		expect(told()).toBeDefined();
		const missed = stage.happens(2);
		const again = await stage.startAgain(trigger, 60);
		expect(startedBy(again)).toEqual(idsOf(missed));
	});

	it('one that is made with a new key: n8n is killed at once, and nothing is lost', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 2);
		await stage.look(watch);
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
		await stage.look(watch);
		const missed = stage.happens(2);
		const again = await stage.startAgain(trigger, 60);
		expect(startedBy(again)).toEqual(idsOf(missed));
	});
});

describe('Publishing', () => {
	it('begins with what happens from then on', async () => {
		stage.happen();
		stage.later(1);
		const { watch } = await stage.published();
		stage.theSubscription().isActive = false;
		await stage.look(watch);
		expect(watch.emitted).toEqual([]);
	});

	it('begins with what happens in the same second', async () => {
		const trigger = engine.trigger({ triggerOn: ['lead.created'] });
		await trigger.publish();
		jest.setSystemTime(Math.floor(Date.now() / 1000) * 1000 + 600);
		const watch = await stage.start(trigger);
		stage.theSubscription().isActive = false;
		const missed = stage.happen();
		expect(missed.createdUtc).toMatch(/:\d\dZ$/);
		await stage.look(watch);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('again after a change misses nothing in between', async () => {
		const { again, between } = await stage.republish(await stage.published(), () => stage.happens(1));
		await stage.look(again);
		expect(startedBy(again)).toEqual(idsOf(between));
	});

	it.each([
		['an hour later goes on where it ended', 60, 1],
		['an hour later in another process goes on where it ended', 60, 1],
		['after more than Look Back begins now', 25 * 60, 0],
	])('again %s', async (what, minutes, count) => {
		const both = await stage.published();
		await stage.receive(both.trigger, 3);
		const { again, between } = await stage.republish(both, () => {
			if (what.includes('another process')) forgetModules();
			const missed = stage.happens(1);
			stage.later(minutes);
			return missed;
		});
		await stage.look(again, 2);
		expect(startedBy(again)).toEqual(idsOf(between).slice(0, count));
	});
});

describe('A key', () => {
	it('without the scope events:read heals all the same, and the log says once how to allow it', async () => {
		credential.apiKey = sandbox.createKey(['webhooks:write']);
		const { trigger, watch } = await stage.published();
		stage.theSubscription().isActive = false;
		stage.happen();
		for (let looks = 0; looks < 5; looks++) {
			await watch.tick();
			stage.later(5);
		}
		expect(stage.theSubscription().isActive).toBe(true);
		expect(watch.emitted).toEqual([]);
		expect(trigger.logged.filter((line) => line.includes('events:read'))).toHaveLength(1);
		// A key that may catches up on what happens from then on.
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
		await watch.tick();
		expect(startedBy(watch)).toEqual([]);
		stage.theSubscription().isActive = false;
		const missed = stage.happen();
		await stage.look(watch);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('that was revoked and replaced brings what was missed meanwhile', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 1);
		await stage.look(watch);
		sandbox.revokeKey(credential.apiKey);
		stage.theSubscription().isActive = false;
		const missed = stage.happen();
		await stage.look(watch, 3);
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
		await stage.look(watch);
		expect(startedBy(watch)).toContain(missed.id);
	});

	it('of another company brings none of its events', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 1);
		await stage.look(watch);
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read'], 777);
		sandbox.store.appendEvent('lead.created', {}, undefined, 777);
		await stage.look(watch, 2);
		expect(startedBy(watch)).toEqual([]);
	});
});

describe('Of another company', () => {
	const happenThere = () => sandbox.store.appendEvent('lead.created', {}, undefined, 777);
	const useOtherKey = () => {
		for (let i = 0; i < 20; i++) happenThere();
		stage.later(10);
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read'], 777);
	};
	const missSome = async (watch: Running) => {
		expect(startedBy(watch).filter((id) => id !== undefined)).toEqual([]);
		stage.theSubscription().isActive = false;
		const missed = [happenThere(), happenThere()];
		await stage.look(watch, 3);
		expect(startedBy(watch).filter((id) => id !== undefined)).toEqual(idsOf(missed));
	};

	it('a key in the same credential begins with what happens from then on', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 3);
		await stage.look(watch, 2);
		useOtherKey();
		sandbox.store.subscriptions.clear();
		await stage.look(watch, 3);
		await missSome(watch);
	});

	it('a credential that is chosen instead begins with what happens from then on', async () => {
		const both = await stage.published();
		await stage.receive(both.trigger, 3);
		await stage.look(both.watch, 2);
		const { again } = await stage.republish(both, () => {
			useOtherKey();
			return [];
		});
		await stage.look(again, 3);
		await missSome(again);
	});

	it('is not a credential with another key of the same one: that misses nothing in between', async () => {
		const both = await stage.published();
		await stage.receive(both.trigger, 3);
		await stage.look(both.watch, 2);
		const { again, between } = await stage.republish(both, () => {
			credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
			return stage.happens(2);
		});
		await stage.look(again, 3);
		expect(startedBy(again)).toEqual(idsOf(between));
	});
});

it('Switched off, nothing is read and nothing noted', async () => {
	const { watch } = await stage.published({ options: { catchUp: false } });
	const { description } = stage.theSubscription();
	const before = pagesRead();
	stage.theSubscription().isActive = false;
	stage.happen();
	stage.later(5);
	await watch.tick();
	expect(watch.emitted).toEqual([]);
	expect(pagesRead()).toBe(before);
	expect(stage.theSubscription().description).toBe(description);
});

it('In steady state, triggers with one key cost one list and one page of the log a look, and a note every fifteen minutes', async () => {
	stage.happens(300);
	stage.later(1);
	const all: Running[] = [];
	for (let i = 0; i < 5; i++) {
		const trigger = engine.trigger({ triggerOn: ['lead.created'] });
		await trigger.publish();
		all.push(await stage.start(trigger));
	}
	const look = async () => {
		stage.later(5);
		const before = sandbox.requests.length;
		for (const watch of all) await watch.tick();
		return sandbox.requests.slice(before).map(({ method }) => method);
	};
	// The end of the log has to be found first.
	await look();
	const methods = [...(await look()), ...(await look()), ...(await look())];
	expect(methods.filter((method) => method === 'GET')).toHaveLength(6);
	expect(methods.filter((method) => method === 'PATCH')).toHaveLength(5);
	expect(methods).toHaveLength(11);
});
