import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { PACKAGE, SET_UP_TIMEOUT_MS, type Stage, chain, itemsOf, node, setStage } from './stage.mts';

const TRIGGER = 'When an event is in the log';
/** n8n allows no schedule that fires more than once a minute, but as many schedules as one likes: every three seconds. */
const everyThreeSeconds = Array.from({ length: 20 }, (_, index) => ({
	mode: 'custom',
	cronExpression: `${index * 3} * * * * *`,
}));

let stage: Stage;
const published: Workflow[] = [];

beforeAll(async () => {
	stage = await setStage();
	stage.sandbox.setLimits({ read: 10_000 });
}, SET_UP_TIMEOUT_MS);

afterEach(async () => {
	for (const workflow of published.splice(0)) await stage.n8n.unpublish(workflow);
});

afterAll(async () => {
	await stage.strike();
});

async function publish(parameters: INode['parameters']): Promise<Workflow> {
	const polling = { pollTimes: { item: everyThreeSeconds }, ...parameters };
	const workflow = await stage.publish(
		chain('Polling trigger only', [node(TRIGGER, `${PACKAGE}.whiteLabelCroPollingTrigger`, polling)]),
	);
	published.push(workflow);
	return workflow;
}

const raise = (type: string, count: number) =>
	Array.from({ length: count }, () => stage.sandbox.raise(type).id);

/** The polls of the event log that the CRM has answered, oldest first. */
function polls() {
	return stage.sandbox.requests.filter(({ path }) => path.startsWith('/api/v1/events'));
}

/** Two more: what happened before is in the hands of n8n then. */
async function twoMorePolls(): Promise<void> {
	const before = polls().length;
	await until('two more polls', 30_000, () => polls().length >= before + 2 || undefined);
}

/** The ids of the events that the workflow's executions were started with, in order. */
async function emitted(workflow: Workflow): Promise<number[]> {
	const ids: number[] = [];
	for (const { id } of (await stage.n8n.executions(workflow.id)).reverse()) {
		const execution = await stage.n8n.execution(id);
		expect(execution.status).toBe('success');
		ids.push(...itemsOf(execution, TRIGGER).map(({ json }) => Number(json.id)));
	}
	return ids;
}

test('from now on, each chosen event starts the workflow once, unchanged, and none of before', async () => {
	raise('lead.created', 2);
	// The CRM tells whole seconds apart.
	await new Promise((resolve) => setTimeout(resolve, 1100));
	const workflow = await publish({ triggerOn: ['lead.created'] });
	const first = raise('lead.created', 3);
	raise('payment.failed', 1);
	await twoMorePolls();
	const second = raise('lead.created', 2);
	await twoMorePolls();

	expect(await emitted(workflow)).toEqual([...first, ...second]);
	const [newest] = await stage.n8n.executions(workflow.id);
	const items = itemsOf(await stage.n8n.execution(newest?.id ?? ''), TRIGGER).map(({ json }) => json);
	expect(items).toEqual(stage.sandbox.store.events.slice(-2));
});

test('from the beginning, every event of the log starts it once', async () => {
	const workflow = await publish({ triggerOn: ['*'], start: 'beginning' });
	await twoMorePolls();
	expect(await emitted(workflow)).toEqual(stage.sandbox.store.events.map(({ id }) => id));
});

test('the filters hold back and the output is as chosen', async () => {
	const workflow = await publish({
		triggerOn: ['payment.failed'],
		filters: { minimumAmount: 100 },
		output: 'payload',
	});
	stage.sandbox.raise('payment.failed', { amount_attempted: 99 });
	const { id } = stage.sandbox.raise('payment.failed', { amount_attempted: 100 });
	await twoMorePolls();
	const [execution, ...others] = await stage.n8n.executions(workflow.id);
	expect(others).toEqual([]);
	const items = itemsOf(await stage.n8n.execution(execution?.id ?? ''), TRIGGER);
	expect(items.map(({ json }) => json)).toMatchObject([{ event_id: id, amount_attempted: 100 }]);
});

test('a restart of n8n neither loses nor doubles an event, in whatever moment it comes', async () => {
	const workflow = await publish({ triggerOn: ['lead.created'] });
	const events = raise('lead.created', 3);
	await twoMorePolls();
	await stage.server.stop();
	events.push(...raise('lead.created', 3));
	await stage.server.start();
	await twoMorePolls();
	events.push(...raise('lead.created', 3));
	await until('a poll', 30_000, () => polls().length > 0 || undefined);
	await stage.server.kill();
	await stage.server.start();
	await twoMorePolls();
	expect((await emitted(workflow)).sort((a, b) => a - b)).toEqual(events);
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
	await twoMorePolls();
	expect(await emitted(workflow)).toEqual([id]);
});

test('testing in the editor shows the newest event and does not move the position', async () => {
	const workflow = await publish({ triggerOn: ['lead.created'] });
	const events = raise('lead.created', 2);
	await twoMorePolls();
	const id = (await stage.n8n.runManually(workflow, TRIGGER)) ?? '';
	const tested = await until('the test to end', 30_000, async () => {
		const execution = await stage.n8n.execution(id);
		return execution.status === 'success' ? execution : undefined;
	});
	expect(itemsOf(tested, TRIGGER).map(({ json }) => json)).toEqual([stage.sandbox.store.events.at(-1)]);
	await twoMorePolls();
	const all = (await emitted(workflow)).sort((a, b) => a - b);
	expect(all).toEqual([...events, events.at(-1)]);
});
