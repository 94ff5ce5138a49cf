// CRMs whose manners with subscriptions differ from what the contract says first: each has to hold exactly one, for good.
import { beforeEach, describe, expect, it } from '@jest/globals';

import type { Dialect } from '../../sandbox/dialect.mts';
import { subscriptionsOf } from '../fixtures.mts';
import { forgetModules } from './engine.mts';
import { useTriggerStage } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write');
const { sandbox } = stage;

/** The methods of the calls that make subscriptions or delete them. */
const replacing = () =>
	sandbox.requests
		.filter(({ method, path }) => /POST|DELETE/.test(method) && path.includes('subscriptions'))
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
