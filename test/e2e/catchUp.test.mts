// No event is lost, whatever happened to n8n or to the subscription: each ends as a successful execution. Workflows share each end and
// start of n8n, since these take most of the time.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { N8N_VERSION, OLDEST, ensureN8n } from '../../scripts/real-n8n/install.mts';
import { progressOn } from '../../scripts/real-n8n/progress.mts';
import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { sqliteScript } from '../../scripts/real-n8n/sqliteScript.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { subscriptionsOf } from '../fixtures.mts';
import { PACKAGE } from './owner.mts';
import { registrations } from './registrations.mts';
import { runsOf } from './runs.mts';
import { SET_UP_TIMEOUT_MS, type Stage, chain, node, setStage } from './stage.mts';

const TRIGGER = 'When an event comes';
/** What n8n takes to look at the log and to start and end a handful of executions. */
const CATCHING_UP_MS = 15_000;
/** The same with the look that follows half a minute later. */
const LOOK_MS = 45_000;

/** Starts for one type of event, with a key of its own. */
class Listener {
	readonly events: number[] = [];

	private constructor(
		private readonly stage: Stage,
		readonly type: string,
		readonly workflow: Workflow,
	) {}

	static async publish(stage: Stage, type: string): Promise<Listener> {
		const { n8n, sandbox } = stage;
		const key = { apiKey: sandbox.createKey(['webhooks:write', 'events:read']), baseUrl: sandbox.url };
		const credential = await n8n.createCredential(type, 'whiteLabelCroApi', key);
		const parameters = { triggerOn: [type], output: 'full' };
		const definition = chain(type, [node(TRIGGER, `${PACKAGE}.whiteLabelCroTrigger`, parameters)]);
		return new Listener(stage, type, await stage.publish(definition, credential));
	}

	raise(count: number): number[] {
		const events = Array.from({ length: count }, () => this.stage.sandbox.raise(this.type).id);
		this.events.push(...events);
		return events;
	}

	/** How often each of these events was run. */
	async runs(events: number[], quietMs = CATCHING_UP_MS): Promise<number[]> {
		return await runsOf(this.stage, this.workflow, TRIGGER, events, quietMs);
	}

	/** Expects that each event was run once, and that deliveries come again, too. */
	async expectEachOnce(quietMs = CATCHING_UP_MS): Promise<void> {
		expect(await this.runs(this.events, quietMs)).toEqual(this.events.map(() => 1));
		expect(await this.runs(this.raise(2))).toEqual([1, 1]);
		expect(this.subscriptions).toHaveLength(1);
	}

	get subscriptions() {
		return subscriptionsOf(this.stage.sandbox).filter(({ eventTypes }) => eventTypes.includes(this.type));
	}

	/** @throws Error if there is none, or another */
	get subscriptionId(): number {
		const [subscription, ...others] = this.subscriptions;
		if (subscription !== undefined && others.length === 0) return subscription.id;
		throw new Error(`There are ${this.subscriptions.length} subscriptions for ${this.type}.`);
	}
}

/** Takes out of the database what the trigger keeps there, as an import of the workflow into another would. */
async function loseStaticData({ home }: Stage, { id }: Workflow): Promise<void> {
	const script = `
		new sqlite.Database(file).run(
			'UPDATE workflow_entity SET staticData = NULL WHERE id = ?',
			value,
			function (error) {
				if (error || this.changes !== 1) throw error ?? new Error('There is no such workflow');
			},
		);`;
	await sqliteScript(await ensureN8n(progressOn(process.stderr)), home, script, id);
}

/** From now on, the database stores no executions, as if the disk was full; or it does again. */
async function setDiskFull({ home }: Stage, isFull: boolean): Promise<void> {
	const sql = isFull
		? "CREATE TRIGGER disk_full BEFORE INSERT ON execution_entity BEGIN SELECT RAISE(ABORT, 'disk full'); END"
		: 'DROP TRIGGER disk_full';
	const script = 'new sqlite.Database(file).run(value, (error) => { if (error) throw error; });';
	await sqliteScript(await ensureN8n(progressOn(process.stderr)), home, script, sql);
}

describe.each(registrations)('Where n8n registers triggers %s', (_name, variables) => {
	let stage: Stage;
	let off: Listener;
	let secretless: Listener;
	let unstored: Listener;
	let killed: Listener;

	beforeAll(async () => {
		stage = await setStage({ variables });
		// The breaker is tripped by a test.
		stage.sandbox.setDialect({ breakerFailures: 1_000_000 });
		off = await Listener.publish(stage, 'lead.created');
		secretless = await Listener.publish(stage, 'payment.failed');
		unstored = await Listener.publish(stage, 'client.created');
		killed = await Listener.publish(stage, 'client.status_changed');
		const asked = stage.sandbox.requests.length;
		await stage.server.restart();
		await until('each trigger to look at its subscription', 6_000, () => {
			const looks = stage.sandbox.requests.slice(asked).filter(({ path }) => path === '/api/v1/events');
			return new Set(looks.map(({ keyId }) => keyId)).size === 4 || undefined;
		});
	}, SET_UP_TIMEOUT_MS);

	afterAll(async () => {
		await stage.strike();
	});

	describe('and was stopped, each event runs once,', () => {
		beforeAll(async () => {
			for (const listener of [off, secretless]) await listener.runs(listener.raise(3));
			await stage.server.stop();
			for (const { subscriptions } of [off, secretless])
				expect(subscriptions).toMatchObject([{ description: expect.stringContaining('last seen well') }]);
			stage.sandbox.tripBreaker(off.subscriptionId);
			await loseStaticData(stage, secretless.workflow);
			for (const listener of [off, secretless]) listener.raise(4);
			await stage.server.start();
		});

		test('although the breaker had tripped when it started again', async () => {
			await off.expectEachOnce();
		});

		test('although the signing secret was lost meanwhile', async () => {
			await secretless.expectEachOnce();
		});

		// The oldest does not tell whether it could.
		if (N8N_VERSION !== OLDEST) {
			test('although it could not store executions when it caught up first', async () => {
				await unstored.runs(unstored.raise(2));
				await stage.server.stop();
				unstored.raise(3);
				await setDiskFull(stage, true);
				await stage.server.start();
				await until('n8n to fail', 20_000, async () =>
					(await readFile(stage.log, 'utf8')).includes('disk full') ? true : undefined,
				);
				await setDiskFull(stage, false);
				await unstored.expectEachOnce(LOOK_MS);
			});
		}
	});

	// After a kill, an older n8n may take later executions for those that were broken off then: this comes last.
	test('and was killed, none is lost, although the subscription is gone, too: what was received shortly before may run twice', async () => {
		const before = killed.raise(3);
		await killed.runs(before);
		await stage.server.kill();
		stage.sandbox.store.subscriptions.delete(killed.subscriptionId);
		const meanwhile = killed.raise(4);
		await stage.server.start();
		expect(await killed.runs(meanwhile)).toEqual([1, 1, 1, 1]);
		expect(Math.max(...(await killed.runs(before)))).toBeLessThanOrEqual(2);
		expect(await killed.runs(killed.raise(2))).toEqual([1, 1]);
	});
});
