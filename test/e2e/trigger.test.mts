import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { signatureForms, signDelivery } from '../../sandbox/deliveries/signature.mts';
import type { Subscription } from '../../sandbox/store/model.mts';
import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { PACKAGE, SET_UP_TIMEOUT_MS, type Stage, chain, itemsOf, node, setStage } from './stage.mts';

const TRIGGER = 'When an event comes';
const onLeadsAndPayments = chain('Trigger only', [
	node(TRIGGER, `${PACKAGE}.whiteLabelCroTrigger`, { triggerOn: ['lead.created', 'payment.failed'] }),
]);
const event = {
	id: 777,
	type: 'lead.created',
	createdUtc: '2026-01-28T10:30:00Z',
	companyId: 92,
	payload: { client_id: 12401, first_name: 'Leo' },
};

let stage: Stage;
const published: Workflow[] = [];

beforeAll(async () => {
	stage = await setStage();
}, SET_UP_TIMEOUT_MS);

afterEach(async () => {
	for (const workflow of published.splice(0)) await stage.n8n.unpublish(workflow);
	const left = subscriptions();
	stage.sandbox.store.subscriptions.clear();
	expect(left).toEqual([]);
});

afterAll(async () => {
	await stage.strike();
});

async function publish(): Promise<Workflow> {
	const workflow = await stage.publish(onLeadsAndPayments);
	published.push(workflow);
	return workflow;
}

function subscriptions(): Subscription[] {
	return [...stage.sandbox.store.subscriptions.values()];
}

function theSubscription(): Subscription {
	const [subscription, ...others] = subscriptions();
	if (!subscription || others.length > 0)
		throw new Error(`There are ${subscriptions().length} subscriptions.`);
	return subscription;
}

/** The signature headers that the CRM would send with this body. */
function sign(body: string, secret: string): Record<string, string> {
	return signDelivery(signatureForms[0], secret, body, { timestamp: Math.floor(Date.now() / 1000), id: '1' });
}

/** Posts a delivery the way the CRM does. Returns the HTTP status of n8n's answer. */
async function deliver(body: string, signature: Record<string, string>): Promise<number> {
	const { targetUrl } = theSubscription();
	const headers = { 'content-type': 'application/json', ...signature };
	return (await fetch(targetUrl, { method: 'POST', headers, body })).status;
}

/**
 * Sends one genuine delivery, which must start the workflow's execution number `total`, and gives time for any other to
 * show up: executions are started in the order of the deliveries.
 */
async function expectOneMoreExecution(workflow: Workflow, total: number): Promise<void> {
	const body = JSON.stringify({ ...event, id: event.id + total });
	expect(await deliver(body, sign(body, theSubscription().secret))).toBe(200);
	await stage.n8n.finishedExecutions(workflow.id, total);
	expect(await stage.n8n.executions(workflow.id)).toHaveLength(total);
}

describe('Publishing', () => {
	test('creates exactly one subscription, for the chosen events, at the address of this workflow', async () => {
		await publish();
		expect(theSubscription()).toMatchObject({
			isActive: true,
			eventTypes: ['lead.created', 'payment.failed'],
			targetUrl: expect.stringContaining(`${stage.server.url}/webhook/`),
		});
	});

	test('again, after it was taken back, ends with one subscription again', async () => {
		const workflow = await publish();
		await stage.n8n.unpublish(workflow);
		await stage.n8n.publish(workflow);
		theSubscription();
	});

	test('fails and says which scope the key lacks, and leaves nothing behind in the CRM', async () => {
		const poor = await stage.n8n.createCredential('Scope-poor', 'whiteLabelCroApi', {
			apiKey: stage.sandbox.createKey(['integrations:read']),
			baseUrl: stage.sandbox.url,
		});
		await expect(stage.publish(onLeadsAndPayments, poor)).rejects.toThrow('webhooks:write');
		expect(subscriptions()).toEqual([]);
	});

	test('taken back removes the subscription', async () => {
		const workflow = await publish();
		theSubscription();
		await stage.n8n.unpublish(workflow);
		expect(subscriptions()).toEqual([]);
	});
});

describe('A delivery', () => {
	test('of an event runs the workflow to success, with the event as its item, unchanged', async () => {
		const workflow = await publish();
		const raised = stage.sandbox.raise('payment.failed', {
			client_id: 12345,
			failure_reason: 'Zoë 🎉 "said" no',
		});

		const [finished] = await stage.n8n.finishedExecutions(workflow.id, 1);
		expect(finished?.status).toBe('success');
		const execution = await stage.n8n.execution(finished?.id ?? '');
		expect(itemsOf(execution, TRIGGER).map(({ json }) => json)).toEqual([raised]);
		await stage.sandbox.settled();
		const attempts = stage.sandbox.deliveries.filter(({ eventId }) => eventId === raised.id);
		expect(attempts.map(({ status }) => status)).toEqual([200]);
	});

	test('signed with another secret gets 401 and starts no execution', async () => {
		const workflow = await publish();
		const body = JSON.stringify(event);
		expect(await deliver(body, sign(body, Buffer.alloc(32, 7).toString('base64')))).toBe(401);
		await expectOneMoreExecution(workflow, 1);
	});

	test('without a signature gets 401 and starts no execution', async () => {
		const workflow = await publish();
		expect(await deliver(JSON.stringify(event), {})).toBe(401);
		await expectOneMoreExecution(workflow, 1);
	});

	test('signed over other bytes gets 401 and starts no execution', async () => {
		const workflow = await publish();
		const body = JSON.stringify(event);
		const signature = sign(body, theSubscription().secret);
		expect(await deliver(body.replace('12401', '12402'), signature)).toBe(401);
		// The same event for a program that parses it, but not the bytes that were signed.
		expect(await deliver(`${body} `, signature)).toBe(401);
		await expectOneMoreExecution(workflow, 1);
	});
});

describe('After a restart of n8n', () => {
	test('there is still exactly the one subscription, genuine deliveries run and forged ones do not', async () => {
		const workflow = await publish();
		const before = { ...theSubscription() };
		await expectOneMoreExecution(workflow, 1);

		await stage.server.restart();

		expect(await deliver(JSON.stringify(event), {})).toBe(401);
		await expectOneMoreExecution(workflow, 2);
		expect(theSubscription()).toEqual(before);
	});

	test('so it is where n8n registers every trigger anew when it starts, as older versions do', async () => {
		const workflow = await publish();
		const before = { ...theSubscription() };

		const asked = stage.sandbox.requests.length;
		await stage.server.restart({ N8N_USE_WORKFLOW_PUBLICATION_SERVICE: 'false' });
		// n8n answers before it has gone through its workflows.
		await until('n8n to look at the subscriptions', 30_000, () =>
			stage.sandbox.requests.slice(asked).find(({ path }) => path === '/api/v1/webhooks/subscriptions'),
		);

		expect(await deliver(JSON.stringify(event), {})).toBe(401);
		await expectOneMoreExecution(workflow, 1);
		expect(theSubscription()).toEqual(before);
		await stage.server.restart();
	});
});
