// The package as n8n's community nodes screen installs it, updates it under a published trigger, and uninstalls it; as it ships,
// it checks the subscription every five minutes.
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';

import { patience } from '../../scripts/real-n8n/patience.mts';
import { onlySubscriptionOf } from '../fixtures.mts';
import { type NpmRegistry, startNpmRegistry } from '../npmRegistry.mts';
import { LOOK_MS, leadRuns, onLeads, raiseLeads, raiseLeadsDuring } from './leads.mts';
import { PACKAGE } from './owner.mts';
import { SET_UP_TIMEOUT_MS, type Stage, setStage } from './stage.mts';

const FIRST = '1.0.0';
const SECOND = '2.0.0';

let registry: NpmRegistry;
let stage: Stage;

beforeAll(async () => {
	registry = await startNpmRegistry();
	await registry.offer(FIRST);
	stage = await setStage({ installs: FIRST, variables: registry.variables });
	// The breaker is tripped by the test.
	stage.sandbox.setDialect({ breakerFailures: 1_000_000 });
}, SET_UP_TIMEOUT_MS);

afterEach(async () => {
	await stage.takeBack();
});

afterAll(async () => {
	await stage.strike();
	await registry.close();
});

const logTold = async (text: string) => (await readFile(stage.log, 'utf8')).includes(text);

test('Once it is installed, events run a workflow', async () => {
	const workflow = await stage.publish(onLeads);
	expect(await leadRuns(stage, workflow, raiseLeads(stage.sandbox, 3))).toEqual([1, 1, 1]);
});

test(
	'An update under a published trigger, with an outage at once after it, loses and doubles no event, and the new code looks after the trigger',
	async () => {
		const workflow = await stage.publish(onLeads);
		const before = raiseLeads(stage.sandbox, 3);
		await leadRuns(stage, workflow, before);
		const newCode = 'The new code looks after triggers.';
		await registry.offer(SECOND, `console.log(${JSON.stringify(newCode)});`);

		const during = await raiseLeadsDuring(stage.sandbox, stage.n8n.updatePackage(PACKAGE, SECOND));
		const after = raiseLeads(stage.sandbox, 3);
		await leadRuns(stage, workflow, after);
		stage.sandbox.tripBreaker(onlySubscriptionOf(stage.sandbox).id);
		const missed = raiseLeads(stage.sandbox, 3);

		const all = [...before, ...during, ...after, ...missed];
		expect(await leadRuns(stage, workflow, all)).toEqual(all.map(() => 1));
		expect(await logTold(newCode)).toBe(true);
		expect(onlySubscriptionOf(stage.sandbox).isActive).toBe(true);
		expect(await leadRuns(stage, workflow, raiseLeads(stage.sandbox, 2))).toEqual([1, 1]);
	},
	patience(2 * LOOK_MS),
);

test(
	'After an uninstall nothing looks after a trigger any more, and n8n goes on; installed again, the trigger catches up once n8n has started',
	async () => {
		const workflow = await stage.publish(onLeads);
		await leadRuns(stage, workflow, raiseLeads(stage.sandbox, 1));
		const toldBefore = await readFile(stage.log, 'utf8');
		await stage.n8n.uninstallPackage(PACKAGE);
		const asked = stage.sandbox.requests.length;
		stage.sandbox.tripBreaker(onlySubscriptionOf(stage.sandbox).id);
		const missed = raiseLeads(stage.sandbox, 2);
		// Beyond the first look.
		await new Promise((resolve) => setTimeout(resolve, 32_000));
		expect(stage.sandbox.requests.length).toBe(asked);
		const told = (await readFile(stage.log, 'utf8')).slice(toldBefore.length);
		expect(told).not.toMatch(/unhandled|cannot find module|whitelabelcro.*error/i);

		await stage.n8n.installPackage(PACKAGE, SECOND);
		await stage.server.restart();
		expect(await leadRuns(stage, workflow, missed)).toEqual([1, 1]);
		expect(await leadRuns(stage, workflow, raiseLeads(stage.sandbox, 2))).toEqual([1, 1]);
	},
	patience(2 * LOOK_MS),
);
