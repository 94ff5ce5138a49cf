import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { signatureForms } from '../../sandbox/deliveries/signature.mts';
import { patience, slowness } from '../../scripts/real-n8n/patience.mts';
import type { Workflow, WorkflowDefinition } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { REFUSED, newEvent, post } from '../e2e/delivery.mts';
import { PACKAGE, noneLeft } from '../e2e/owner.mts';
import { SET_UP_TIMEOUT_MS, chain, node } from '../e2e/stage.mts';
import { importedExample } from '../examples.mts';
import { ANOTHER_SECRET, byId, onlySubscriptionOf, signatureOf, subscriptionsOf } from '../fixtures.mts';
import { allEnded, notesOf, statesOf } from './fates.mts';
import { type QueueStage, setQueueStage } from './stage.mts';

/** What the slowest test takes on a quiet machine. */
const TEST_MS = 120_000;
/** What the slowest execution of a burst takes on a quiet machine. */
const EXECUTION_MS = 3_000;
/** Until a trigger has first looked after its subscription, once it was published or n8n has started. */
const FIRST_LOOK_MS = 40_000;
/** How often the hurried example polls. */
const POLL_MS = 10_000;
/** How long the CRM takes over a note while a worker is killed. */
const NOTE_MS = 1_000;
/** For how long a poll waits for its answer while a worker is killed. */
const HELD_MS = 8_000;

jest.setTimeout(patience(TEST_MS));

/** Adds a note for every event, which shows in the CRM what was processed, and how often. */
const noteForEveryEvent = chain('A note for every event', [
	node('Event', `${PACKAGE}.whiteLabelCroTrigger`, { triggerOn: ['lead.created'], output: 'full' }),
	node('Note', `${PACKAGE}.whiteLabelCro`, {
		resource: 'note',
		operation: 'create',
		clientId: byId('={{ $json.payload.client_id }}'),
		text: '={{ $json.type }}',
		additionalFields: { externalId: '=event-{{ $json.id }}' },
	}),
]);

/** Makes the example's claims older, as n8n's database keeps them: after ten minutes, what is not done counts as broken off. */
const TEN_MINUTES_LATER = `
	DO $$
	DECLARE claims text;
	BEGIN
		SELECT 'data_table_user_' || id INTO STRICT claims FROM data_table WHERE name = 'whitelabelcro_events';
		EXECUTE format('UPDATE %I SET "createdAt" = "createdAt" - interval ''10 minutes''', claims);
	END $$`;

let stage: QueueStage;

beforeAll(async () => {
	stage = await setQueueStage();
}, SET_UP_TIMEOUT_MS);

afterEach(async () => {
	await stage.takeBack();
	await noneLeft(stage.sandbox);
});

afterAll(async () => {
	await stage.strike();
});

function raise(count: number): number[] {
	return Array.from({ length: count }, () => stage.sandbox.raise('lead.created', { client_id: 12345 }).id);
}

const log = (name: string) => readFileSync(name, 'utf8');

test('500 events at concurrency 10 all run to success, once each, spread over both workers', async () => {
	const workflow = await stage.publish(noteForEveryEvent);
	const started = Date.now();
	const events = raise(500);
	await stage.sandbox.settled();
	const executions = await allEnded(stage.n8n, workflow, 500, 30_000);
	console.log(`500 events: ${((500 * 1000) / (Date.now() - started)).toFixed(1)} per second`);

	expect(executions.map(({ status }) => status)).toEqual(Array<string>(500).fill('success'));
	expect(notesOf(stage.sandbox, events)).toEqual(Array<number>(500).fill(1));
	const ids = new Set(executions.map(({ id }) => id));
	const shares = stage.cluster.workers.map(
		(worker) =>
			[...log(worker.log).matchAll(/Worker started execution (\d+)/g)].filter(([, id]) => ids.has(id ?? ''))
				.length,
	);
	console.log(`Shares of the workers: ${shares.join(' and ')}`);
	expect(Math.min(...shares)).toBeGreaterThan(50);
});

test('a forged delivery is refused by the webhook process and starts nothing', async () => {
	const workflow = await stage.publish(noteForEveryEvent);
	const subscription = onlySubscriptionOf(stage.sandbox);
	expect(subscription.targetUrl).toContain(stage.cluster.webhook.url);
	const body = JSON.stringify(newEvent());
	for (const headers of [signatureOf(body, ANOTHER_SECRET), {}]) {
		expect(await post(subscription, body, headers)).toEqual(REFUSED);
	}
	// Executions are started in the order of the deliveries, so any other would show up beside this one.
	raise(1);
	expect(await allEnded(stage.n8n, workflow, 1, 3_000)).toHaveLength(1);
});

test('what the webhook process cannot verify runs once for each event, and a new secret reaches it through a worker', async () => {
	const { sandbox, cluster } = stage;
	sandbox.setDialect({ signature: 'sha512-hex-body' });
	const workflow = await stage.publish(noteForEveryEvent);
	const events = raise(20);
	await sandbox.settled();
	sandbox.setDialect({ signature: signatureForms[0].name });
	// As if an older copy of n8n's static data had been written back.
	onlySubscriptionOf(sandbox).secret = ANOTHER_SECRET;
	events.push(...raise(20));
	await sandbox.settled();
	await allEnded(stage.n8n, workflow, events.length, 30_000);
	expect(notesOf(sandbox, events)).toEqual(events.map(() => 1));

	sandbox.store.subscriptions.clear();
	const asked = sandbox.requests.length;
	// Where it would be looked after within five minutes.
	await cluster.main.restart();
	await until('a new subscription, and then a look at the log', FIRST_LOOK_MS, () => {
		const since = sandbox.requests.slice(asked);
		const made = since.findIndex(
			({ method, path }) => method === 'POST' && path === '/api/v1/webhooks/subscriptions',
		);
		return (made >= 0 && since.slice(made).some(({ path }) => path === '/api/v1/events')) || undefined;
	});
	// What happens in the first seconds counts as missed, too.
	await sleep(5_000);
	// Once a worker has stored its secret; the main process looks at the log now and then.
	const reads = () => sandbox.requests.filter(({ path }) => path === '/api/v1/events').length;
	const signed: number[] = [];
	await until('deliveries that need no look at the log', 5_000, async () => {
		const before = reads();
		signed.push(...raise(20));
		await sandbox.settled();
		return reads() === before || undefined;
	});
	await allEnded(stage.n8n, workflow, events.length + signed.length, 30_000);
	expect(notesOf(sandbox, signed)).toEqual(signed.map(() => 1));
});

test('publishing and taking back, over and over, keeps exactly one subscription, then none', async () => {
	const workflow = await stage.publish(noteForEveryEvent);
	for (let round = 0; round < 3; round++) {
		expect(subscriptionsOf(stage.sandbox)).toMatchObject([{ isActive: true }]);
		await stage.n8n.unpublish(workflow);
		await noneLeft(stage.sandbox);
		await stage.n8n.publish(workflow);
	}
	expect(subscriptionsOf(stage.sandbox)).toMatchObject([{ isActive: true }]);
});

describe('No event vanishes, each ends as a successful execution or as a visible failed one,', () => {
	const EVENTS = 150;

	beforeAll(() => {
		// It is the retries that are under test here; the breaker has a test of its own.
		stage.sandbox.setDialect({ breakerFailures: 1_000_000 });
	});

	/** Strikes when a third of the events are through. Returns what became of all of them. */
	async function strikeInMidStream(strike: () => Promise<void>) {
		const workflow = await stage.publish(noteForEveryEvent);
		const before = stage.sandbox.deliveries.length;
		const events = raise(EVENTS);
		await until('a third of the deliveries', 6_000, () =>
			stage.sandbox.deliveries.length - before >= EVENTS / 3 ? true : undefined,
		);
		await strike();
		await stage.sandbox.settled();
		const attempts = stage.sandbox.deliveries.slice(before);
		// An n8n whose database is not ready yet says so with status 200, which the CRM takes for success.
		const swallowed = new Set(
			attempts
				.filter(({ status, responseBody }) => status === 200 && responseBody.includes('is starting up'))
				.map(({ eventId }) => eventId),
		);
		await allEnded(stage.n8n, workflow, EVENTS - swallowed.size, 30_000);

		const { byEvent, withoutEvent } = await statesOf(stage.n8n, workflow);
		const notes = notesOf(stage.sandbox, events);
		const failed = events.filter((id) => !swallowed.has(id) && !byEvent.get(id)?.includes('success'));
		const unprocessed = events.filter((id, index) => !swallowed.has(id) && notes[index] === 0);
		const doubled = notes.filter((count) => count > 1).length;
		const retries = attempts.filter(({ outcome }) => outcome === 'will-retry').length;
		console.log(
			`${EVENTS} events, ${retries} deliveries tried again: ${EVENTS - failed.length - swallowed.size} succeeded, ` +
				`${failed.length} failed visibly, ${unprocessed.length} left no note, ${doubled} left two, ` +
				`${swallowed.size} were swallowed by an n8n that was starting`,
		);
		// n8n keeps no data of an execution whose worker died: it can be seen, but not which event it had.
		const seen = failed.filter((id) => byEvent.has(id)).length + withoutEvent.length;
		expect(seen).toBeGreaterThanOrEqual(failed.length);
		for (const status of withoutEvent) expect(['error', 'crashed']).toContain(status);
		expect(failed).toEqual(expect.arrayContaining(unprocessed));
		return { failed: failed.length, retries };
	}

	test('when a worker is killed in mid-stream', async () => {
		const [{ server: worker }] = stage.cluster.workers;
		const { failed } = await strikeInMidStream(() => worker.kill());
		// n8n does not run again what the worker was at: ten executions at the most.
		expect(failed).toBeLessThanOrEqual(10);
		await worker.start();
	});

	test('when the webhook process is killed in mid-stream and started again', async () => {
		const { webhook } = stage.cluster;
		const { failed, retries } = await strikeInMidStream(async () => {
			await webhook.kill();
			await webhook.start();
		});
		expect(failed).toBe(0);
		expect(retries).toBeGreaterThan(0);
	});

	test('when the main process is restarted in mid-stream', async () => {
		const { failed } = await strikeInMidStream(() => stage.cluster.main.restart());
		expect(failed).toBe(0);
		expect(subscriptionsOf(stage.sandbox)).toMatchObject([{ isActive: true }]);
	});
});

describe('The trigger alone', () => {
	beforeEach(() => {
		stage.sandbox.setDialect({ breakerFailures: 10 });
	});

	test.each([
		['restarted', 'stop'],
		['killed and started again', 'kill'],
	] as const)(
		'runs every event to success, through an outage in which the main process is %s: what was missed once, what was received just before at most twice',
		async (_how, end) => {
			const { sandbox, cluster, n8n } = stage;
			const workflow = await stage.publish(noteForEveryEvent);
			await until(
				'the note up to when all is well',
				FIRST_LOOK_MS,
				() => onlySubscriptionOf(sandbox).description?.includes('last seen well') || undefined,
			);
			const before = raise(30);
			await sandbox.settled();

			await cluster.webhook.kill();
			const missed = raise(20);
			await sandbox.settled();
			expect(onlySubscriptionOf(sandbox).isActive).toBe(false);
			missed.push(...raise(20));
			await cluster.main[end]();
			missed.push(...raise(20));
			await cluster.webhook.start();
			await cluster.main.start();

			await until(
				'the subscription to be live again',
				FIRST_LOOK_MS,
				() => onlySubscriptionOf(sandbox).isActive || undefined,
			);
			// What happens in the first seconds counts as missed, too.
			await sleep(5_000);
			const afterwards = raise(30);
			await sandbox.settled();
			const events = [...before, ...missed, ...afterwards];
			const executions = await allEnded(n8n, workflow, events.length, 30_000);
			expect(executions.filter(({ status }) => status !== 'success')).toEqual([]);
			console.log(`${events.length} events were brought ${executions.length} times`);
			const once = [...missed, ...afterwards];
			expect(notesOf(sandbox, once)).toEqual(once.map(() => 1));
			for (const count of notesOf(sandbox, before)) expect([1, 2]).toContain(count);
		},
	);
});

describe('The belt-and-braces example', () => {
	beforeEach(() => {
		stage.sandbox.setDialect({ breakerFailures: 10 });
	});

	async function publish(definition: WorkflowDefinition): Promise<Workflow> {
		const workflow = await stage.create(definition);
		await stage.n8n.runManually(workflow, 'Set Up Once');
		await stage.n8n.finishedExecutions(workflow.id, 1);
		return await stage.publish(workflow);
	}

	/**
	 * Waits until each of the events has its note, and the polling trigger has read the log twice more: what it would bring a
	 * second time is on its way then. Returns all executions, which have ended.
	 */
	async function allNoted(workflow: Workflow, events: number[]) {
		await until(
			'a note for every event',
			3 * POLL_MS,
			() => notesOf(stage.sandbox, events).every(Boolean) || undefined,
		);
		const polls = () => stage.sandbox.requests.filter(({ path }) => path === '/api/v1/events').length;
		const before = polls();
		await until('two more polls', 3 * POLL_MS, () => polls() >= before + 2 || undefined);
		return await allEnded(stage.n8n, workflow, 1, EXECUTION_MS);
	}

	test('processes every event exactly once, through an outage that ended the deliveries', async () => {
		const { sandbox, cluster, n8n } = stage;
		const workflow = await publish(hurried(importedExample('belt-and-braces-events')));
		const events = raise(60);
		await sandbox.settled();
		await cluster.webhook.kill();
		events.push(...raise(30));
		await sandbox.settled();
		expect(subscriptionsOf(stage.sandbox)).toMatchObject([{ isActive: false }]);
		events.push(...raise(30));
		await cluster.webhook.start();

		// Where it would be looked after within five minutes.
		await cluster.main.restart();
		await until(
			'the deliveries to be switched on again',
			FIRST_LOOK_MS,
			() => subscriptionsOf(stage.sandbox)[0]?.isActive || undefined,
		);
		const afterwards = raise(30);
		await sandbox.settled();
		const delivered = sandbox.deliveries.filter(({ outcome }) => outcome === 'delivered');
		expect(delivered.map(({ eventId }) => eventId)).toEqual(expect.arrayContaining(afterwards));
		events.push(...afterwards);

		const executions = await allNoted(workflow, events);
		expect(executions.filter(({ status }) => status !== 'success')).toEqual([]);
		const { byEvent } = await statesOf(n8n, workflow);
		const brought = [...byEvent.values()].flat().length;
		console.log(`${events.length} events were brought ${brought} times`);
		expect(brought).toBeGreaterThan(events.length);
		expect(notesOf(sandbox, events)).toEqual(events.map(() => 1));
	});

	test('takes up again what a killed worker broke off', async () => {
		const { sandbox, cluster, n8n } = stage;
		const workflow = await publish(hurried(importedExample('belt-and-braces-events')));
		// An event is gone if its delivery and the poll that brings it are both broken off before either has claimed it: no
		// poll may fall into the moment of the kill.
		sandbox.faults.inject({ route: / \/api\/v1\/events$/, kind: 'latency', ms: HELD_MS * slowness() });
		// Notes take their time, so that the worker is in the middle of some.
		sandbox.faults.inject({ route: /^POST .*\/notes$/, kind: 'latency', ms: NOTE_MS });
		const events = raise(60);
		await until(
			'some notes',
			10_000,
			() => notesOf(sandbox, events).filter(Boolean).length >= 20 || undefined,
		);
		const [{ server: worker }] = cluster.workers;
		await worker.kill();
		sandbox.faults.clear();
		await sandbox.settled();
		const executions = await allEnded(n8n, workflow, events.length, 30_000);
		const failed = executions.filter(({ status }) => status !== 'success').length;
		const lost = notesOf(sandbox, events).filter((count) => count === 0).length;
		await worker.start();
		await cluster.postgres.execute(TEN_MINUTES_LATER);
		// It is a poll that brings something which looks for what broke off.
		events.push(...raise(1));
		await allNoted(workflow, events);

		const notes = notesOf(sandbox, events);
		const doubled = notes.filter((count) => count > 1).length;
		console.log(
			`${failed} executions of the killed worker failed: ${lost} events were taken up again, ${doubled} twice`,
		);
		expect(failed).toBeGreaterThan(0);
		expect(Math.min(...notes)).toBe(1);
		// Whoever is killed between doing and noting it down does it again.
		expect(doubled).toBeLessThanOrEqual(failed);
	});
});

/** The example as it stands, but that an hour takes ten seconds, so that the test is soon done. */
function hurried(workflow: WorkflowDefinition): WorkflowDefinition {
	const item = [0, 10, 20, 30, 40, 50].map((second) => ({
		mode: 'custom',
		cronExpression: `${second} * * * * *`,
	}));
	for (const { type, parameters } of workflow.nodes) {
		if (type.endsWith('PollingTrigger')) parameters.pollTimes = { item };
	}
	return workflow;
}
