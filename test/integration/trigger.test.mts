import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { signDelivery, signatureForms } from '../../sandbox/deliveries/signature.mts';
import { startSandbox } from '../../sandbox/server.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import { PLENTY } from '../fixtures.mts';
import { dialects } from './dialects.mts';
import { startEngine } from './engine.mts';
import type { Engine } from './engine.mts';
import type { Trigger } from './trigger.mts';

const TYPES = ['client.created', 'lead.created'];

let sandbox: Sandbox;
let engine: Engine;

beforeAll(async () => {
	sandbox = await startSandbox({ limits: PLENTY });
	engine = await startEngine({ apiKey: sandbox.apiKey, baseUrl: sandbox.url });
});
beforeEach(() => {
	sandbox.reset();
	sandbox.setLimits(PLENTY);
});
afterAll(() => sandbox.close());

const held = () => [...sandbox.store.subscriptions.values()];

describe.each(dialects)('on an account with %s', (_name, dialect) => {
	let trigger: Trigger;

	beforeEach(async () => {
		sandbox.setDialect(dialect);
		trigger = engine.trigger({ triggerOn: TYPES });
		await trigger.publish();
	});

	it('publishing creates one subscription for exactly the chosen events', () => {
		expect(held()).toMatchObject([{ isActive: true }]);
		expect(new Set(held()[0]?.eventTypes)).toEqual(new Set(TYPES));
		expect(held()[0]?.targetUrl).toBe(trigger.url());
		expect(held()[0]?.description).toMatch(/n8n workflow "Under test" \(workflow-\d+\), production/);
	});

	it('publishing again, as at every start of n8n, changes nothing', async () => {
		const before = held();
		await trigger.publish();
		expect(held()).toEqual(before);
	});

	it('unpublishing removes the subscription and its secret', async () => {
		expect(await trigger.unpublish()).toBe(true);
		expect(held()).toEqual([]);
		expect(JSON.stringify(trigger.staticData())).not.toContain('secret');
	});

	it('publishing with other events leaves one subscription for exactly those', async () => {
		trigger.parameters.triggerOn = ['payment.failed'];
		await trigger.publish();
		expect(held()).toMatchObject([{ isActive: true, eventTypes: ['payment.failed'] }]);
	});

	it('publishing switches on what the circuit breaker switched off', async () => {
		for (const subscription of held()) subscription.isActive = false;
		await trigger.publish();
		expect(held()).toMatchObject([{ isActive: true }]);
		expect(trigger.logged).toEqual([expect.stringContaining('it is switched on again')]);
		expect(await trigger.checkExists()).toBe(true);
	});

	it('publishing replaces a subscription whose secret is lost', async () => {
		const [lost] = held();
		const other = engine.trigger({ triggerOn: TYPES });
		await other.publish();
		expect(held()).toHaveLength(1);
		expect(held()[0]?.id).not.toBe(lost?.id);
		expect(await other.checkExists()).toBe(true);
	});

	it('listening for a test event has a subscription of its own beside the published one', async () => {
		const [production] = held();
		await trigger.publish('manual');
		expect(held()).toHaveLength(2);
		await trigger.unpublish('manual');
		expect(held()).toEqual([production]);
		expect(await trigger.checkExists()).toBe(true);
	});

	it('subscriptions of others are left alone', async () => {
		const [own] = held();
		if (own === undefined) throw new Error('There is no subscription');
		const foreign = { ...own, id: 9999, targetUrl: 'https://elsewhere.example.com/hook' };
		sandbox.store.subscriptions.set(foreign.id, foreign);
		await trigger.publish();
		await trigger.unpublish();
		expect(held()).toEqual([foreign]);
	});
});

describe.each(signatureForms.map((form) => [form.name, form] as const))(
	'a delivery signed as %s',
	(_name, form) => {
		const envelope = {
			id: 45_678,
			type: 'lead.created',
			createdUtc: '2026-01-28T10:30:00Z',
			companyId: 92,
			payload: { client_id: 12_345, first_name: 'Zoë 🎉' },
		};
		let trigger: Trigger;
		let secret: string;

		beforeEach(async () => {
			trigger = engine.trigger({ triggerOn: TYPES });
			await trigger.publish();
			secret = held()[0]?.secret ?? '';
		});

		const request = (body: string, signedBody = body, key = secret) => ({
			headers: signDelivery(form, key, signedBody, { timestamp: Math.floor(Date.now() / 1000), id: 'd-1' }),
			rawBody: Buffer.from(body),
		});

		it('starts the workflow with the envelope unchanged', async () => {
			const outcome = await trigger.deliver(request(JSON.stringify(envelope)));
			expect(outcome).toEqual({ returned: { workflowData: [[{ json: envelope }]] } });
		});

		it('over other bytes gets 401 and starts no execution', async () => {
			const body = JSON.stringify(envelope);
			const outcome = await trigger.deliver(request(body.replace('12345', '12346'), body));
			expect(outcome).toEqual({
				answered: { status: 401, body: 'Unauthorized' },
				returned: { noWebhookResponse: true },
			});
		});

		it('with another secret gets 401 and starts no execution', async () => {
			const body = JSON.stringify(envelope);
			const outcome = await trigger.deliver(request(body, body, Buffer.alloc(32, 7).toString('base64')));
			expect(outcome).toEqual({
				answered: { status: 401, body: 'Unauthorized' },
				returned: { noWebhookResponse: true },
			});
		});

		it('of an event that is not wanted gets 200 and starts no execution', async () => {
			const outcome = await trigger.deliver(request(JSON.stringify({ ...envelope, type: 'payment.failed' })));
			expect(outcome).toEqual({ returned: { webhookResponse: 'OK' } });
		});

		it.each(['[]', '"text"', '{"id":1}', '{"type":"lead.created"}', 'not json'])(
			'but with the body %s gets 400 and starts no execution',
			async (body) => {
				const outcome = await trigger.deliver(request(body));
				expect(outcome).toEqual({
					answered: { status: 400, body: 'Bad Request' },
					returned: { noWebhookResponse: true },
				});
			},
		);
	},
);

describe('a trigger that cannot subscribe', () => {
	const publishWith = async (apiKey: string, triggerOn = ['*']) => {
		const other = await startEngine({ apiKey, baseUrl: sandbox.url });
		await other.trigger({ triggerOn }).publish();
	};

	it('says that the key was refused, in a message that stops n8n from trying for ever', async () => {
		await expect(publishWith('wlcro_live_92_wrong')).rejects.toMatchObject({
			message: expect.stringContaining('Authorization'),
			description: expect.stringContaining('Settings > Integrations > API Keys'),
		});
	});

	it('names the missing scope', async () => {
		await expect(publishWith(sandbox.createKey(['events:read', 'integrations:read']))).rejects.toMatchObject({
			message: "The API key lacks the scope 'webhooks:write'",
		});
	});

	it('asks for an event when none is chosen, before any call', async () => {
		await expect(publishWith(sandbox.apiKey, [])).rejects.toMatchObject({
			message: "No event is chosen under 'Trigger On'",
		});
		expect(sandbox.requests.filter(({ method }) => method === 'POST')).toEqual([]);
	});

	it('says how to make n8n reachable when a real CRM could not deliver to its address, before any call', async () => {
		const engine = await startEngine({ apiKey: 'x', baseUrl: 'https://crm.invalid' });
		await expect(engine.trigger({ triggerOn: ['*'] }).publish()).rejects.toMatchObject({
			message: expect.stringContaining('public address that begins with https://'),
			description: expect.stringContaining('N8N_WEBHOOK_URL'),
		});
	});
});

describe('a delivery for which no secret is known', () => {
	it('gets 401 and starts no execution, whatever its signature', async () => {
		const trigger = engine.trigger({ triggerOn: ['*'] });
		const [form] = signatureForms;
		const headers = signDelivery(form, '', '{}', { timestamp: 1, id: '1' });
		const outcome = await trigger.deliver({ headers, rawBody: Buffer.from('{}') });
		expect(outcome).toEqual({
			answered: { status: 401, body: 'Unauthorized' },
			returned: { noWebhookResponse: true },
		});
	});
});

it('a subscription that cannot be deleted stays known, is reported, and is cleaned up by the next publication', async () => {
	const trigger = engine.trigger({ triggerOn: TYPES });
	await trigger.publish();
	sandbox.faults.inject({ route: 'DELETE .*subscriptions', kind: 'status-before', times: 3 });
	expect(await trigger.unpublish()).toBe(false);
	expect(JSON.stringify(trigger.staticData())).toContain('secret');
	await trigger.publish();
	expect(held()).toHaveLength(1);
	expect(await trigger.unpublish()).toBe(true);
	expect(held()).toEqual([]);
});

it('a creation whose answer was lost leaves nothing behind', async () => {
	const trigger = engine.trigger({ triggerOn: TYPES });
	sandbox.faults.inject({ route: 'POST .*subscriptions', kind: 'reset-after', times: 1 });
	await expect(trigger.publish()).rejects.toThrow();
	expect(held()).toEqual([]);
	await trigger.publish();
	expect(held()).toHaveLength(1);
});

it('a changed or revoked API key does not break the verification: the secret is that of the subscription', async () => {
	const apiKey = sandbox.createKey(['webhooks:write']);
	const other = await startEngine({ apiKey, baseUrl: sandbox.url });
	const trigger = other.trigger({ triggerOn: TYPES });
	await trigger.publish();
	sandbox.revokeKey(apiKey);
	const body = '{"id":1,"type":"lead.created","payload":{}}';
	const headers = signDelivery(signatureForms[0], held()[0]?.secret ?? '', body, { timestamp: 1, id: '1' });
	const outcome = await trigger.deliver({ headers, rawBody: Buffer.from(body) });
	expect(outcome.returned.workflowData).toBeDefined();
});
