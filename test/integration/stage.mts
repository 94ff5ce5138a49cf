// The stage of a published trigger: a CRM, n8n's engine, and a clock that stands still until a test moves it.
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest } from '@jest/globals';

import type { Scope } from '../../sandbox/keys.mts';
import { startSandbox } from '../../sandbox/server.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import type { EventEnvelope, Subscription } from '../../sandbox/store/model.mts';
import { PLENTY, onlySubscriptionOf, signatureOf, subscriptionsOf } from '../fixtures.mts';
import { NOT_THE_CLOCK } from './clock.mts';
import { startEngine } from './engine.mts';
import type { Credential, Engine } from './engine.mts';
import type { Running, Trigger } from './trigger.mts';

export const MINUTE_MS = 60_000;

/** A trigger that a person has published, and how it is looked after. */
export interface Published {
	trigger: Trigger;
	watch: Running;
}

export let sandbox: Sandbox;
export let credential: Credential;
export let engine: Engine;
let running: Running[];

/** Sets the stage for the tests of a file, and clears it after each. Before each, there is a new key with these scopes. */
export function setStage(...scopes: Scope[]): void {
	beforeAll(async () => {
		sandbox = await startSandbox({ limits: PLENTY });
		credential = { apiKey: sandbox.apiKey, baseUrl: sandbox.url };
		engine = await startEngine(credential);
	});
	beforeEach(() => {
		sandbox.reset();
		// What is known of one key is kept for a minute, and the clock stands still here.
		credential.apiKey = sandbox.createKey(scopes);
		running = [];
		jest.useFakeTimers({ doNotFake: [...NOT_THE_CLOCK] });
	});
	afterEach(async () => {
		sandbox.faults.clear();
		for (const each of running) await each.close();
		jest.useRealTimers();
	});
	afterAll(() => sandbox.close());
}

export function later(minutes: number): void {
	jest.setSystemTime(Date.now() + minutes * MINUTE_MS);
}

export async function start(
	trigger: Trigger,
	activation: 'activate' | 'init' = 'activate',
): Promise<Running> {
	const each = await trigger.start(activation);
	running.push(each);
	return each;
}

/** A person publishes a workflow with a trigger of new leads, or of what the parameters say. */
export async function publish(parameters = {}): Promise<Published> {
	const trigger = engine.trigger({ triggerOn: ['lead.created'], ...parameters });
	await trigger.publish();
	const watch = await start(trigger);
	later(5);
	return { trigger, watch };
}

/** The same, and the trigger has been looked after once. */
export async function published(parameters = {}): Promise<Published> {
	const both = await publish(parameters);
	await both.watch.tick();
	later(5);
	return both;
}

/** The trigger is looked after so often, every five minutes. */
export async function look(watch: Running, times = 1): Promise<void> {
	for (let i = 0; i < times; i++) {
		later(5);
		await watch.tick(20_000);
	}
}

/** What ran again, and the events of the time in between. */
interface RunningAgain {
	again: Running;
	between: EventEnvelope[];
}

/**
 * n8n is stopped in order and started again, and the trigger is looked after.
 * @param happening what happens two minutes after the stop
 * @param minutes from then to the start
 */
export async function restart(
	{ trigger, watch }: Published,
	minutes: number,
	happening = (): EventEnvelope[] => [],
): Promise<RunningAgain> {
	await watch.close();
	// Another process remembers nothing.
	jest.resetModules();
	later(2);
	const between = happening();
	later(minutes);
	const again = await start(trigger, 'init');
	await again.tick();
	return { again, between };
}

/** A person changes the workflow and publishes it again. */
export async function republish(
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
export function happen(type = 'lead.created', payload: object = { client_id: 12345 }): EventEnvelope {
	return sandbox.store.appendEvent(type, payload);
}

/** The same, so many times. */
export function happens(count: number): EventEnvelope[] {
	return Array.from({ length: count }, () => happen());
}

/** @returns whether it started the workflow */
export async function deliver(trigger: Trigger, event: object, options = {}): Promise<boolean> {
	const rawBody = Buffer.from(JSON.stringify(event));
	const [own, ...others] = subscriptionsOf(sandbox).filter(({ targetUrl }) => targetUrl === trigger.url());
	if (own === undefined || others.length > 0) throw new Error('The trigger has no subscription, or several');
	const headers = signatureOf(rawBody.toString(), own.secret);
	const { returned } = await trigger.deliver({ headers, rawBody }, options);
	return returned.workflowData !== undefined;
}

/** Begins a delivery. @returns what ends it with a status of n8n's */
export function beginDelivery(trigger: Trigger, event: EventEnvelope): (status: number) => Promise<boolean> {
	let answer: (status: number) => void = () => undefined;
	const ending = new Promise<number>((resolve) => (answer = resolve));
	const delivery = deliver(trigger, event, { ending });
	return async (status) => {
		answer(status);
		return await delivery;
	};
}

/** Events that are delivered as they happen. */
export async function receive(trigger: Trigger, count: number): Promise<EventEnvelope[]> {
	const events = happens(count);
	for (const event of events) expect(await deliver(trigger, event)).toBe(true);
	return events;
}

/** The ids of the events that a trigger started executions for, in their order. */
export function startedBy(watch: Running): unknown[] {
	return watch.emitted.flat(2).map(({ json }) => json.id);
}

export function idsOf(events: EventEnvelope[]): number[] {
	return events.map(({ id }) => id);
}

/** @throws Error if there is none, or another */
export function theSubscription(): Subscription {
	return onlySubscriptionOf(sandbox);
}
