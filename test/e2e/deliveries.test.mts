// What n8n answers to a delivery over the wire, and what it starts.
import { once } from 'node:events';
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import { ask } from '../../scripts/real-n8n/ask.mts';
import { ensureN8n } from '../../scripts/real-n8n/install.mts';
import { patience } from '../../scripts/real-n8n/patience.mts';
import { progressOn } from '../../scripts/real-n8n/progress.mts';
import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { sqliteScript } from '../../scripts/real-n8n/sqliteScript.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { PLENTY, onlySubscriptionOf, signatureOf, subscriptionsOf } from '../fixtures.mts';
import { ACCEPTED, REFUSED, expectExecutions, ignored, newEvent, post } from './delivery.mts';
import { PACKAGE, noneLeft } from './owner.mts';
import { SET_UP_TIMEOUT_MS, type Stage, chain, itemsOf, node, setStage } from './stage.mts';

const TRIGGER = 'When an event comes';

let stage: Stage;

beforeAll(async () => {
	stage = await setStage();
	// Unpublishing waits for no window of the rate limit.
	stage.sandbox.setLimits(PLENTY);
}, SET_UP_TIMEOUT_MS);

afterEach(async () => {
	await stage.takeBack();
	await noneLeft(stage.sandbox);
});

afterAll(async () => {
	await stage.strike();
});

function publish(parameters: INode['parameters'] = {}): Promise<Workflow> {
	const trigger = node(TRIGGER, `${PACKAGE}.whiteLabelCroTrigger`, {
		triggerOn: ['*'],
		output: 'full',
		...parameters,
	});
	return stage.publish(chain('Trigger only', [trigger]));
}

const theSubscription = () => onlySubscriptionOf(stage.sandbox);

function sign(body: string | Uint8Array, { secret } = theSubscription()): Record<string, string> {
	return signatureOf(body, secret);
}

describe('The answer', () => {
	test('to a duplicate says that it is one, and the duplicate starts nothing', async () => {
		const workflow = await publish();
		const body = JSON.stringify(newEvent());
		expect(await post(theSubscription(), body, sign(body))).toEqual(ACCEPTED);
		for (let copy = 0; copy < 2; copy++)
			expect(await post(theSubscription(), body, sign(body))).toEqual(ignored('duplicate'));
		await expectExecutions(stage, workflow, 1);
	});

	test('to copies that arrive at the same time says OK once, and only one of them starts the workflow', async () => {
		const workflow = await publish();
		const body = JSON.stringify(newEvent());
		const answers = await Promise.all(
			Array.from({ length: 5 }, () => post(theSubscription(), body, sign(body))),
		);
		expect(answers.filter(({ text }) => text === ACCEPTED.text)).toHaveLength(1);
		expect(answers.filter(({ text }) => text === ignored('duplicate').text)).toHaveLength(4);
		await expectExecutions(stage, workflow, 1);
	});

	test('to a filtered event names the filter, and it starts nothing', async () => {
		const workflow = await publish({ filters: { clientId: '12401' } });
		const body = JSON.stringify({ ...newEvent(), payload: { client_id: 1 } });
		expect(await post(theSubscription(), body, sign(body))).toEqual(ignored('Client ID'));
		await expectExecutions(stage, workflow, 0);
	});

	test.each(['{}', '{"id":1}', '{"id":1,"type":"lead.created","payload":"text"}'])(
		'to the verified body %s, which is no event, is 400, and it starts nothing',
		async (body) => {
			const workflow = await publish();
			expect(await post(theSubscription(), body, sign(body))).toMatchObject({ status: 400 });
			await expectExecutions(stage, workflow, 0);
		},
	);

	test('to a stranger is 401 and tells nothing', async () => {
		const workflow = await publish();
		expect(await post(theSubscription(), JSON.stringify(newEvent()), {})).toEqual(REFUSED);
		await expectExecutions(stage, workflow, 0);
	});

	test.each([
		['JSON that breaks off', Buffer.from('{"id":1,"type":')],
		['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
		['nothing', Buffer.alloc(0)],
	])('to %s, signed or not, is never 500', async (_what, body) => {
		const workflow = await publish();
		for (const headers of [{}, sign(body)]) {
			const { status } = await post(theSubscription(), body, headers);
			expect(status).toBeGreaterThanOrEqual(400);
			expect(status).toBeLessThan(500);
		}
		await expectExecutions(stage, workflow, 0);
	});

	test.each<Record<string, string>>([{}, { 'content-encoding': 'gzip' }])(
		"to a stranger's form with the headers %j is a refusal, and it starts nothing",
		async (headers) => {
			const workflow = await publish();
			const form = new FormData();
			form.set('type', 'lead.created');
			const { targetUrl } = theSubscription();
			const signal = AbortSignal.timeout(patience(1_000));
			const answer = await ask(targetUrl, { method: 'POST', headers, body: form, signal });
			expect({ status: answer.status, text: await answer.text() }).toEqual(REFUSED);
			await expectExecutions(stage, workflow, 0);
		},
	);

	test.each(['application/cloudevents+json', 'text/plain', 'application/x-www-form-urlencoded'])(
		'to a signed event is the same if it is said to be %s, and the event is the one that was signed',
		async (type) => {
			const workflow = await publish();
			const body = JSON.stringify(newEvent());
			expect(await post(theSubscription(), body, { ...sign(body), 'content-type': type })).toEqual(ACCEPTED);
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
		await expectExecutions(stage, workflow, 0);
	});
});

test('A compressed delivery is verified over its inflated bytes', async () => {
	const workflow = await publish();
	const body = JSON.stringify(newEvent());
	const zipped = gzipSync(body);
	const headers = { 'content-encoding': 'gzip' };
	expect(await post(theSubscription(), zipped, { ...headers, ...sign(zipped) })).toMatchObject({
		status: 401,
	});
	expect(await post(theSubscription(), zipped, { ...headers, ...sign(body) })).toEqual(ACCEPTED);
	await expectExecutions(stage, workflow, 1);
});

test('An event whose sender hangs up while n8n waits for its database, and sends it again, starts one execution', async () => {
	const workflow = await publish();
	// Of the first, n8n prepares things that later ones do not wait for.
	await expectExecutions(stage, workflow, 0);
	const body = JSON.stringify(newEvent());
	await lockDatabase(900);
	const signal = AbortSignal.timeout(400);
	const headers = { 'content-type': 'application/json', ...sign(body) };
	await expect(
		fetch(theSubscription().targetUrl, { method: 'POST', headers, body, signal }),
	).rejects.toMatchObject({ name: 'TimeoutError' });
	expect(await post(theSubscription(), body, sign(body))).toEqual(ignored('duplicate'));
	await expectExecutions(stage, workflow, 2);
});

/** Keeps n8n from writing to its database, for less than the second after which it gives up. @returns when that has begun */
async function lockDatabase(ms: number): Promise<void> {
	const script = `
		const database = new sqlite.Database(file);
		database.exec('BEGIN IMMEDIATE', (error) => {
			if (error) throw error;
			console.log('locked');
			setTimeout(() => database.exec('COMMIT'), ${ms});
		});`;
	const locking = sqliteScript(await ensureN8n(progressOn(process.stderr)), stage.home, script);
	await Promise.race([once(locking.child.stdout as NodeJS.EventEmitter, 'data'), locking]);
}

test('Listening for a test event has a subscription of its own and leaves the published one alone', async () => {
	const workflow = await publish();
	const production = { ...theSubscription() };
	expect(await stage.n8n.runManually(workflow, TRIGGER)).toBeUndefined();
	const testing = await until('the subscription for the test', 1_000, () =>
		subscriptionsOf(stage.sandbox).find(({ targetUrl }) => targetUrl.includes('/webhook-test/')),
	);
	expect(testing.description).toContain('test');
	expect(subscriptionsOf(stage.sandbox)).toEqual([production, testing]);

	const body = JSON.stringify(newEvent());
	// Neither's secret opens the other's address.
	expect(await post(testing, body, sign(body, production))).toMatchObject({ status: 401 });
	expect(await post(production, body, sign(body, testing))).toMatchObject({ status: 401 });
	expect(await post(production, body, sign(body, production))).toEqual(ACCEPTED);
	expect(await post(testing, body, sign(body, testing))).toEqual(ACCEPTED);

	const executions = await stage.n8n.finishedExecutions(workflow.id, 2);
	for (const { id } of executions) {
		const items = itemsOf(await stage.n8n.execution(id), TRIGGER).map(({ json }) => json);
		expect(items).toEqual([JSON.parse(body)]);
	}
	await until(
		'the test subscription to go',
		1_000,
		() => subscriptionsOf(stage.sandbox).length === 1 || undefined,
	);
	expect(theSubscription()).toEqual({ ...production, consecutiveFailures: 0 });
});
