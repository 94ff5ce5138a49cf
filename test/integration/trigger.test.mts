import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { signDelivery, signatureForms } from '../../sandbox/deliveries/signature.mts';
import type { Dialect } from '../../sandbox/dialect.mts';
import { onlySubscriptionOf } from '../fixtures.mts';
import { dialects } from './dialects.mts';
import { forgetModules, startEngine } from './engine.mts';
import type { Trigger } from './trigger.mts';
import { useStage } from './stage.mts';

const TYPES = ['client.created', 'lead.created'];

const { sandbox, engine, engineWith } = useStage();

const held = () => [...sandbox.store.subscriptions.values()];

/** That publishing once more, as at a start of n8n, changes nothing. */
async function expectSettled(trigger: Trigger): Promise<void> {
	const before = structuredClone(held());
	await trigger.publish();
	expect(held()).toEqual(before);
}

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
		await expectSettled(trigger);
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
		expect(trigger.logged).toEqual([
			expect.stringMatching(/being turned back on|to turn the subscription on/),
		]);
		await expectSettled(trigger);
	});

	it('publishing stores a secret again that something else in the workflow has overwritten', async () => {
		const [known] = held();
		trigger.crash();
		await trigger.publish();
		expect(held()).toEqual([known]);
		await expectSettled(trigger);
	});

	it('publishing replaces a subscription whose secret is lost', async () => {
		const [lost] = held();
		trigger.crash();
		forgetModules();
		await trigger.publish();
		expect(held()).toHaveLength(1);
		expect(held()[0]?.id).not.toBe(lost?.id);
		await expectSettled(trigger);
	});

	it('a subscription that the list does not show is deleted all the same, by unpublishing and by publishing again', async () => {
		const hide = () =>
			jest.spyOn(sandbox.store.subscriptions, 'values').mockReturnValue([][Symbol.iterator]());
		const hidden = hide();
		await trigger.publish();
		hidden.mockRestore();
		await expectSettled(trigger);
		const hiddenAgain = hide();
		expect(await trigger.unpublish()).toBe(true);
		hiddenAgain.mockRestore();
		expect(held()).toEqual([]);
	});

	it('listening for a test event has a subscription of its own beside the published one', async () => {
		const [production] = held();
		await trigger.publish('manual');
		expect(held()).toHaveLength(2);
		await trigger.unpublish('manual');
		expect(held()).toEqual([production]);
		await expectSettled(trigger);
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

		it('with a secret that has the prefix of Standard Webhooks starts the workflow, and with another none', async () => {
			sandbox.setDialect({ subscriptionSecretForm: 'whsec' });
			await trigger.unpublish();
			await trigger.publish();
			secret = held()[0]?.secret ?? '';
			expect(secret).toMatch(/^whsec_/);
			const body = JSON.stringify(envelope);
			expect(await trigger.deliver(request(body))).toHaveProperty('returned.workflowData');
			const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
			expect(await trigger.deliver(request(body, body, other))).toMatchObject({ answered: { status: 401 } });
		});

		if (form.signed === 'body') return;
		it('sent again with what was signed before its body moved into it gets 401 and starts no execution', async () => {
			const body = JSON.stringify(envelope);
			const { headers } = request(body);
			expect(await trigger.deliver({ headers, rawBody: Buffer.from(body) })).toHaveProperty(
				'returned.workflowData',
			);
			const { [form.header]: value = '' } = headers;
			const timestamp = 'timestampHeader' in form ? headers[form.timestampHeader] : /\d{10}/.exec(value)?.[0];
			const before = form.signed === 'timestamp.body' ? `${timestamp}.` : `d-1.${timestamp}.`;
			const moved = { headers: { [form.header]: value }, rawBody: Buffer.from(before + body) };
			expect(await trigger.deliver(moved)).toMatchObject({ answered: { status: 401 } });
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
			expect(outcome).toEqual({ returned: { webhookResponse: 'Ignored: Trigger On' } });
		});

		it.each(['{}', '{"id":1}', '{"type":"lead.created"}', '{not json'])(
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

it.each([
	'lead.created',
	'{{ "lead.created" }}',
	'{{ ["lead.created"] }}',
	'{{ "lead.created, , payment.failed" }}',
])(
	"'Trigger On' given by the expression %s is one subscription for the events that it names",
	async (expression) => {
		const trigger = engine.trigger({ triggerOn: `=${expression}` });
		await trigger.publish();
		const types = ['lead.created', ...(expression.includes('payment') ? ['payment.failed'] : [])];
		expect(held()).toMatchObject([{ eventTypes: types }]);
		await expectSettled(trigger);
	},
);

describe('a trigger that cannot subscribe', () => {
	const publishWith = async (apiKey: string, triggerOn = ['*']) => {
		const other = await engineWith(apiKey);
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
			// The toast shows nothing else.
			message: expect.stringMatching(
				/^The API key lacks the scope 'webhooks:write'\. .*create a new key with 'webhooks:write' and every scope you already use/,
			),
		});
	});

	it('asks for an event when none is chosen, before any call', async () => {
		await expect(publishWith(sandbox.apiKey, [])).rejects.toMatchObject({
			message: expect.stringMatching(/^No event is chosen under 'Trigger On'\. ./),
		});
		expect(sandbox.requests.filter(({ method }) => method === 'POST')).toEqual([]);
	});

	it.each([
		['http://n8n.example.com', 'http://n8n.example.com'],
		['https://n8n', 'https://n8n'],
		['https://100.64.1.2:5678', 'https://100.64.1.2:5678'],
		['https://user:password@192.168.1.5', 'https://192.168.1.5'],
		['n8n.example.com', 'n8n.example.com'],
		['n8n.example.com/n8n', 'n8n.example.com/n8n'],
		['n8n.example.com:5678', 'n8n.example.com:5678'],
		['//n8n.example.com', '//n8n.example.com'],
		['"https://n8n.example.com"', '"https://n8n.example.com"'],
		['https:/n8n.example.com', 'https:/n8n.example.com'],
	])(
		'says how to make n8n reachable when a real CRM could not deliver to %s, before any call',
		async (address, shown) => {
			const engine = await startEngine({ apiKey: 'x', baseUrl: 'https://crm.invalid' }, address);
			await expect(engine.trigger({ triggerOn: ['*'] }).publish()).rejects.toMatchObject({
				message: expect.stringContaining(
					`WhiteLabelCRO cannot deliver events to ${shown}: N8N_WEBHOOK_URL must be a public address that starts with https://`,
				),
				description: expect.stringContaining('WEBHOOK_URL in older versions'),
			});
		},
	);

	it('says so of an address without a scheme to the sandbox, too', async () => {
		const engine = await engineWith(sandbox.apiKey, 'localhost:5678');
		await expect(engine.trigger({ triggerOn: ['*'] }).publish()).rejects.toThrow(
			'cannot deliver events to localhost:5678: N8N_WEBHOOK_URL',
		);
		expect(sandbox.requests.filter(({ method }) => method === 'POST')).toEqual([]);
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
	const other = await engineWith(apiKey);
	const trigger = other.trigger({ triggerOn: TYPES });
	await trigger.publish();
	sandbox.revokeKey(apiKey);
	const body = '{"id":1,"type":"lead.created","payload":{}}';
	const headers = signDelivery(signatureForms[0], held()[0]?.secret ?? '', body, { timestamp: 1, id: '1' });
	const outcome = await trigger.deliver({ headers, rawBody: Buffer.from(body) });
	expect(outcome.returned.workflowData).toBeDefined();
});

describe('a change that the API refuses', () => {
	it.each([400, 404, 405, 422])(
		'with %d leads to a new subscription, made before the old one goes',
		async (status) => {
			const trigger = engine.trigger({ triggerOn: TYPES });
			await trigger.publish();
			const { id } = onlySubscriptionOf(sandbox);
			const before = sandbox.requests.length;
			sandbox.faults.inject({ route: 'PATCH .*subscriptions', kind: 'status-before', status });
			trigger.parameters.triggerOn = ['payment.failed'];
			await trigger.publish();
			expect(onlySubscriptionOf(sandbox)).toMatchObject({ isActive: true, eventTypes: ['payment.failed'] });
			expect(onlySubscriptionOf(sandbox).id).not.toBe(id);
			const writes = sandbox.requests
				.slice(before)
				.map(({ method }) => method)
				.filter((method) => /POST|DELETE/.test(method));
			expect(writes).toEqual(['POST', 'DELETE']);
			expect(trigger.logged).toEqual([expect.stringContaining(`did not let subscription ${id} be changed`)]);
			await expectSettled(trigger);
		},
	);
});

describe('a URL that the CRM reads back in another form', () => {
	it.each<Dialect['subscriptionUrlForm']>(['as-sent', 'normalized', 'trailing-slash'])(
		"(%s) is still this trigger's, and is not replaced at each publication",
		async (subscriptionUrlForm) => {
			sandbox.setDialect({ subscriptionUrlForm });
			const n8n = await engineWith(sandbox.apiKey, 'http://LocalHost:80');
			const trigger = n8n.trigger({ triggerOn: TYPES });
			await trigger.publish();
			await expectSettled(trigger);
			expect(await trigger.unpublish()).toBe(true);
			expect(held()).toEqual([]);
		},
	);
});

describe('the words of a state', () => {
	it.each<Dialect['subscriptionStateWords']>([
		'active/disabled',
		'healthy/paused',
		'ok/failed',
		'running/stopped',
		'enabled_by_user/disabled_by_system',
		'on/off',
	])('%s are understood', async (subscriptionStateWords) => {
		sandbox.setDialect({
			subscriptionStateKey: 'status',
			subscriptionStateWords,
			subscriptionReenable: 'ignored',
		});
		const trigger = engine.trigger({ triggerOn: TYPES });
		await trigger.publish();
		expect(await trigger.checkExists()).toBe(true);
		onlySubscriptionOf(sandbox).isActive = false;
		await trigger.publish();
		expect(onlySubscriptionOf(sandbox).isActive).toBe(true);
	});

	it('that nobody knows are told to the log, and the subscription is switched on in any case, and kept', async () => {
		sandbox.setDialect({ subscriptionStateKey: 'status', subscriptionStateWords: 'lively/weary' });
		const trigger = engine.trigger({ triggerOn: TYPES });
		await trigger.publish();
		const { id } = onlySubscriptionOf(sandbox);
		onlySubscriptionOf(sandbox).isActive = false;
		await trigger.publish();
		expect(onlySubscriptionOf(sandbox)).toMatchObject({ id, isActive: true });
		expect(trigger.logged).toEqual([expect.stringContaining('reports "lively" as the state')]);
	});
});

describe('a database that was copied to another n8n', () => {
	let production: Trigger;
	let copy: Trigger;

	beforeEach(async () => {
		production = engine.trigger({ triggerOn: TYPES });
		await production.publish();
		const staging = await engineWith(sandbox.apiKey, 'http://127.0.0.1:5679');
		copy = staging.trigger({ triggerOn: TYPES });
		copy.restore(production.staticData());
	});

	it('unpublished there deletes nothing, and the log says so', async () => {
		const before = structuredClone(held());
		await copy.unpublish();
		expect(held()).toEqual(before);
		expect(copy.logged).toEqual([
			expect.stringMatching(
				/subscription 501 is left alone: it delivers to 127\.0\.0\.1:\d+, .* copied from/,
			),
		]);
	});

	it('published there gets a subscription of its own, and leaves the first alone, and the log says so', async () => {
		const [first] = structuredClone(held());
		await copy.publish();
		expect(held()).toMatchObject([{ targetUrl: production.url() }, { targetUrl: copy.url() }]);
		expect(held()[0]).toEqual(first);
		expect(copy.logged).toEqual([expect.stringContaining('subscription 501 is left alone')]);
		await copy.unpublish();
		expect(held()).toEqual([first]);
		await expectSettled(production);
	});

	it('by an n8n that the CRM cannot reach takes nothing from the first, though publishing fails', async () => {
		const before = structuredClone(held());
		sandbox.setDialect({ requirePublicHttps: true });
		await expect(copy.publish()).rejects.toThrow();
		expect(held()).toEqual(before);
	});

	// It looks the same from there, so the same is done.
	it('because n8n moved, leaves the old subscription to a person, whom the log tells what to do', async () => {
		await copy.publish();
		expect(copy.logged).toEqual([
			expect.stringMatching(/used to have that address, delete .* 'Webhook Subscription: Delete'/),
		]);
	});
});

describe('a credential that was switched to another account', () => {
	const credential = { apiKey: '', baseUrl: '' };
	let trigger: Trigger;
	let first: ReturnType<typeof onlySubscriptionOf>;

	beforeEach(async () => {
		Object.assign(credential, { apiKey: sandbox.apiKey, baseUrl: sandbox.url });
		trigger = (await startEngine(credential)).trigger({ triggerOn: TYPES });
		await trigger.publish();
		first = onlySubscriptionOf(sandbox);
		credential.apiKey = sandbox.createKey(['webhooks:write']);
		const foreign = { ...first, targetUrl: 'https://elsewhere.example.com/hook', secret: 'x' };
		sandbox.store.subscriptions.set(first.id, foreign);
	});

	it("leaves alone somebody else's subscription that has the same id there, and the log says where the old one is", async () => {
		const foreign = structuredClone(held());
		await trigger.unpublish();
		expect(held()).toEqual(foreign);
		expect(trigger.logged).toEqual([
			expect.stringMatching(/501 is left alone: it was created at http:.* with another API key/),
		]);
	});

	it('deletes nothing by its id alone when the subscriptions cannot be listed', async () => {
		const foreign = structuredClone(held());
		sandbox.faults.inject({ route: 'GET .*subscriptions', kind: 'status-before', status: 403 });
		expect(await trigger.unpublish()).toBe(false);
		expect(held()).toEqual(foreign);
		expect(trigger.logged).toEqual([expect.stringContaining('The last one known is 501')]);
	});

	it("never takes one account's secret for that of the other's subscription with the same id", async () => {
		// Both accounts number from the same beginning: this trigger's is 501 in each.
		sandbox.store.subscriptions.clear();
		await trigger.publish();
		const [second] = held();
		if (second === undefined) throw new Error('There is no subscription');
		sandbox.store.subscriptions.clear();
		sandbox.store.subscriptions.set(second.id, { ...first, id: second.id });
		credential.apiKey = sandbox.apiKey;
		await trigger.publish();
		expect(JSON.stringify(trigger.staticData())).toContain(onlySubscriptionOf(sandbox).secret);
	});
});

it('a new key of the same account replaces the subscription once', async () => {
	const credential = { apiKey: sandbox.apiKey, baseUrl: sandbox.url };
	const trigger = (await startEngine(credential)).trigger({ triggerOn: TYPES });
	await trigger.publish();
	credential.apiKey = sandbox.createKey(['webhooks:write']);
	await trigger.publish();
	expect(JSON.stringify(trigger.staticData())).toContain(onlySubscriptionOf(sandbox).secret);
	expect(trigger.logged).toEqual([]);
	await expectSettled(trigger);
});

it('static data of an early version, id and secret alone, goes on to serve', async () => {
	const trigger = engine.trigger({ triggerOn: TYPES });
	await trigger.publish();
	const { id, secret } = onlySubscriptionOf(sandbox);
	const [node] = Object.keys(trigger.staticData());
	trigger.restore({ [node ?? '']: { subscription: { id: String(id), secret } } });
	await expectSettled(trigger);
	expect(await trigger.unpublish()).toBe(true);
	expect(held()).toEqual([]);
});
