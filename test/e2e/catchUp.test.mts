// No event is lost, whatever happened to n8n or to the subscription: each ends as a successful execution.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { N8N_VERSION, OLDEST, ensureN8n } from '../../scripts/real-n8n/install.mts';
import { progressOn } from '../../scripts/real-n8n/progress.mts';
import type { Workflow, WorkflowDefinition } from '../../scripts/real-n8n/rest.mts';
import { sqliteScript } from '../../scripts/real-n8n/sqliteScript.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { onlySubscriptionOf, subscriptionsOf } from '../fixtures.mts';
import { PACKAGE } from './owner.mts';
import { goByDefault, registrations } from './registrations.mts';
import { runsOf } from './runs.mts';
import { SET_UP_TIMEOUT_MS, type Stage, chain, node, setStage } from './stage.mts';

const TRIGGER = 'When an event comes';
const onLeads = chain('Trigger only', [
	node(TRIGGER, `${PACKAGE}.whiteLabelCroTrigger`, { triggerOn: ['lead.created'], output: 'full' }),
]);
/** What n8n takes to look at the log and to start and end a handful of executions. */
const CATCHING_UP_MS = 15_000;
/** The same with the look that follows half a minute later. */
const LOOK_MS = 45_000;

let stage: Stage;

beforeAll(async () => {
	stage = await setStage();
	// The breaker is tripped by the tests.
	stage.sandbox.setDialect({ breakerFailures: 1_000_000 });
}, SET_UP_TIMEOUT_MS);

afterEach(async () => {
	await stage.takeBack();
});

afterAll(async () => {
	await stage.strike();
});

const raise = (count: number) => Array.from({ length: count }, () => stage.sandbox.raise('lead.created').id);

/** A published workflow in an n8n that was started so, and whose trigger has looked at its subscription. */
async function publishedIn(environment: NodeJS.ProcessEnv): Promise<Workflow> {
	const workflow = await stage.publish(onLeads);
	const asked = stage.sandbox.requests.length;
	await stage.server.restart(environment);
	await until('the trigger to look at its subscription', 6_000, () =>
		stage.sandbox.requests.slice(asked).find(({ path }) => path === '/api/v1/events'),
	);
	return workflow;
}

/** Raises events that are delivered and run. */
async function received(workflow: Workflow, count: number): Promise<number[]> {
	const events = raise(count);
	await runs(workflow, events);
	return events;
}

function tripBreaker(): void {
	stage.sandbox.tripBreaker(onlySubscriptionOf(stage.sandbox).id);
}

/** Takes out of the database what the trigger keeps there, as an import of the workflow into another would. */
async function loseStaticData({ id }: Workflow): Promise<void> {
	const script = `
		new sqlite.Database(file).run(
			'UPDATE workflow_entity SET staticData = NULL WHERE id = ?',
			value,
			function (error) {
				if (error || this.changes !== 1) throw error ?? new Error('There is no such workflow');
			},
		);`;
	await sqliteScript(await ensureN8n(progressOn(process.stderr)), stage.home, script, id);
}

/** From now on, the database stores no executions, as if the disk was full; or it does again. */
async function setDiskFull(isFull: boolean): Promise<void> {
	const sql = isFull
		? "CREATE TRIGGER disk_full BEFORE INSERT ON execution_entity BEGIN SELECT RAISE(ABORT, 'disk full'); END"
		: 'DROP TRIGGER disk_full';
	const script = 'new sqlite.Database(file).run(value, (error) => { if (error) throw error; });';
	await sqliteScript(await ensureN8n(progressOn(process.stderr)), stage.home, script, sql);
}

const runs = async (workflow: Workflow, events: number[]) =>
	await runsOf(stage, workflow, TRIGGER, events, CATCHING_UP_MS);

describe.each(registrations)('Where n8n registers triggers %s', (_name, environment) => {
	test('each event runs once, although n8n was stopped and the breaker had tripped when it started again', async () => {
		const workflow = await publishedIn(environment);
		const before = await received(workflow, 3);
		await stage.server.stop();
		expect(onlySubscriptionOf(stage.sandbox).description).toMatch(/last seen well/);
		tripBreaker();
		const meanwhile = raise(4);
		await stage.server.start(environment);
		const counts = await runs(workflow, [...before, ...meanwhile]);
		expect(counts).toEqual(Array<number>(7).fill(1));
		// Deliveries come again, too.
		expect(await runs(workflow, raise(2))).toEqual([1, 1]);
		await goByDefault(stage.server, environment);
	});

	test('each event runs once, although the signing secret was lost while n8n was stopped', async () => {
		const workflow = await publishedIn(environment);
		const before = await received(workflow, 3);
		await stage.server.stop();
		await loseStaticData(workflow);
		const meanwhile = raise(4);
		await stage.server.start(environment);
		expect(await runs(workflow, [...before, ...meanwhile])).toEqual(Array<number>(7).fill(1));
		expect(await runs(workflow, raise(2))).toEqual([1, 1]);
		expect(subscriptionsOf(stage.sandbox)).toHaveLength(1);
		await goByDefault(stage.server, environment);
	});
});

describe('Publishing goes on where the subscription ended: each event runs once,', () => {
	/** As the editor changes the trigger: at the same address, which n8n has given it. */
	const startingOn = (workflow: Workflow, ...triggerOn: string[]): WorkflowDefinition => {
		const { name, connections, settings, nodes } = workflow as Workflow & WorkflowDefinition;
		return {
			name,
			connections,
			settings,
			nodes: nodes.map((each) => ({ ...each, parameters: { triggerOn, output: 'full' } })),
		};
	};

	test('although the key was revoked in an outage, n8n was restarted, and a change was published with a new key', async () => {
		const { n8n, sandbox } = stage;
		const key = () => sandbox.createKey(['webhooks:write', 'events:read']);
		const office = { apiKey: key(), baseUrl: sandbox.url };
		const credential = await n8n.createCredential('Office', 'whiteLabelCroApi', office);
		const workflow = await stage.publish(onLeads, credential);
		const before = await received(workflow, 3);
		await stage.server.restart();
		sandbox.revokeKey(office.apiKey);
		tripBreaker();
		const missed = raise(3);
		await stage.server.restart();
		await n8n.changeCredential(credential, { ...office, apiKey: key() });
		const changed = startingOn(workflow, 'lead.created', 'payment.failed');
		await stage.publish(await n8n.changeWorkflow(workflow, changed));
		const all = [...before, ...missed, ...raise(2)];
		expect(await runsOf(stage, workflow, TRIGGER, all, LOOK_MS)).toEqual(Array<number>(8).fill(1));
	});

	test('although the workflow was unpublished in an outage, and published again', async () => {
		const workflow = await stage.publish(onLeads);
		const before = await received(workflow, 3);
		tripBreaker();
		const missed = raise(3);
		await stage.n8n.unpublish(workflow);
		missed.push(...raise(1));
		await stage.n8n.publish(workflow);
		const all = [...before, ...missed, ...raise(2)];
		expect(await runsOf(stage, workflow, TRIGGER, all, LOOK_MS)).toEqual(Array<number>(9).fill(1));
	});
});

// The oldest does not tell whether it could.
const telling = N8N_VERSION === OLDEST ? [] : registrations;
for (const [name, environment] of telling) {
	test(`Where n8n registers triggers ${name}, each event runs once, although n8n could not store executions when it caught up first`, async () => {
		const workflow = await publishedIn(environment);
		const before = await received(workflow, 2);
		await stage.server.stop();
		const meanwhile = raise(3);
		await setDiskFull(true);
		await stage.server.start(environment);
		await until('n8n to fail', 20_000, async () =>
			(await readFile(stage.log, 'utf8')).includes('disk full') ? true : undefined,
		);
		await setDiskFull(false);
		const all = [...before, ...meanwhile];
		expect(await runsOf(stage, workflow, TRIGGER, all, LOOK_MS)).toEqual(Array<number>(5).fill(1));
		await goByDefault(stage.server, environment);
	});
}

// After a kill, an older n8n may take later executions for those that were broken off then.
describe.each(registrations)('Where n8n registers triggers %s and was killed', (_name, environment) => {
	test('none is lost, although the subscription is gone, too: what was received shortly before may run twice', async () => {
		const workflow = await stage.publish(onLeads);
		await stage.server.restart(environment);
		const before = await received(workflow, 3);
		await stage.server.kill();
		stage.sandbox.store.subscriptions.clear();
		const meanwhile = raise(4);
		await stage.server.start(environment);
		const counts = await runs(workflow, [...before, ...meanwhile]);
		expect(counts.slice(3)).toEqual([1, 1, 1, 1]);
		expect(Math.max(...counts)).toBeLessThanOrEqual(2);
		expect(await runs(workflow, raise(2))).toEqual([1, 1]);
		await goByDefault(stage.server, environment);
	});
});
