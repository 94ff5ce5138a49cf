// Publishing goes on where the subscription ended.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import type { Workflow, WorkflowDefinition } from '../../scripts/real-n8n/rest.mts';
import { onlySubscriptionOf } from '../fixtures.mts';
import { leadRuns, onLeads, raiseLeads } from './leads.mts';
import { SET_UP_TIMEOUT_MS, type Stage, setStage } from './stage.mts';

let stage: Stage;

beforeAll(async () => {
	stage = await setStage();
	// The breaker is tripped by the tests.
	stage.sandbox.setDialect({ breakerFailures: 1_000_000 });
}, SET_UP_TIMEOUT_MS);

afterEach(async () => {
	await stage.takeBack();
});

afterAll(async () => {
	await stage.strike();
});

/** Raises events that are delivered and run. */
async function received(workflow: Workflow, count: number): Promise<number[]> {
	const events = raiseLeads(stage.sandbox, count);
	await leadRuns(stage, workflow, events);
	return events;
}

function tripBreaker(): void {
	stage.sandbox.tripBreaker(onlySubscriptionOf(stage.sandbox).id);
}

/** As the editor changes the trigger: at the same address, which n8n has given it. */
function startingOn(workflow: Workflow, ...triggerOn: string[]): WorkflowDefinition {
	const { name, connections, settings, nodes } = workflow as Workflow & WorkflowDefinition;
	return {
		name,
		connections,
		settings,
		nodes: nodes.map((each) => ({ ...each, parameters: { triggerOn, output: 'full' } })),
	};
}

describe('Each event runs once,', () => {
	test('although the key was revoked in an outage, n8n was restarted, and a change was published with a new key', async () => {
		const { n8n, sandbox } = stage;
		const key = () => sandbox.createKey(['webhooks:write', 'events:read']);
		const office = { apiKey: key(), baseUrl: sandbox.url };
		const credential = await n8n.createCredential('Office', 'whiteLabelCroApi', office);
		const workflow = await stage.publish(onLeads, credential);
		const before = await received(workflow, 3);
		await stage.server.restart();
		sandbox.revokeKey(office.apiKey);
		tripBreaker();
		const missed = raiseLeads(sandbox, 3);
		await stage.server.restart();
		await n8n.changeCredential(credential, { ...office, apiKey: key() });
		const changed = startingOn(workflow, 'lead.created', 'payment.failed');
		await stage.publish(await n8n.changeWorkflow(workflow, changed));
		const all = [...before, ...missed, ...raiseLeads(sandbox, 2)];
		expect(await leadRuns(stage, workflow, all)).toEqual(Array<number>(8).fill(1));
	});

	test('although the workflow was unpublished in an outage, and published again', async () => {
		const workflow = await stage.publish(onLeads);
		const before = await received(workflow, 3);
		tripBreaker();
		const missed = raiseLeads(stage.sandbox, 3);
		await stage.n8n.unpublish(workflow);
		missed.push(...raiseLeads(stage.sandbox, 1));
		await stage.n8n.publish(workflow);
		const all = [...before, ...missed, ...raiseLeads(stage.sandbox, 2)];
		expect(await leadRuns(stage, workflow, all)).toEqual(Array<number>(9).fill(1));
	});
});
