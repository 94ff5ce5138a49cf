import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../scripts/real-n8n/until.mts';
import { PLENTY, ANOTHER_SECRET, onlySubscriptionOf, signatureOf, subscriptionsOf } from '../fixtures.mts';
import { REFUSED, expectExecutions, newEvent, post } from './delivery.mts';
import { PACKAGE, noneLeft } from './owner.mts';
import { goByDefault, registrations } from './registrations.mts';
import { SET_UP_TIMEOUT_MS, type Stage, chain, itemsOf, node, setStage } from './stage.mts';

const TRIGGER = 'When an event comes';
const onLeadsAndPayments = chain('Trigger only', [
	node(TRIGGER, `${PACKAGE}.whiteLabelCroTrigger`, {
		triggerOn: ['lead.created', 'payment.failed'],
		output: 'full',
	}),
]);

let stage: Stage;

beforeAll(async () => {
	stage = await setStage();
	// Unpublishing waits for no window of the rate limit.
	stage.sandbox.setLimits(PLENTY);
}, SET_UP_TIMEOUT_MS);

afterEach(async () => {
	await stage.takeBack();
	await noneLeft(stage.sandbox).finally(() => {
		stage.sandbox.store.subscriptions.clear();
	});
});

afterAll(async () => {
	await stage.strike();
});

/** A trigger looks after its subscription some seconds after n8n has started. */
const aLook = async (after: number) => {
	await until('the trigger to look at the subscriptions', 6_000, () =>
		stage.sandbox.requests.slice(after).find(({ path }) => path === '/api/v1/webhooks/subscriptions'),
	);
};

const publish = () => stage.publish(onLeadsAndPayments);
const theSubscription = () => onlySubscriptionOf(stage.sandbox);

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
		expect(subscriptionsOf(stage.sandbox)).toEqual([]);
	});

	test('taken back removes the subscription', async () => {
		const workflow = await publish();
		theSubscription();
		await stage.n8n.unpublish(workflow);
		await noneLeft(stage.sandbox);
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
		const body = JSON.stringify(newEvent());
		expect(await post(theSubscription(), body, signatureOf(body, ANOTHER_SECRET))).toEqual(REFUSED);
		await expectExecutions(stage, workflow, 0);
	});

	test('without a signature gets 401 and starts no execution', async () => {
		const workflow = await publish();
		expect(await post(theSubscription(), JSON.stringify(newEvent()), {})).toEqual(REFUSED);
		await expectExecutions(stage, workflow, 0);
	});

	test('signed over other bytes gets 401 and starts no execution', async () => {
		const workflow = await publish();
		const body = JSON.stringify(newEvent());
		const signature = signatureOf(body, theSubscription().secret);
		expect(await post(theSubscription(), body.replace('12401', '12402'), signature)).toEqual(REFUSED);
		// The same event for a program that parses it, but not the bytes that were signed.
		expect(await post(theSubscription(), `${body} `, signature)).toEqual(REFUSED);
		await expectExecutions(stage, workflow, 0);
	});
});

describe('A published trigger looks after its subscription', () => {
	const isLive = async () =>
		await until('a live subscription', 6_000, () =>
			subscriptionsOf(stage.sandbox).some(({ isActive }) => isActive) ? true : undefined,
		);

	test.each(registrations)(
		'when n8n starts and registers triggers %s: one that was switched off, or is gone, is live again',
		async (_name, environment) => {
			const workflow = await publish();
			theSubscription().isActive = false;
			await stage.server.restart(environment);
			await isLive();
			await expectExecutions(stage, workflow, 0);

			stage.sandbox.store.subscriptions.clear();
			await stage.server.restart(environment);
			await isLive();
			// With the new secret, which n8n stores with an execution without an event.
			await stage.n8n.finishedExecutions(workflow.id, 2);
			await expectExecutions(stage, workflow, 2);
			await goByDefault(stage.server, environment);
		},
	);

	test('and is active although the CRM is down when n8n starts, refuses strangers then, and is well once the CRM is back', async () => {
		const workflow = await publish();
		theSubscription().isActive = false;
		stage.sandbox.faults.inject({ route: '.', kind: 'status-before', status: 503 });
		const asked = stage.sandbox.requests.length;
		await stage.server.restart();
		await aLook(asked);
		expect(await post(theSubscription(), JSON.stringify(newEvent()), {})).toEqual(REFUSED);
		expect(theSubscription().isActive).toBe(false);
		stage.sandbox.faults.clear();
		await until('a live subscription', 60_000, () => theSubscription().isActive || undefined);
		await expectExecutions(stage, workflow, 0);
	});
});

describe('After a restart of n8n', () => {
	test.each(registrations)(
		'that registers triggers %s there is still exactly the one subscription, genuine deliveries run and forged ones do not',
		async (_name, environment) => {
			const workflow = await publish();
			const before = { ...theSubscription() };
			await expectExecutions(stage, workflow, 0);

			const asked = stage.sandbox.requests.length;
			await stage.server.restart(environment);
			await aLook(asked);

			expect(await post(theSubscription(), JSON.stringify(newEvent()), {})).toEqual(REFUSED);
			await expectExecutions(stage, workflow, 1);
			expect(theSubscription()).toEqual({ ...before, description: expect.any(String) });
			await goByDefault(stage.server, environment);
		},
	);
});
