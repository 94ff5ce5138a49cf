import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Fault } from '../../sandbox/faults.mts';
import { startSandbox } from '../../sandbox/server.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import { PLENTY } from '../fixtures.mts';
import { dialects } from './dialects.mts';
import { startEngine } from './engine.mts';
import type { Engine } from './engine.mts';

const FOREIGN_ID = 999_999;

let sandbox: Sandbox;
let engine: Engine;

beforeAll(async () => {
	sandbox = await startSandbox({ limits: PLENTY });
	engine = await startEngine({ apiKey: sandbox.apiKey, baseUrl: sandbox.url });
});
afterAll(() => sandbox.close());

/** Failures of one call that are not repeated, so that they reach the trigger. */
const fault = fc.constantFrom<Fault>(
	{ route: 'GET .*/subscriptions', kind: 'status-before', status: 403, times: 1 },
	{ route: 'POST .*/subscriptions', kind: 'status-before', status: 500, times: 1 },
	{ route: 'POST .*/subscriptions', kind: 'status-after', status: 500, times: 1 },
	{ route: 'POST .*/subscriptions', kind: 'reset-after', times: 1 },
	{ route: 'POST .*/subscriptions', kind: 'garbage', times: 1 },
	{ route: 'PATCH .*/subscriptions', kind: 'status-before', status: 403, times: 1 },
	{ route: 'PATCH .*/subscriptions', kind: 'status-after', status: 403, times: 1 },
	{ route: 'DELETE .*/subscriptions', kind: 'status-before', status: 403, times: 1 },
	{ route: 'DELETE .*/subscriptions', kind: 'status-after', status: 403, times: 1 },
);

const step = fc.oneof(
	fc.record({ does: fc.constantFrom('publish', 'unpublish'), faults: fc.array(fault, { maxLength: 2 }) }),
	fc.record({
		does: fc.constant('edit'),
		types: fc.constantFrom(['lead.created'], ['client.created', 'payment.failed'], ['*']),
	}),
	fc.record({ does: fc.constantFrom('crash', 'breaker', 'vanish') }),
);

it.each(dialects)(
	'on an account with %s, whatever happened before, a published trigger has exactly one live subscription and an unpublished one none',
	async (_name, dialect) => {
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
				sandbox.reset();
				sandbox.setLimits(PLENTY);
				sandbox.setDialect(dialect);
				const trigger = engine.trigger({ triggerOn: ['lead.created'] });
				const foreign = {
					id: FOREIGN_ID,
					targetUrl: `${trigger.url()}/elsewhere`,
					eventTypes: ['lead.created' as const],
					isActive: true,
					secret: 'x',
					description: null,
					consecutiveFailures: 0,
					createdUtc: '2026-01-01T00:00:00Z',
				};
				const { subscriptions } = sandbox.store;
				subscriptions.set(FOREIGN_ID, foreign);
				const own = () => [...subscriptions.values()].filter(({ id }) => id !== FOREIGN_ID);

				for (const { does, ...details } of steps) {
					if ('faults' in details) for (const each of details.faults) sandbox.faults.inject(each);
					if ('types' in details) trigger.parameters.triggerOn = [...details.types];
					if (does === 'publish') await trigger.publish().catch(() => undefined);
					if (does === 'unpublish') await trigger.unpublish();
					if (does === 'crash') trigger.crash();
					if (does === 'breaker') for (const subscription of own()) subscription.isActive = false;
					if (does === 'vanish') for (const { id } of own()) subscriptions.delete(id);
					sandbox.faults.clear();
				}

				await trigger.publish();
				const [live, ...others] = own();
				expect(others).toEqual([]);
				expect(live).toMatchObject({ isActive: true, targetUrl: trigger.url() });
				expect(await trigger.checkExists()).toBe(true);
				expect(JSON.stringify(trigger.staticData())).toContain(JSON.stringify(live?.secret));

				expect(await trigger.unpublish()).toBe(true);
				expect(own()).toEqual([]);
				expect(subscriptions.get(FOREIGN_ID)).toEqual(foreign);
			}),
			{ numRuns: 40 },
		);
	},
	60_000,
);
