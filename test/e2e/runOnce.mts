// One execution of a workflow that an HTTP request starts, as any test needs it that is not about a trigger.
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import { ask } from '../../scripts/real-n8n/ask.mts';
import type { Credential, Execution, WorkflowDefinition } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { type SharedStage, chain, node } from './stage.mts';

/** The name of the node that gives the items to the first of the nodes under test. */
export const ITEMS = 'Items';
const ANSWER_MS = 1_000;

/** A workflow of these nodes, each feeding the next, and the path of the request that starts it with items. */
export function startedByRequest(
	name: string,
	nodes: INode[],
): { workflow: WorkflowDefinition; path: string } {
	const path = randomUUID();
	const start = node('Start', 'n8n-nodes-base.webhook', { path, httpMethod: 'POST' }, { typeVersion: 2 });
	const items = node(ITEMS, 'n8n-nodes-base.splitOut', { fieldToSplitOut: 'body.items' });
	return { workflow: chain(name, [{ ...start, webhookId: path }, items, ...nodes]), path };
}

/** Sends the request that starts such a workflow, which is published, with these items. */
export async function start({ server }: SharedStage, path: string, items: object[]): Promise<void> {
	const request = {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ items }),
	};
	const status = await until('n8n to take a request', ANSWER_MS, async () => {
		const answer = await ask(`${server.url}/webhook/${path}`, request);
		// A busy n8n could not start the workflow.
		return answer.status < 500 ? answer.status : undefined;
	});
	expect(status).toBe(200);
}

/** Publishes such a workflow, starts it once with these items, and returns the execution when it has ended. */
export async function runOnce(
	stage: SharedStage,
	{ workflow, path }: { workflow: WorkflowDefinition; path: string },
	items: object[] = [{}],
	credential?: Credential,
): Promise<Execution> {
	const published = await stage.publish(workflow, credential);
	await start(stage, path, items);
	const [finished] = await stage.n8n.finishedExecutions(published.id, 1);
	await stage.n8n.unpublish(published);
	return await stage.n8n.execution(finished?.id ?? '');
}
