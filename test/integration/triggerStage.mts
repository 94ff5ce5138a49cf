// A trigger that a person has published, in an n8n whose time of day stands still until a test moves it.
import { afterEach, expect, jest } from '@jest/globals';

import type { Scope } from '../../sandbox/keys.mts';
import type { EventEnvelope, Subscription } from '../../sandbox/store/model.mts';
import { onlySubscriptionOf, signatureOf, subscriptionsOf } from '../fixtures.mts';
import { forgetModules } from './engine.mts';
import { useStage } from './stage.mts';
import type { Running, Trigger } from './trigger.mts';

export const MINUTE_MS = 60_000;

/** A trigger that a person has published, and how it is looked after. */
export interface Published {
	trigger: Trigger;
	watch: Running;
}

/** What ran again, and the events of the time in between. */
interface RunningAgain {
	again: Running;
	between: EventEnvelope[];
}

/**
 * Sets the stage for the tests of a file, and clears it after each.
 * @param scopes of the key that each test gets
 */
export function useTriggerStage(...scopes: Scope[]) {
	const running: Running[] = [];
	// Before the time of day runs again.
	afterEach(async () => {
		sandbox.faults.clear();
		for (const each of running.splice(0)) await each.close();
	});
	const stage = useStage({ scopes, clock: 'stands' });
	const { sandbox, engine } = stage;

	function later(minutes: number): void {
		jest.setSystemTime(Date.now() + minutes * MINUTE_MS);
	}

	async function start(trigger: Trigger, activation: 'activate' | 'init' = 'activate'): Promise<Running> {
		const each = await trigger.start(activation);
		running.push(each);
		return each;
	}

	/** A person publishes a workflow with a trigger of new leads, or of what the parameters say. */
	async function publish(parameters = {}): Promise<Published> {
		const trigger = engine.trigger({ triggerOn: ['lead.created'], ...parameters });
		await trigger.publish();
		const watch = await start(trigger);
		later(5);
		return { trigger, watch };
	}

	/** The same, and the trigger has been looked after once. */
	async function published(parameters = {}): Promise<Published> {
		const both = await publish(parameters);
		await both.watch.tick();
		later(5);
		return both;
	}

	/** The trigger is looked after so often, every five minutes. */
	async function look(watch: Running, times = 1): Promise<void> {
		for (let i = 0; i < times; i++) {
			later(5);
			await watch.tick();
		}
	}

	/** n8n was killed, or has ended: it starts as another process so many minutes later, and the trigger is looked after. */
	async function startAgain(trigger: Trigger, minutes = 0): Promise<Running> {
		// Another process remembers nothing.
		forgetModules();
		later(minutes);
		const again = await start(trigger, 'init');
		await again.tick();
		return again;
	}

	/**
	 * n8n is stopped in order and started again, and the trigger is looked after.
	 * @param happening what happens two minutes after the stop
	 * @param minutes from then to the start
	 */
	async function restart(
		{ trigger, watch }: Published,
		minutes: number,
		happening = (): EventEnvelope[] => [],
	): Promise<RunningAgain> {
		await watch.close();
		later(2);
		const between = happening();
		return { again: await startAgain(trigger, minutes), between };
	}

	/** A person changes the workflow and publishes it again. */
	async function republish(
		{ trigger, watch }: Published,
		happening = (): EventEnvelope[] => [],
	): Promise<RunningAgain> {
		await trigger.unpublish();
		await watch.close();
		const between = happening();
		await trigger.publish();
		return { again: await start(trigger), between };
	}

	/** An event happens, and is not delivered. */
	function happen(type = 'lead.created', payload: object = { client_id: 12345 }): EventEnvelope {
		return sandbox.store.appendEvent(type, payload);
	}

	/** The same, so many times. */
	function happens(count: number): EventEnvelope[] {
		return Array.from({ length: count }, () => happen());
	}

	/** @returns whether it started the workflow */
	async function deliver(trigger: Trigger, event: object, options = {}): Promise<boolean> {
		const rawBody = Buffer.from(JSON.stringify(event));
		const [own, ...others] = subscriptionsOf(sandbox).filter(({ targetUrl }) => targetUrl === trigger.url());
		if (own === undefined || others.length > 0)
			throw new Error('The trigger has no subscription, or several');
		const headers = signatureOf(rawBody.toString(), own.secret);
		const { returned } = await trigger.deliver({ headers, rawBody }, options);
		return returned.workflowData !== undefined;
	}

	/** Begins a delivery. @returns what ends it with a status of n8n's */
	function beginDelivery(trigger: Trigger, event: EventEnvelope): (status: number) => Promise<boolean> {
		let answer: (status: number) => void = () => undefined;
		const ending = new Promise<number>((resolve) => (answer = resolve));
		const delivery = deliver(trigger, event, { ending });
		return async (status) => {
			answer(status);
			return await delivery;
		};
	}

	/** Events that are delivered as they happen. */
	async function receive(trigger: Trigger, count: number): Promise<EventEnvelope[]> {
		const events = happens(count);
		for (const event of events) expect(await deliver(trigger, event)).toBe(true);
		return events;
	}

	/** @throws Error if there is none, or another */
	function theSubscription(): Subscription {
		return onlySubscriptionOf(sandbox);
	}

	return {
		...stage,
		later,
		start,
		publish,
		published,
		look,
		startAgain,
		restart,
		republish,
		happen,
		happens,
		deliver,
		beginDelivery,
		receive,
		theSubscription,
	};
}

/** The ids of the events that a trigger started executions for, in their order. */
export function startedBy(watch: Running): unknown[] {
	return watch.emitted.flat(2).map(({ json }) => json.id);
}

export function idsOf(events: EventEnvelope[]): number[] {
	return events.map(({ id }) => id);
}
