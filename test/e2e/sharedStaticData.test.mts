// The trigger shares n8n's static data with all else in its workflow: whoever overwrites its secret there costs no event, and nobody
// loses to it what is his.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { IDataObject, INode } from 'n8n-workflow';

import { patience } from '../../scripts/real-n8n/patience.mts';
import type { WorkflowDefinition } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { ANOTHER_SECRET, onlySubscriptionOf } from '../fixtures.mts';
import { type Office, Offices, trigger } from './offices.mts';
import { registrations } from './registrations.mts';
import { SET_UP_TIMEOUT_MS, chain, node } from './stage.mts';
import { overwriteInStaticData, readStaticData } from './staticData.mts';
import { CHECK_MS } from './times.mts';

/** Until the next check but one is over. */
const TWO_CHECKS_MS = 2.5 * CHECK_MS;
/** Until a delivery has been run. */
const RUN_MS = 15_000;
/** A path at the proxy, whose answer tells a Code node to end. */
const RELEASE = '/release';
const LEADS = 'When a lead comes';
const PAYMENTS = 'When a payment fails';
const CODE = 'Code';

const code = (jsCode: string): INode => node(CODE, 'n8n-nodes-base.code', { jsCode }, { typeVersion: 2 });

/** Counts its runs in static data. */
const COUNTING = `
	const data = $getWorkflowStaticData('global');
	data.count = (data.count ?? 0) + 1;
	return $input.all().map(({ json }) => ({ json: { ...json, count: data.count } }));`;

/** Writes static data at once, which n8n stores when the node is done: for a slow event, not before it is released. */
const slow = (address: string) => `
	$getWorkflowStaticData('global').seen = $input.first().json.id;
	const isReleased = () => this.helpers.httpRequest({ url: '${address}${RELEASE}' }).then(() => true, () => false);
	if ($input.first().json.payload.is_slow) {
		while (!(await isReleased())) await new Promise((done) => setTimeout(done, 1000));
	}
	return $input.all();`;

/** Two triggers, each of which goes on to the same node. */
function both(first: INode, second: INode, then: INode): WorkflowDefinition {
	const { connections, ...one } = chain('Two triggers', [first, then]);
	return {
		...one,
		nodes: [first, second, then],
		connections: { ...connections, [second.name]: connections[first.name] ?? {} },
	};
}

const all = new Map<string, Offices>();

beforeAll(async () => {
	await Promise.all(
		registrations.map(async ([name, variables]) => all.set(name, await Offices.begin(variables))),
	);
}, SET_UP_TIMEOUT_MS);

afterAll(async () => {
	for (const offices of all.values()) await offices.end();
});

/** Raises events one after the other, each once the one before has run. */
async function runInTurn(office: Office, types: string[]): Promise<IDataObject[]> {
	const items: IDataObject[] = [];
	for (const type of types) items.push(...(await office.runs.of(office.raise(1, type), RUN_MS)));
	return items;
}

/**
 * What holds however n8n registers triggers. All that is tried begins at once, in offices of its own, since most of it is waiting; each
 * test waits for the end of its part.
 */
function everywhere(name: string, work: (offices: Offices) => Promise<void>, limitMs: number): void {
	let ended: Promise<Array<PromiseSettledResult<void>>>;
	beforeAll(() => {
		ended = Promise.allSettled([...all.values()].map(work));
	});
	test(
		name,
		async () => {
			for (const outcome of await ended) if (outcome.status === 'rejected') throw outcome.reason as Error;
		},
		patience(limitMs),
	);
}

/** Expects the secret of the only subscription in the static data within two checks, without which no event was lost. */
async function expectStoredAgain({ stage }: Offices, office: Office): Promise<void> {
	const { checks } = office;
	const { secret } = onlySubscriptionOf(office.sandbox);
	await until('the secret to be stored again', TWO_CHECKS_MS, async () =>
		(await readStaticData(stage.home, office.workflow)).includes(secret) ? true : undefined,
	);
	expect(office.checks - checks).toBeLessThanOrEqual(2);
}

async function expectEachOnce(office: Office): Promise<void> {
	expect(await office.runs.of(office.events, RUN_MS)).toMatchObject(office.events.map((id) => ({ id })));
	await office.sandbox.settled();
	expect(office.accepted).toEqual(office.events);
	expect(await office.runs.failures()).toEqual([]);
}

everywhere(
	'no event is lost when another secret is written over the right one, which is soon stored again',
	async (offices) => {
		const office = await offices.open('Overwritten');
		office.raise(2);
		await expectEachOnce(office);
		const { secret, id } = onlySubscriptionOf(office.sandbox);
		const { home } = offices.stage;
		await overwriteInStaticData(home, office.workflow, secret, ANOTHER_SECRET);
		office.raise(5);
		await expectEachOnce(office);
		await expectStoredAgain(offices, office);
		expect(onlySubscriptionOf(office.sandbox).id).toBe(id);
		office.raise(2);
		await expectEachOnce(office);
	},
	TWO_CHECKS_MS + 3 * RUN_MS,
);

everywhere(
	'no event is lost when a Code node that began before a repair writes its older copy back after it',
	async (offices) => {
		const { proxy } = offices;
		let isReleased = false;
		proxy.answersInstead = (path) => (path === RELEASE ? { status: isReleased ? 200 : 503 } : undefined);
		const definition = chain('Slow', [trigger(LEADS, 'lead.created'), code(slow(proxy.url))]);
		const office = await offices.open('Slow', { definition, reporter: CODE });
		office.raise(1);
		await expectEachOnce(office);
		const late = office.sandbox.raise('lead.created', { client_id: 12401, is_slow: true });
		office.events.push(late.id);
		await office.sandbox.settled();

		const { id } = onlySubscriptionOf(office.sandbox);
		office.sandbox.store.subscriptions.delete(id);
		const repaired = await until('the subscription to be made again', TWO_CHECKS_MS, () =>
			[...office.sandbox.store.subscriptions.values()].at(0),
		);
		const { home } = offices.stage;
		await until('its secret to be stored', RUN_MS, async () =>
			(await readStaticData(home, office.workflow)).includes(repaired.secret) ? true : undefined,
		);
		expect(await office.runs.items()).toHaveLength(1);
		isReleased = true;
		await office.runs.of([late.id], RUN_MS);
		// Its copy is the one that is stored now.
		expect(await readStaticData(home, office.workflow)).toContain(`"seen":${late.id}`);

		office.raise(5);
		await expectEachOnce(office);
		await expectStoredAgain(offices, office);
		office.raise(2);
		await expectEachOnce(office);
		expect(onlySubscriptionOf(office.sandbox).id).toBe(repaired.id);
	},
	2 * TWO_CHECKS_MS + 5 * RUN_MS,
);

everywhere(
	'two triggers and a Code node that counts keep what is theirs, edited and published in turn, with a repair in between',
	async (offices) => {
		const definition = both(
			trigger(LEADS, 'lead.created'),
			trigger(PAYMENTS, 'payment.failed'),
			code(COUNTING),
		);
		const office = await offices.open('Two triggers', { definition, reporter: CODE });
		const once = ['lead.created', 'payment.failed'];
		const items = await runInTurn(office, once);
		await office.edit(LEADS, 'lead.created', 'client.created');
		items.push(...(await runInTurn(office, [...once, 'client.created'])));
		await office.edit(PAYMENTS, 'payment.failed', 'payment.succeeded');
		items.push(...(await runInTurn(office, [...once, 'payment.succeeded'])));

		const { id } = office.subscriptionFor('lead.created');
		office.sandbox.store.subscriptions.delete(id);
		const { secret } = await until('the subscription to be made again', TWO_CHECKS_MS, () =>
			[...office.sandbox.store.subscriptions.values()].find(({ eventTypes }) =>
				eventTypes.includes('lead.created'),
			),
		);
		// Of two executions at once, n8n keeps what the one that ends last has written.
		await until('its secret to be stored', RUN_MS, async () =>
			(await readStaticData(offices.stage.home, office.workflow)).includes(secret) ? true : undefined,
		);
		items.push(...(await runInTurn(office, [...once, ...once])));
		await office.edit(LEADS, 'lead.created');
		await office.edit(PAYMENTS, 'payment.failed');
		items.push(...(await runInTurn(office, [...once, ...once])));

		expect(items.map(({ id: event }) => event)).toEqual(office.events);
		expect(items.map(({ count }) => count)).toEqual(office.events.map((_event, index) => index + 1));
		expect(office.sandbox.deliveries.filter(({ outcome }) => outcome !== 'delivered')).toEqual([]);
		await expectEachOnce(office);
	},
	TWO_CHECKS_MS + 18 * RUN_MS,
);
