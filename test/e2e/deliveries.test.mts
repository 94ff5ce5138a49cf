// What n8n answers to a delivery over the wire, and what it starts.
import { gzipSync } from 'node:zlib';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import { signatureForms, signDelivery } from '../../sandbox/deliveries/signature.mts';
import type { Subscription } from '../../sandbox/store/model.mts';
import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { PACKAGE, SET_UP_TIMEOUT_MS, type Stage, chain, itemsOf, node, setStage } from './stage.mts';

const TRIGGER = 'When an event comes';
const ACCEPTED = { status: 200, text: 'OK' };

let stage: Stage;
let nextId = 1;
const published: Workflow[] = [];

beforeAll(async () => {
	stage = await setStage();
}, SET_UP_TIMEOUT_MS);

afterEach(async () => {
	for (const workflow of published.splice(0)) await stage.n8n.unpublish(workflow);
	expect(subscriptions()).toEqual([]);
});

afterAll(async () => {
	await stage.strike();
});

async function publish(parameters: INode['parameters'] = {}): Promise<Workflow> {
	const trigger = node(TRIGGER, `${PACKAGE}.whiteLabelCroTrigger`, { triggerOn: ['*'], ...parameters });
	const workflow = await stage.publish(chain('Trigger only', [trigger]));
	published.push(workflow);
	return workflow;
}

function subscriptions(): Subscription[] {
	return [...stage.sandbox.store.subscriptions.values()];
}

function theSubscription(): Subscription {
	const [first] = subscriptions();
	if (first === undefined) throw new Error('There is no subscription.');
	return first;
}

const event = () => ({ id: nextId++, type: 'lead.created', payload: { client_id: 12401 } });

function sign(body: string | Uint8Array, { secret } = theSubscription()): Record<string, string> {
	const timestamp = Math.floor(Date.now() / 1000);
	return signDelivery(signatureForms[0], secret, body, { timestamp, id: '1' });
}

async function post(
	body: string | Uint8Array,
	headers: Record<string, string>,
	{ targetUrl } = theSubscription(),
): Promise<{ status: number; text: string }> {
	const all = { 'content-type': 'application/json', ...headers };
	const answer = await fetch(targetUrl, { method: 'POST', headers: all, body });
	return { status: answer.status, text: await answer.text() };
}

/** One more genuine delivery, beside which any other execution would show up. */
async function expectExecutions(workflow: Workflow, count: number): Promise<void> {
	const body = JSON.stringify(event());
	expect(await post(body, sign(body))).toEqual(ACCEPTED);
	await stage.n8n.finishedExecutions(workflow.id, count + 1);
	expect(await stage.n8n.executions(workflow.id)).toHaveLength(count + 1);
}

describe('The answer', () => {
	test('to an accepted delivery and to its duplicate is the same, and the duplicate starts nothing', async () => {
		const workflow = await publish();
		const body = JSON.stringify(event());
		for (let copy = 0; copy < 3; copy++) expect(await post(body, sign(body))).toEqual(ACCEPTED);
		await expectExecutions(workflow, 1);
	});

	test('to copies that arrive at the same time is the same, and only one of them starts the workflow', async () => {
		const workflow = await publish();
		const body = JSON.stringify(event());
		const answers = await Promise.all(Array.from({ length: 5 }, () => post(body, sign(body))));
		expect(answers).toEqual(Array(5).fill(ACCEPTED));
		await expectExecutions(workflow, 1);
	});

	test('to a filtered event is the same, and it starts nothing', async () => {
		const workflow = await publish({ filters: { clientId: '12401' } });
		const body = JSON.stringify({ ...event(), payload: { client_id: 1 } });
		expect(await post(body, sign(body))).toEqual(ACCEPTED);
		await expectExecutions(workflow, 0);
	});

	test.each(['[]', '"text"', '{"id":1}', '{"id":1,"type":"lead.created","payload":"text"}'])(
		'to the verified body %s, which is no event, is 400, and it starts nothing',
		async (body) => {
			const workflow = await publish();
			expect(await post(body, sign(body))).toMatchObject({ status: 400 });
			await expectExecutions(workflow, 0);
		},
	);

	test('to a stranger is 401 and tells nothing', async () => {
		const workflow = await publish();
		expect(await post(JSON.stringify(event()), {})).toEqual({ status: 401, text: 'Unauthorized' });
		await expectExecutions(workflow, 0);
	});

	test.each([
		['JSON that breaks off', Buffer.from('{"id":1,"type":')],
		['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
		['nothing', Buffer.alloc(0)],
	])('to %s, signed or not, is never 500', async (_what, body) => {
		const workflow = await publish();
		for (const headers of [{}, sign(body)]) {
			const { status } = await post(body, headers);
			expect(status).toBeGreaterThanOrEqual(400);
			expect(status).toBeLessThan(500);
		}
		await expectExecutions(workflow, 0);
	});

	test.each<Record<string, string>>([{}, { 'content-encoding': 'gzip' }])(
		"to a stranger's form with the headers %j is a refusal, and it starts nothing",
		async (headers) => {
			const workflow = await publish();
			const form = new FormData();
			form.set('type', 'lead.created');
			const { targetUrl } = theSubscription();
			const signal = AbortSignal.timeout(10_000);
			const answer = await fetch(targetUrl, { method: 'POST', headers, body: form, signal });
			expect({ status: answer.status, text: await answer.text() }).toEqual({
				status: 401,
				text: 'Unauthorized',
			});
			await expectExecutions(workflow, 0);
		},
	);

	test.each(['application/cloudevents+json', 'text/plain', 'application/x-www-form-urlencoded'])(
		'to a signed event is the same if it is said to be %s, and the event is the one that was signed',
		async (type) => {
			const workflow = await publish();
			const body = JSON.stringify(event());
			expect(await post(body, { ...sign(body), 'content-type': type })).toEqual(ACCEPTED);
			const [execution] = await stage.n8n.finishedExecutions(workflow.id, 1);
			const items = itemsOf(await stage.n8n.execution(execution?.id ?? ''), TRIGGER);
			expect(items.map(({ json }) => json)).toEqual([JSON.parse(body)]);
		},
	);

	test('to a megabyte of headers is never 500', async () => {
		const workflow = await publish();
		const status = await new Promise<number | undefined>((resolve) => {
			const headers = Object.fromEntries(
				Array.from({ length: 1024 }, (_, index) => [`x-signature-${index}`, 'f'.repeat(1000)]),
			);
			const call = request(theSubscription().targetUrl, { method: 'POST', headers }, (answer) => {
				answer.resume();
				resolve(answer.statusCode);
			});
			// n8n's server hangs up on so many headers.
			call.on('error', () => {
				resolve(undefined);
			});
			call.end('{}');
		});
		expect([undefined, 401, 431]).toContain(status);
		await expectExecutions(workflow, 0);
	});
});

test('A compressed delivery is verified over its inflated bytes', async () => {
	const workflow = await publish();
	const body = JSON.stringify(event());
	const zipped = gzipSync(body);
	const headers = { 'content-encoding': 'gzip' };
	expect(await post(zipped, { ...headers, ...sign(zipped) })).toMatchObject({ status: 401 });
	expect(await post(zipped, { ...headers, ...sign(body) })).toEqual(ACCEPTED);
	await expectExecutions(workflow, 1);
});

test('Listening for a test event has a subscription of its own and leaves the published one alone', async () => {
	const workflow = await publish();
	const production = { ...theSubscription() };
	expect(await stage.n8n.runManually(workflow, TRIGGER)).toBeUndefined();
	const [first, testing] = await until('both subscriptions', 10_000, () =>
		subscriptions().length === 2 ? subscriptions() : undefined,
	);
	expect(first).toEqual(production);
	expect(testing).toMatchObject({
		targetUrl: expect.stringContaining('/webhook-test/'),
		description: expect.stringContaining('test'),
	});

	const body = JSON.stringify(event());
	// Neither's secret opens the other's address.
	expect(await post(body, sign(body, production), testing)).toMatchObject({ status: 401 });
	expect(await post(body, sign(body, testing), production)).toMatchObject({ status: 401 });
	expect(await post(body, sign(body, production), production)).toEqual(ACCEPTED);
	expect(await post(body, sign(body, testing), testing)).toEqual(ACCEPTED);

	const executions = await stage.n8n.finishedExecutions(workflow.id, 2);
	for (const { id } of executions) {
		const items = itemsOf(await stage.n8n.execution(id), TRIGGER).map(({ json }) => json);
		expect(items).toEqual([JSON.parse(body)]);
	}
	await until('the test subscription to go', 10_000, () => subscriptions().length === 1 || undefined);
	expect(theSubscription()).toEqual({ ...production, consecutiveFailures: 0 });
});
