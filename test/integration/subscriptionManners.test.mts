// CRMs whose manners with subscriptions differ from what the contract says first: each has to hold exactly one, for good.
import { beforeEach, describe, expect, it } from '@jest/globals';

import type { Dialect } from '../../sandbox/dialect.mts';
import type { Fault } from '../../sandbox/faults.mts';
import { subscriptionsOf } from '../fixtures.mts';
import { forgetModules } from './engine.mts';
import { useTriggerStage } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write');
const { engine, sandbox } = stage;

/** The methods of the calls that made subscriptions or deleted them. */
const replacing = () =>
	sandbox.requests
		.filter(({ path, status }) => path.includes('subscriptions') && status !== null && status < 300)
		.filter(({ method }) => /POST|DELETE/.test(method))
		.map(({ method }) => method);

describe.each<Dialect['subscriptionUrlForm']>(['upper-case', 'other-scheme', 'masked', 'cut'])(
	'Where the list shows addresses %s, a subscription',
	(subscriptionUrlForm) => {
		beforeEach(() => {
			sandbox.setDialect({ subscriptionUrlForm });
		});

		it('is healthy, however often it is looked at, after a restart too', async () => {
			const both = await stage.publish();
			const { id } = stage.theSubscription();
			await stage.look(both.watch, 3);
			const { again } = await stage.restart(both, 10);
			await stage.look(again, 3);
			expect(stage.theSubscription()).toMatchObject({ id, isActive: true });
			expect(replacing()).toEqual(['POST']);
			expect([...both.watch.shown, ...again.shown]).toEqual([]);
			expect(await both.trigger.checkExists()).toBe(true);
		});

		it('is changed in place', async () => {
			const { trigger, watch } = await stage.publish();
			const { id } = stage.theSubscription();
			stage.theSubscription().isActive = false;
			await watch.tick();
			trigger.parameters.triggerOn = ['payment.failed'];
			await trigger.publish();
			expect(stage.theSubscription()).toMatchObject({
				id,
				isActive: true,
				eventTypes: ['payment.failed'],
			});
		});

		it('is deleted when the workflow is unpublished, and no other is', async () => {
			const { trigger } = await stage.publish();
			const other = await stage.publish();
			expect(await trigger.unpublish()).toBe(true);
			expect(stage.theSubscription().targetUrl).toBe(other.trigger.url());
		});

		it("is the original's, where its database was copied to another address", async () => {
			const { trigger } = await stage.publish();
			const copy = (await stage.engineWith(stage.credential.apiKey, 'http://127.0.0.1:5679')).trigger({
				triggerOn: ['lead.created'],
			});
			copy.restore(trigger.staticData());
			forgetModules();
			await copy.publish();
			await copy.unpublish();
			expect(stage.theSubscription().targetUrl).toBe(trigger.url());
		});
	},
);

it('Where the list masks addresses, one of an older key stays, and the log names it', async () => {
	sandbox.setDialect({ subscriptionUrlForm: 'masked' });
	const { trigger, watch } = await stage.publish();
	const [{ id } = { id: 0 }] = subscriptionsOf(sandbox);
	stage.credential.apiKey = sandbox.createKey(['webhooks:write']);
	await stage.look(watch, 3);
	expect(replacing()).toEqual(['POST', 'POST']);
	expect(trigger.logged.join('\n')).toContain(`subscription ${id} is left alone`);
});

it.each<Dialect['subscriptionUrlForm']>(['as-sent', 'upper-case', 'other-scheme'])(
	"Another trigger's subscription to which a CRM that was reset gives the old id, shown %s, is never touched",
	async (subscriptionUrlForm) => {
		const { trigger } = await stage.publish();
		const { id } = stage.theSubscription();
		sandbox.store.reset();
		const other = await stage.publish();
		expect(stage.theSubscription().id).toBe(id);
		sandbox.setDialect({ subscriptionUrlForm });
		await trigger.unpublish();
		expect(subscriptionsOf(sandbox)).toMatchObject([{ id, targetUrl: other.trigger.url() }]);
	},
);

describe.each<Dialect['subscriptionAddressTaken']>([400, 403, 409, 422])(
	'Where a second subscription to an address is refused with %s',
	(subscriptionAddressTaken) => {
		beforeEach(() => {
			sandbox.setDialect({ subscriptionAddressTaken });
		});

		it('one whose secret is lost is replaced by the first look', async () => {
			const { trigger, watch } = await stage.publish();
			await watch.close();
			trigger.crash();
			forgetModules();
			const again = await stage.start(trigger, 'init');
			await again.tick();
			expect(replacing().slice(-2)).toEqual(['DELETE', 'POST']);
			expect(await stage.deliver(trigger, stage.happen())).toBe(true);
			await stage.look(again, 10);
			expect(again.shown).toEqual([]);
		});

		it('one of an older key is replaced', async () => {
			const { trigger, watch } = await stage.publish();
			stage.credential.apiKey = sandbox.createKey(['webhooks:write']);
			await watch.tick();
			expect(replacing().slice(-2)).toEqual(['DELETE', 'POST']);
			expect(await stage.deliver(trigger, stage.happen())).toBe(true);
		});

		it('one that cannot be changed is replaced', async () => {
			const { trigger } = await stage.publish();
			sandbox.faults.inject({ route: 'PATCH', kind: 'status-before', status: 405 });
			trigger.parameters.triggerOn = ['payment.failed'];
			await trigger.publish();
			expect(stage.theSubscription().eventTypes).toEqual(['payment.failed']);
			expect(await stage.deliver(trigger, stage.happen('payment.failed'))).toBe(true);
		});

		it("somebody else's there stays, and publishing fails", async () => {
			const { trigger } = await stage.publish();
			const { id } = stage.theSubscription();
			// The list shows too little to tell whose it is.
			sandbox.setDialect({ subscriptionUrlForm: 'masked' });
			trigger.crash();
			forgetModules();
			await expect(trigger.publish()).rejects.toThrow('WhiteLabelCRO refused');
			expect(stage.theSubscription().id).toBe(id);
		});
	},
);

it.each<[string, Fault]>([
	['fails otherwise', { route: 'POST', kind: 'status-before', status: 500 }],
	['was refused by a proxy', { route: 'POST', kind: 'proxy-page', status: 403 }],
])('A subscription that is to be replaced stays if making another %s', async (_why, fault) => {
	const { trigger, watch } = await stage.publish();
	await watch.close();
	const { id } = stage.theSubscription();
	trigger.crash();
	forgetModules();
	sandbox.faults.inject(fault);
	await (await stage.start(trigger, 'init')).tick();
	expect(stage.theSubscription().id).toBe(id);
});

it('A new subscription that gets the id of one that was lost stays', async () => {
	const { trigger, watch } = await stage.publish();
	const { id } = stage.theSubscription();
	sandbox.store.reset();
	await watch.tick();
	expect(stage.theSubscription().id).toBe(id);
	expect(replacing()).toEqual(['POST', 'POST']);
	expect(await stage.deliver(trigger, stage.happen())).toBe(true);
});

describe.each<Dialect['subscriptionPages']>([
	'cursor',
	'more-flag',
	'next-cursor',
	'next-url',
	'page-number',
	'link-header',
])('Where the list comes in pages (%s), a subscription', (subscriptionPages) => {
	it.each<Partial<Dialect>>([
		{ subscriptionListWrapper: 'bare', subscriptionFields: 'camelCase' },
		{ subscriptionListWrapper: 'data', subscriptionFields: 'snake_case', subscriptionIdType: 'string' },
	])('on the third page is found, kept and deleted: %j', async (dialect) => {
		sandbox.setDialect({ ...dialect, subscriptionPages, subscriptionsPageSize: 2 });
		for (let i = 0; i < 4; i++) await engine.trigger({ triggerOn: ['lead.created'] }).publish();
		const { trigger, watch } = await stage.publish();
		await stage.look(watch, 3);
		await trigger.publish();
		expect(replacing()).toEqual(Array(5).fill('POST'));
		expect(watch.shown).toEqual([]);
		const listed = await engine.execute({
			resource: 'webhookSubscription',
			operation: 'getMany',
			returnAll: true,
		});
		expect(listed).toHaveLength(5);
		expect(await trigger.unpublish()).toBe(true);
		expect(subscriptionsOf(sandbox).map(({ targetUrl }) => targetUrl)).not.toContain(trigger.url());
		expect(subscriptionsOf(sandbox)).toHaveLength(4);
	});

	it('on the first page is kept if further pages are refused', async () => {
		sandbox.setDialect({ subscriptionPages, subscriptionsPageSize: 1 });
		const { watch } = await stage.publish();
		await engine.trigger({ triggerOn: ['lead.created'] }).publish();
		sandbox.faults.inject({ route: 'GET .*subscriptions', kind: 'status-before', status: 400, every: 2 });
		await stage.look(watch, 3);
		expect(replacing()).toEqual(['POST', 'POST']);
		expect(watch.shown).toEqual([]);
	});
});
