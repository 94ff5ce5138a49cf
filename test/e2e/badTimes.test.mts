// Bad times in which n8n runs on: whatever kept deliveries away, each event runs once. All of it happens at once, since what was
// missed is looked for every five minutes, once it is three minutes old.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { patience } from '../../scripts/real-n8n/patience.mts';
import type { Credential, Workflow } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { subscriptionsOf } from '../fixtures.mts';
import { PACKAGE } from './owner.mts';
import { type Proxy, startProxy } from './proxy.mts';
import { runsOf } from './runs.mts';
import { SET_UP_TIMEOUT_MS, type Stage, chain, node, setStage } from './stage.mts';

const TRIGGER = 'When it happens';
/** Until an event is old enough, and then until the next look. */
const MISSED_MS = 9 * 60_000;
/** The first look comes half a minute after the publishing. */
const FIRST_LOOK_MS = 35_000;
const SETTLE_MS = 5_000;
const SCOPES = ['webhooks:write', 'events:read'] as const;

/** What listens for a type of event, and the events of that type. */
interface Listener {
	workflow: Workflow;
	events: number[];
}

let proxy: Proxy;
let stage: Stage;
const listeners = new Map<string, Listener>();

async function listen(type: string, credential?: Credential): Promise<void> {
	const workflow = chain(type, [node(TRIGGER, `${PACKAGE}.whiteLabelCroTrigger`, { triggerOn: [type] })]);
	listeners.set(type, { workflow: await stage.publish(workflow, credential), events: [] });
}

function raise(type: string, count: number): number[] {
	const events = Array.from({ length: count }, () => stage.sandbox.raise(type).id);
	listeners.get(type)?.events.push(...events);
	return events;
}

function subscriptionFor(type: string) {
	const found = subscriptionsOf(stage.sandbox).find(({ eventTypes }) => eventTypes.includes(type));
	if (found === undefined) throw new Error(`No subscription is for ${type}`);
	return found;
}

/** Which of the events of a type were not run just once, when all have been run and no execution failed. */
async function notOnce(type: string): Promise<number[]> {
	const { workflow, events } = listeners.get(type) as Listener;
	const runs = await runsOf(stage, workflow, TRIGGER, events, MISSED_MS);
	return events.filter((_event, index) => runs[index] !== 1);
}

beforeAll(async () => {
	proxy = await startProxy();
	stage = await setStage({ variables: { N8N_WEBHOOK_URL: proxy.url, WEBHOOK_URL: proxy.url } });
	proxy.target = stage.server.url;
	// The breaker is tripped by the tests; the CRM gives a delivery up after ten seconds of retries.
	stage.sandbox.setDialect({ breakerFailures: 1_000_000, backoffBaseMs: 10 });
}, SET_UP_TIMEOUT_MS);

afterAll(async () => {
	await stage.takeBack();
	await stage.strike();
	await proxy.close();
});

describe('While n8n runs on, each event runs once,', () => {
	beforeAll(async () => {
		const { sandbox, n8n } = stage;
		const key = sandbox.createKey(SCOPES);
		const credential = await n8n.createCredential('Office', 'whiteLabelCroApi', {
			apiKey: key,
			baseUrl: sandbox.url,
		});
		await listen('lead.created');
		await listen('payment.failed');
		await listen('client.status_changed', credential);

		// Of the seconds in which n8n loads the trigger's code for the first time, nobody knows what was received.
		await sleep(SETTLE_MS);
		const dropped = new Set<number>();
		proxy.drops = (eventId) => dropped.has(eventId);
		for (let ten = 0; ten < 6; ten++) {
			// The proxy knows the id before the CRM delivers.
			dropped.add((sandbox.store.events.at(-1)?.id ?? 0) + 10);
			raise('lead.created', 10);
		}

		raise('payment.failed', 2);
		await sandbox.settled();
		expect(sandbox.deliveries.filter(({ outcome }) => outcome === 'given-up')).toHaveLength(6);
		sandbox.tripBreaker(subscriptionFor('payment.failed').id);
		raise('payment.failed', 3);

		raise('client.status_changed', 2);
		await sandbox.settled();
		sandbox.revokeKey(key);
		sandbox.tripBreaker(subscriptionFor('client.status_changed').id);
		raise('client.status_changed', 3);
		await until('a call with the revoked key', FIRST_LOOK_MS, () =>
			sandbox.requests.some(({ status }) => status === 401) ? true : undefined,
		);
		await n8n.changeCredential(credential, { apiKey: sandbox.createKey(SCOPES), baseUrl: sandbox.url });
	}, patience(2 * 60_000));

	test(
		'though a proxy drops every try of one delivery in ten',
		async () => {
			expect(await notOnce('lead.created')).toEqual([]);
		},
		patience(MISSED_MS),
	);

	test(
		'though the circuit breaker has switched the subscription off: it is live again',
		async () => {
			expect(await notOnce('payment.failed')).toEqual([]);
			expect(subscriptionFor('payment.failed').isActive).toBe(true);
		},
		patience(MISSED_MS),
	);

	test(
		'though the key was revoked, and replaced in the credential later',
		async () => {
			expect(await notOnce('client.status_changed')).toEqual([]);
			expect(subscriptionFor('client.status_changed').isActive).toBe(true);
		},
		patience(MISSED_MS),
	);

	test('and what happens afterwards is delivered', async () => {
		for (const type of listeners.keys()) raise(type, 2);
		for (const type of listeners.keys()) expect(await notOnce(type)).toEqual([]);
		expect(subscriptionsOf(stage.sandbox)).toHaveLength(listeners.size);
	});
});
