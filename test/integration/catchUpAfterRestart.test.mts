// A trigger that catches up, after n8n was stopped in order, or has updated the package.
import { describe, expect, it } from '@jest/globals';

import { PLENTY, subscriptionsOf } from '../fixtures.mts';
import { eventLogs } from './dialects.mts';
import { forgetModules, startEngine } from './engine.mts';
import { idsOf, MINUTE_MS, startedBy, useTriggerStage } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');
const { credential, sandbox } = stage;

describe('After an orderly restart', () => {
	it('nothing comes twice where the CRM does as it is told', async () => {
		const both = await stage.published();
		for (let i = 0; i < 10; i++) {
			stage.happen(); // received
			await stage.look(both.watch, 3);
		}
		const { again } = await stage.restart(both, 0);
		expect(startedBy(again)).toEqual([]);
	});

	it.each(eventLogs)('nothing comes twice on a log with %s', async (_name, dialect) => {
		sandbox.setDialect(dialect);
		const both = await stage.published();
		await stage.receive(both.trigger, 120);
		await stage.look(both.watch);
		await stage.receive(both.trigger, 5);
		// Without a cursor at its end, only the second tells what was received before.
		stage.later(1);
		const { again, between } = await stage.restart(both, 3, () => stage.happens(2));
		expect([...startedBy(both.watch), ...startedBy(again)]).toEqual(idsOf(between));
	});

	it.each([2, 500])('%i events received since the last look do not come twice', async (count) => {
		const both = await stage.published();
		await stage.look(both.watch);
		await stage.receive(both.trigger, count);
		const { again } = await stage.restart(both, 3);
		expect(startedBy(again)).toEqual([]);
	});

	it('the key was replaced just then, on a log without a cursor at its end: nothing comes twice', async () => {
		sandbox.setDialect({ eventsCursorAtEnd: 'null' });
		const both = await stage.published();
		await stage.look(both.watch);
		stage.later(2);
		await stage.receive(both.trigger, 3);
		credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read']);
		stage.later(1);
		const { again } = await stage.restart(both, 3);
		expect(startedBy(again).filter((id) => id !== undefined)).toEqual([]);
	});

	it('a delivery was missing just then: what was received before it does not come twice', async () => {
		const both = await stage.published();
		await stage.receive(both.trigger, 5);
		stage.later(1);
		const lost = stage.happen();
		const { again } = await stage.restart(both, 3);
		expect(startedBy(again)).toEqual([lost.id]);
	});

	it.each([1, 2])(
		'the CRM refuses the cursor, and n8n is restarted again after %i looks at the whole log: nothing comes twice',
		async (looks) => {
			sandbox.setDialect({ eventsPageSize: 2 });
			const both = await stage.published();
			await stage.receive(both.trigger, 300);
			await stage.look(both.watch, 4);
			const first = await stage.restart(both, 3, () => {
				sandbox.setDialect({ cursorEpoch: 2 });
				return stage.happens(2);
			});
			await stage.look(first.again, looks - 1);
			const { again } = await stage.restart({ trigger: both.trigger, watch: first.again }, 3);
			await stage.look(again, 4);
			expect([...startedBy(first.again), ...startedBy(again)]).toEqual(idsOf(first.between));
		},
	);

	it('the CRM refused the cursor before, and the log is still being read anew: nothing comes twice', async () => {
		sandbox.setDialect({ eventsPageSize: 2 });
		const both = await stage.published();
		await stage.receive(both.trigger, 300);
		await stage.look(both.watch, 4);
		sandbox.setDialect({ cursorEpoch: 2 });
		await stage.look(both.watch);
		const { again, between } = await stage.restart(both, 3, () => stage.happens(2));
		await stage.look(again, 4);
		expect([...startedBy(both.watch), ...startedBy(again)]).toEqual(idsOf(between));
	});

	it.each(['while n8n ran', 'while it did not'])(
		'a description that a person removed %s: it is written anew, and what happened meanwhile is not lost',
		async (when) => {
			const both = await stage.published();
			await stage.look(both.watch, 4);
			const remove = () => {
				stage.theSubscription().description = null;
				return [];
			};
			if (when === 'while n8n ran') remove();
			const { again: watch } = await stage.restart(both, 3, when === 'while n8n ran' ? undefined : remove);
			await stage.look(watch, 15);
			const { again, between } = await stage.restart({ trigger: both.trigger, watch }, 60, () =>
				stage.happens(1),
			);
			expect(startedBy(again)).toEqual(idsOf(between));
			expect(stage.theSubscription().description).toMatch(/: n8n workflow "/);
		},
	);

	it.each(['an hour', 'years'])(
		'a note that is %s ahead, since a clock was: what happened meanwhile is not lost',
		async (much) => {
			const both = await stage.published();
			if (much === 'an hour') sandbox.store.clockAheadMs = 60 * MINUTE_MS;
			await stage.look(both.watch, 4);
			const { again, between } = await stage.restart(both, 20, () => {
				if (much === 'years') {
					const told = stage.theSubscription();
					told.description = (told.description ?? '').replace(/well \d{4}/, 'well 2039');
				}
				sandbox.store.clockAheadMs = 0;
				return stage.happens(1);
			});
			await stage.look(again, 2);
			expect(startedBy(again)).toEqual(idsOf(between));
		},
	);

	it('a note that is ahead on a log without a cursor at its end: what happened meanwhile is not lost', async () => {
		sandbox.setDialect({ eventsCursorAtEnd: 'null' });
		const both = await stage.published();
		await stage.receive(both.trigger, 120);
		sandbox.store.clockAheadMs = 60 * MINUTE_MS;
		await stage.look(both.watch, 4);
		const { again, between } = await stage.restart(both, 20, () => {
			sandbox.store.clockAheadMs = 0;
			return stage.happens(1);
		});
		expect(startedBy(again)).toEqual(expect.arrayContaining(idsOf(between)));
	});

	it('a single 404 of a proxy to one note: nothing comes twice a day later', async () => {
		const both = await stage.published();
		sandbox.faults.inject({ route: 'PATCH', kind: 'proxy-page', status: 404, times: 1 });
		await stage.look(both.watch, 3);
		sandbox.faults.clear();
		for (let i = 0; i < 10; i++) {
			stage.happen(); // received
			await stage.look(both.watch, 3);
		}
		const { again } = await stage.restart(both, 0);
		expect(startedBy(again)).toEqual([]);
	});

	it('a note failed, and the clock was set back by a day: what was received in the last hour does not come twice', async () => {
		const { trigger, watch } = await stage.published();
		sandbox.faults.inject({ route: 'PATCH', kind: 'status-before', status: 404, times: 1 });
		await stage.look(watch, 3);
		sandbox.store.clockAheadMs = 24 * 60 * MINUTE_MS;
		stage.later(-24 * 60);
		await stage.look(watch, 3);
		const received = await stage.receive(trigger, 2);
		await stage.look(watch, 6);
		// It crashes.
		const again = await stage.startAgain(trigger);
		await stage.look(again, 2);
		expect([received.length, startedBy(again)]).toEqual([2, []]);
	});

	it('the breaker tripped in the minutes before it: nothing is lost', async () => {
		const both = await stage.published();
		await stage.look(both.watch);
		stage.later(1);
		stage.theSubscription().isActive = false;
		const missed = stage.happens(2);
		stage.later(2);
		const { again } = await stage.restart(both, 3);
		await stage.look(again, 2);
		expect(startedBy(again)).toEqual(idsOf(missed));
	});

	it('a description with somebody else’s text: what happened meanwhile is not lost, nor the text', async () => {
		const both = await stage.published();
		await stage.look(both.watch, 3);
		stage.theSubscription().description = 'Please do not delete. Bob';
		await stage.look(both.watch, 4);
		const { again, between } = await stage.restart(both, 60, () => stage.happens(1));
		await stage.look(again, 4);
		expect([startedBy(again), stage.theSubscription().description]).toEqual([
			idsOf(between),
			expect.stringContaining('Bob'),
		]);
	});

	it.each([60, 90, 95, 100, 1000])(
		'a description cut off after %i characters: nothing is lost',
		async (length) => {
			const both = await stage.published();
			let kept = stage.theSubscription().description?.slice(0, length);
			Object.defineProperty(stage.theSubscription(), 'description', {
				get: () => kept,
				set: (text: string) => (kept = text.slice(0, length)),
				enumerable: true,
				configurable: true,
			});
			await stage.look(both.watch, 4);
			const { again, between } = await stage.restart(both, 60, () => stage.happens(1));
			await stage.look(again, 2);
			expect(startedBy(again)).toEqual(idsOf(between));
		},
	);

	it('at another address: what was delivered at the old one in the last day does not come twice', async () => {
		const { trigger, watch } = await stage.published();
		for (let i = 0; i < 10; i++) {
			stage.happen(); // received
			await stage.look(watch, 3);
		}
		const moved = (await startEngine(credential, 'http://127.0.0.1:5679')).trigger({
			triggerOn: ['lead.created'],
		});
		moved.restore(trigger.staticData());
		const { again } = await stage.restart({ trigger: moved, watch }, 0);
		expect(startedBy(again).filter((id) => id !== undefined)).toEqual([]);
	});

	it('createdUtc an hour behind the Date of the answers: what happened meanwhile is not lost', async () => {
		const both = await stage.published();
		await stage.look(both.watch, 4);
		const { again, between } = await stage.restart(both, 20, () => {
			const event = stage.happen();
			event.createdUtc = new Date(Date.parse(event.createdUtc) - 60 * MINUTE_MS).toISOString();
			return [event];
		});
		await stage.look(again, 2);
		expect(startedBy(again)).toEqual(idsOf(between));
	});

	it('a long cursor and events without createdUtc: the log is not started from its beginning', async () => {
		const both = await stage.published();
		const old = stage.happens(12); // received
		for (const event of old) Reflect.deleteProperty(event, 'createdUtc');
		sandbox.setDialect({ eventsCursorAtEnd: 'null' });
		await stage.look(both.watch, 4);
		const { again } = await stage.restart(both, 3);
		expect(startedBy(again)).toEqual([]);
	});

	it.each([100_000, 12])(
		'ten triggers with one key and %i admin calls a minute: nothing comes twice',
		async (admin) => {
			const all = [];
			for (let i = 0; i < 10; i++) all.push(await stage.published());
			stage.later(20);
			for (const { watch } of all) await watch.tick();
			stage.later(5);
			for (const { watch } of all) await watch.tick();
			stage.later(4);
			const received = stage.happen();
			for (const { trigger } of all) expect(await stage.deliver(trigger, received)).toBe(true);
			stage.later(0.1);
			sandbox.setLimits({ ...PLENTY, admin });
			for (const { watch } of all) await watch.close();
			forgetModules();
			stage.later(2);
			sandbox.setLimits(PLENTY);
			const started = [];
			for (const { trigger } of all) {
				const again = await stage.start(trigger, 'init');
				await again.tick();
				started.push(...startedBy(again));
			}
			expect(started).toEqual([]);
		},
	);
});

describe('When n8n has updated the package in place', () => {
	it('an edit misses nothing in between', async () => {
		const both = await stage.published();
		forgetModules();
		await stage.look(both.watch);
		const { again, between } = await stage.republish(both, () => stage.happens(1));
		await stage.look(again, 3);
		expect(startedBy(again)).toEqual(idsOf(between));
	});

	it('and an outage follows at once, nothing of what was received comes again', async () => {
		const { trigger, watch } = await stage.published();
		await stage.receive(trigger, 3);
		forgetModules();
		await stage.receive(trigger, 2);
		stage.theSubscription().isActive = false;
		const missed = stage.happens(2);
		await stage.look(watch, 3);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('an unpublished one stays so', async () => {
		const { trigger, watch } = await stage.published();
		forgetModules();
		await trigger.unpublish();
		watch.ring();
		await watch.close();
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(subscriptionsOf(sandbox)).toEqual([]);
	});
});
