// Bad times in which n8n runs on: whatever kept deliveries away, each event runs once. All of it happens at once, since what was
// missed is waited for.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { patience } from '../../scripts/real-n8n/patience.mts';
import type { Credential, Workflow } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { subscriptionsOf } from '../fixtures.mts';
import { PACKAGE } from './owner.mts';
import { type Proxy, startProxy } from './proxy.mts';
import { registrations } from './registrations.mts';
import { runsOf } from './runs.mts';
import { SET_UP_TIMEOUT_MS, type Stage, chain, node, setStage } from './stage.mts';
import { CHECK_MS, MISSED_MS, SOON } from './times.mts';

const TRIGGER = 'When it happens';
/** Until n8n has started its triggers, and they have looked for the first time. */
const FIRST_LOOK_MS = 8_000;
const SCOPES = ['webhooks:write', 'events:read'] as const;

/** What listens for a type of event, and the events of that type. */
interface Listener {
	workflow: Workflow;
	events: number[];
}

/** An n8n behind a proxy, with a CRM of its own. */
class BadTimes {
	private readonly listeners = new Map<string, Listener>();

	private constructor(
		private readonly proxy: Proxy,
		private readonly stage: Stage,
	) {}

	static async begin(variables: NodeJS.ProcessEnv): Promise<BadTimes> {
		const proxy = await startProxy();
		const address = { N8N_WEBHOOK_URL: proxy.url, WEBHOOK_URL: proxy.url };
		const stage = await setStage({ variables: address, times: SOON });
		proxy.target = stage.server.url;
		// The breaker is tripped on purpose; the CRM gives a delivery up after two seconds of retries.
		stage.sandbox.setDialect({ breakerFailures: 1_000_000, backoffBaseMs: 2 });
		const times = new BadTimes(proxy, stage);
		await times.happen(variables);
		return times;
	}

	async end(): Promise<void> {
		await this.stage.strike();
		await this.proxy.close();
	}

	raise(type: string, count: number): void {
		const events = Array.from({ length: count }, () => this.stage.sandbox.raise(type).id);
		this.listeners.get(type)?.events.push(...events);
	}

	subscriptionFor(type: string) {
		const found = subscriptionsOf(this.stage.sandbox).find(({ eventTypes }) => eventTypes.includes(type));
		if (found === undefined) throw new Error(`No subscription is for ${type}`);
		return found;
	}

	/** Waits until the only subscription for a type of event is switched on, which a check may bring only after the events. */
	async isLive(type: string): Promise<void> {
		await until(`a live subscription for ${type}`, MISSED_MS, () => {
			const all = subscriptionsOf(this.stage.sandbox).filter(({ eventTypes }) => eventTypes.includes(type));
			return (all.length === 1 && all[0]?.isActive) || undefined;
		});
	}

	/** Which of the events of a type were not run just once, when all have been run and no execution has failed. */
	async notOnce(type: string): Promise<number[]> {
		const { workflow, events } = this.listeners.get(type) as Listener;
		const runs = await runsOf(this.stage, workflow, TRIGGER, events, MISSED_MS);
		return events.filter((_event, index) => runs[index] !== 1);
	}

	get types(): string[] {
		return [...this.listeners.keys()];
	}

	/** @param variables with which n8n runs while all of it happens */
	private async happen(variables: NodeJS.ProcessEnv): Promise<void> {
		const { sandbox, n8n, server } = this.stage;
		const key = sandbox.createKey(SCOPES);
		const office = { apiKey: key, baseUrl: sandbox.url };
		const credential = await n8n.createCredential('Office', 'whiteLabelCroApi', office);
		await this.listen('lead.created');
		await this.listen('payment.failed');
		await this.listen('client.status_changed', credential);
		const asked = sandbox.requests.length;
		await server.restart(variables);
		await until('a look at the log with each key', FIRST_LOOK_MS, () => {
			const looks = sandbox.requests.slice(asked).filter(({ path }) => path === '/api/v1/events');
			return new Set(looks.map(({ keyId }) => keyId)).size === 2 || undefined;
		});

		const dropped = new Set<number>();
		this.proxy.drops = (eventId) => dropped.has(eventId);
		for (let ten = 0; ten < 6; ten++) {
			// The proxy knows the id before the CRM delivers.
			dropped.add((sandbox.store.events.at(-1)?.id ?? 0) + 10);
			this.raise('lead.created', 10);
		}
		this.raise('payment.failed', 2);
		this.raise('client.status_changed', 2);
		await sandbox.settled();
		expect(sandbox.deliveries.filter(({ outcome }) => outcome === 'given-up')).toHaveLength(6);

		sandbox.tripBreaker(this.subscriptionFor('payment.failed').id);
		this.raise('payment.failed', 3);

		sandbox.revokeKey(key);
		sandbox.tripBreaker(this.subscriptionFor('client.status_changed').id);
		this.raise('client.status_changed', 3);
		await until('a call with the revoked key', CHECK_MS, () =>
			sandbox.requests.some(({ status }) => status === 401) ? true : undefined,
		);
		await n8n.changeCredential(credential, { ...office, apiKey: sandbox.createKey(SCOPES) });
	}

	private async listen(type: string, credential?: Credential): Promise<void> {
		const parameters = { triggerOn: [type], output: 'full' };
		const workflow = chain(type, [node(TRIGGER, `${PACKAGE}.whiteLabelCroTrigger`, parameters)]);
		const published = await this.stage.publish(workflow, credential);
		this.listeners.set(type, { workflow: published, events: [] });
	}
}

const all = new Map<string, BadTimes>();

// All at once: each is waited for as long.
beforeAll(async () => {
	await Promise.all(
		registrations.map(async ([name, variables]) => all.set(name, await BadTimes.begin(variables))),
	);
}, SET_UP_TIMEOUT_MS);

afterAll(async () => {
	for (const times of all.values()) await times.end();
});

describe.each(registrations)('Where n8n registers triggers %s, each event runs once,', (name) => {
	const times = () => all.get(name) as BadTimes;

	test(
		'though a proxy drops every try of one delivery in ten',
		async () => {
			expect(await times().notOnce('lead.created')).toEqual([]);
		},
		patience(MISSED_MS),
	);

	test(
		'though the circuit breaker has switched the subscription off: it is live again',
		async () => {
			expect(await times().notOnce('payment.failed')).toEqual([]);
			await times().isLive('payment.failed');
		},
		patience(2 * MISSED_MS),
	);

	test(
		'though the key was revoked, and replaced in the credential later',
		async () => {
			expect(await times().notOnce('client.status_changed')).toEqual([]);
			await times().isLive('client.status_changed');
		},
		patience(2 * MISSED_MS),
	);

	test('and what happens afterwards is delivered', async () => {
		for (const type of times().types) times().raise(type, 2);
		for (const type of times().types) expect(await times().notOnce(type)).toEqual([]);
	});
});
