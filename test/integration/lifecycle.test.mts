import { beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';

import type { Fault } from '../../sandbox/faults.mts';
import type { Subscription } from '../../sandbox/store/model.mts';
import { PLENTY, subscriptionsOf } from '../fixtures.mts';
import { dialects } from './dialects.mts';
import { forgetModules, startEngine } from './engine.mts';
import type { Engine } from './engine.mts';
import type { Trigger } from './trigger.mts';
import { useStage } from './stage.mts';

const { sandbox, credential } = useStage();
/** Two n8n with one credential; what is copied from one to the other is a staging copy, or a move to another address. */
let engines: Engine[];

beforeAll(async () => {
	engines = [
		await startEngine(credential, 'http://127.0.0.1:5678'),
		await startEngine(credential, 'http://127.0.0.1:5679'),
	];
});

/** A change that the API will not make: publishing has to succeed all the same. */
const refusedChange = fc
	.constantFrom(400, 404, 405, 422)
	.map((status): Fault => ({ route: 'PATCH .*/subscriptions', kind: 'status-before', status }));

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

const n8n = fc.constantFrom(0, 0, 1);
const step = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({
			does: fc.constantFrom('publish' as const, 'unpublish' as const),
			n8n,
			faults: fc.array(fault, { maxLength: 2 }),
		}),
	},
	{
		weight: 3,
		arbitrary: fc.record({ does: fc.constant('publish' as const), n8n, faults: fc.tuple(refusedChange) }),
	},
	{
		weight: 3,
		arbitrary: fc.record({
			does: fc.constant('edit' as const),
			types: fc.constantFrom(['lead.created'], ['client.created', 'payment.failed'], ['*']),
		}),
	},
	fc.record({ does: fc.constantFrom('crash' as const, 'copy' as const), n8n }),
	fc.record({ does: fc.constantFrom('breaker' as const, 'vanish' as const, 'switch' as const) }),
);

const FOREIGN_URL = 'https://elsewhere.example.com/hook';

const foreign = (id: number): Subscription => ({
	id,
	targetUrl: FOREIGN_URL,
	eventTypes: ['lead.created'],
	isActive: true,
	secret: 'x',
	description: null,
	consecutiveFailures: 0,
	createdUtc: '2026-01-01T00:00:00Z',
});

/** Two accounts on the host of the sandbox, which knows only one: the other waits here. */
class Accounts {
	private other = { apiKey: sandbox.createKey(['webhooks:write']), subscriptions: [foreign(999_999)] };

	constructor() {
		credential.apiKey = sandbox.apiKey;
		for (const each of this.other.subscriptions) sandbox.store.subscriptions.set(each.id, foreign(each.id));
	}

	/** Gives the credential the other account's key. What one account holds, the other may hold another under the same id. */
	switch(): void {
		const left = { apiKey: credential.apiKey, subscriptions: subscriptionsOf(sandbox) };
		const { apiKey, subscriptions } = this.other;
		this.other = left;
		credential.apiKey = apiKey;
		sandbox.store.subscriptions.clear();
		for (const { id } of left.subscriptions) sandbox.store.subscriptions.set(id, foreign(id));
		for (const each of subscriptions) sandbox.store.subscriptions.set(each.id, each);
	}

	/** The subscriptions of the account that the credential's key is of. */
	here(): Subscription[] {
		return subscriptionsOf(sandbox);
	}

	/** Copies of all subscriptions except those that a trigger may change. */
	notOf(trigger: Trigger): Subscription[] {
		const others = this.here().filter(({ targetUrl }) => targetUrl !== trigger.url());
		return structuredClone([...others, ...this.other.subscriptions]);
	}

	/** Those that one of the triggers made, in both accounts. */
	made(): Subscription[] {
		return [...this.here(), ...this.other.subscriptions].filter(({ targetUrl }) => targetUrl !== FOREIGN_URL);
	}
}

/** What a trigger's static data says of its subscription. */
function stored(trigger: Trigger): { number: number; secret: string } | undefined {
	const [data] = Object.values(trigger.staticData()) as Array<{ subscription?: IDataObject }>;
	if (data?.subscription === undefined) return undefined;
	const { id, secret } = data.subscription as { id: string; secret: string };
	return { number: Number(id.replace('sub_', '')), secret };
}

/** Publishes or unpublishes, and checks what has to hold however that ends. */
async function run(accounts: Accounts, trigger: Trigger, action: () => Promise<unknown>): Promise<void> {
	const others = accounts.notOf(trigger);
	const before = stored(trigger);
	trigger.logged.length = 0;
	await action();
	expect(accounts.notOf(trigger)).toEqual(others);
	// What is forgotten is gone, or the log says what became of it.
	const forgotten = accounts
		.made()
		.filter(({ id }) => id === before?.number && id !== stored(trigger)?.number);
	for (const { id } of forgotten) expect(trigger.logged.join('\n')).toMatch(new RegExp(`\\b(sub_)?${id}\\b`));
}

it.each(dialects)(
	'on an account with %s, whatever happened before, a published trigger has exactly one live subscription and an unpublished one none, and no other is touched',
	async (_name, dialect) => {
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 12, size: 'max' }), async (steps) => {
				sandbox.reset();
				sandbox.setLimits(PLENTY);
				sandbox.setDialect(dialect);
				const accounts = new Accounts();
				const triggers = engines.map((engine) => engine.trigger({ triggerOn: ['lead.created'] }));
				const own = (trigger: Trigger) =>
					accounts.here().filter(({ targetUrl }) => targetUrl === trigger.url());

				for (const each of steps) {
					const [trigger, copy] = ('n8n' in each && each.n8n === 1 ? triggers.toReversed() : triggers) as [
						Trigger,
						Trigger,
					];
					switch (each.does) {
						case 'publish': {
							for (const fault of each.faults) sandbox.faults.inject(fault);
							const mayFail = each.faults.some(({ times }) => times !== undefined);
							await run(accounts, trigger, async () => {
								await trigger.publish().catch((error: unknown) => {
									if (!mayFail) throw error;
								});
							});
							break;
						}
						case 'unpublish':
							for (const fault of each.faults) sandbox.faults.inject(fault);
							await run(accounts, trigger, () => trigger.unpublish());
							break;
						case 'edit':
							for (const { parameters } of triggers) parameters.triggerOn = [...each.types];
							break;
						case 'crash':
							trigger.crash();
							forgetModules();
							break;
						case 'copy':
							copy.restore(trigger.staticData());
							forgetModules();
							break;
						case 'switch':
							accounts.switch();
							break;
						case 'breaker':
							for (const subscription of accounts.here().filter((one) => accounts.made().includes(one)))
								subscription.isActive = false;
							break;
						case 'vanish':
							for (const { id } of accounts.here().filter((one) => accounts.made().includes(one)))
								sandbox.store.subscriptions.delete(id);
					}
					sandbox.faults.clear();
				}

				for (const trigger of triggers) {
					await run(accounts, trigger, () => trigger.publish());
					const [live, ...others] = own(trigger);
					expect(others).toEqual([]);
					expect(live).toMatchObject({ isActive: true });
					expect(stored(trigger)).toEqual({ number: live?.id, secret: live?.secret });
					await trigger.publish();
					expect(own(trigger)).toEqual([live]);
				}
				for (const trigger of triggers) {
					await run(accounts, trigger, async () => {
						expect(await trigger.unpublish()).toBe(true);
					});
					expect(own(trigger)).toEqual([]);
				}
			}),
			{ numRuns: 14 },
		);
	},
);
