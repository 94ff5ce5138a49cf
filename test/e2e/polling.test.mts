import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { withCredential } from '../../scripts/real-n8n/workflow.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { PLENTY } from '../fixtures.mts';
import { PACKAGE } from './owner.mts';
import { SET_UP_TIMEOUT_MS, type Stage, chain, itemsOf, node, setStage } from './stage.mts';

const TRIGGER = 'When an event is in the log';
/** How often n8n polls. */
const POLL_MS = 3_000;
/** n8n allows no schedule that fires more than once a minute, but as many schedules as one likes: every three seconds. */
const everyThreeSeconds = Array.from({ length: 20 }, (_, index) => ({
	mode: 'custom',
	cronExpression: `${index * 3} * * * * *`,
}));

let stage: Stage;

beforeAll(async () => {
	stage = await setStage();
	stage.sandbox.setLimits(PLENTY);
}, SET_UP_TIMEOUT_MS);

afterEach(async () => {
	await stage.takeBack();
});

afterAll(async () => {
	await stage.strike();
});

function definition(parameters: INode['parameters']) {
	const polling = { pollTimes: { item: everyThreeSeconds }, output: 'full', ...parameters };
	return chain('Polling trigger only', [node(TRIGGER, `${PACKAGE}.whiteLabelCroPollingTrigger`, polling)]);
}

function publish(parameters: INode['parameters']): Promise<Workflow> {
	return stage.publish(definition(parameters));
}

const raise = (type: string, count: number) =>
	Array.from({ length: count }, () => stage.sandbox.raise(type).id);

/** The polls of the event log that the CRM has answered, oldest first. */
function polls() {
	return stage.sandbox.requests.filter(({ path }) => path.startsWith('/api/v1/events'));
}

/** Waits for two more: the second has seen in the log what happened before. */
async function twoMorePolls(): Promise<void> {
	const before = polls().length;
	await until('two more polls', POLL_MS + 3_000, () => polls().length >= before + 2 || undefined);
}

/** The ids of the events that the workflow's executions were started with, in order; undefined while one runs. */
async function emitted(workflow: Workflow): Promise<number[] | undefined> {
	const ids: number[] = [];
	const executions = await stage.n8n.executions(workflow.id);
	if (executions.some(({ status }) => status === 'new' || status === 'running')) return undefined;
	for (const { id } of executions.reverse()) {
		const execution = await stage.n8n.execution(id);
		expect(execution.status).toBe('success');
		ids.push(...itemsOf(execution, TRIGGER).map(({ json }) => Number(json.id)));
	}
	return ids;
}

/** Waits until the workflow was started with so many events, and for two polls that may bring too much. Returns their ids. */
async function emittedOnce(workflow: Workflow, count: number): Promise<number[]> {
	const enough = async () => {
		const ids = await emitted(workflow);
		return ids !== undefined && ids.length >= count ? ids : undefined;
	};
	await until(`${count} events`, POLL_MS + 3_000, enough);
	await twoMorePolls();
	return await until('the executions to end', 3_000, enough);
}

test('from now on, each chosen event starts the workflow once, unchanged, and none of before', async () => {
	// The CRM's clock is known to a few seconds only.
	stage.sandbox.setClock(-60_000);
	raise('lead.created', 2);
	stage.sandbox.setClock(0);
	const workflow = await publish({ triggerOn: ['lead.created'] });
	const first = raise('lead.created', 3);
	raise('payment.failed', 1);
	expect(await emittedOnce(workflow, 3)).toEqual(first);
	const second = raise('lead.created', 2);
	expect(await emittedOnce(workflow, 5)).toEqual([...first, ...second]);
	const [newest] = await stage.n8n.executions(workflow.id);
	const items = itemsOf(await stage.n8n.execution(newest?.id ?? ''), TRIGGER).map(({ json }) => json);
	expect(items).toEqual(stage.sandbox.store.events.slice(-2));
});

test('from the beginning, every event of the log starts it once', async () => {
	const workflow = await publish({ triggerOn: ['*'], start: 'beginning' });
	const { events } = stage.sandbox.store;
	expect(await emittedOnce(workflow, events.length)).toEqual(events.map(({ id }) => id));
});

test('the filters hold back and the output is as chosen', async () => {
	const workflow = await publish({
		triggerOn: ['payment.failed'],
		filters: { minimumAmount: 100 },
		output: 'simplified',
	});
	stage.sandbox.raise('payment.failed', { amount_attempted: 99 });
	const { id } = stage.sandbox.raise('payment.failed', { amount_attempted: 100 });
	const [execution] = await stage.n8n.finishedExecutions(workflow.id, 1);
	await twoMorePolls();
	expect(await stage.n8n.executions(workflow.id)).toHaveLength(1);
	const items = itemsOf(await stage.n8n.execution(execution?.id ?? ''), TRIGGER);
	expect(items.map(({ json }) => json)).toMatchObject([{ event_id: id, amount_attempted: 100 }]);
});

test('a restart of n8n neither loses nor doubles an event, in whatever moment it comes', async () => {
	const workflow = await publish({ triggerOn: ['lead.created'] });
	const events = raise('lead.created', 3);
	await emittedOnce(workflow, 3);
	await stage.server.stop();
	events.push(...raise('lead.created', 3));
	await stage.server.start();
	await emittedOnce(workflow, 6);
	events.push(...raise('lead.created', 3));
	await stage.server.kill();
	await stage.server.start();
	expect((await emittedOnce(workflow, 9)).sort((a, b) => a - b)).toEqual(events);
});

test('what happens while n8n is down after a crash is brought, even if no poll before had anything to bring', async () => {
	const workflow = await publish({ triggerOn: ['lead.created'], filters: { clientId: '7' } });
	await twoMorePolls();
	// Passed over: n8n stores the position of such a poll with the next one that emits, so that a crash forgets it.
	raise('lead.created', 3);
	await twoMorePolls();
	await stage.server.kill();
	const { id } = stage.sandbox.raise('lead.created', { client_id: 7 });
	await stage.server.start();
	expect(await emittedOnce(workflow, 1)).toEqual([id]);
});

test('a changed choice starts it for nothing that happened before and was not wanted then, even if n8n is killed on either side of the change', async () => {
	const workflow = await publish({ triggerOn: ['lead.created'] });
	await stage.n8n.unpublish(workflow);
	const before = raise('lead.created', 1);
	raise('payment.failed', 3);
	await stage.server.kill();
	await stage.server.start();
	const changed = definition({ triggerOn: ['lead.created', 'payment.failed'] });
	const saved = withCredential(changed, PACKAGE, stage.credential);
	await stage.n8n.publish(await stage.n8n.changeWorkflow(workflow, saved));
	expect(await emittedOnce(workflow, 1)).toEqual(before);
	await stage.server.kill();
	const after = [...raise('payment.failed', 2), ...raise('lead.created', 1)];
	await stage.server.start();
	expect(await emittedOnce(workflow, 4)).toEqual([...before, ...after]);
});

test('testing in the editor shows the newest event and does not move the position', async () => {
	const workflow = await publish({ triggerOn: ['lead.created'] });
	const events = raise('lead.created', 2);
	await emittedOnce(workflow, 2);
	const id = (await stage.n8n.runManually(workflow, TRIGGER)) ?? '';
	const tested = await until('the test to end', 3_000, async () => {
		const execution = await stage.n8n.execution(id);
		return execution.status === 'success' ? execution : undefined;
	});
	expect(itemsOf(tested, TRIGGER).map(({ json }) => json)).toEqual([stage.sandbox.store.events.at(-1)]);
	const all = (await emittedOnce(workflow, 3)).sort((a, b) => a - b);
	expect(all).toEqual([...events, events.at(-1)]);
});
