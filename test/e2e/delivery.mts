// Deliveries that a test sends itself, as the CRM does.
import { expect } from '@jest/globals';
import type { Subscription } from '../../sandbox/store/model.mts';
import { ask } from '../../scripts/real-n8n/ask.mts';
import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { onlySubscriptionOf, signatureOf } from '../fixtures.mts';
import type { Stage } from './stage.mts';

/** What n8n answers to a delivery that starts the workflow, and to one that does not. */
export const ACCEPTED = { status: 200, text: 'OK' };
export const ignored = (reason: string) => ({ status: 200, text: `Ignored: ${reason}` });
export const REFUSED = { status: 401, text: 'Unauthorized' };

let nextId = 1;

/** An event as none was before. */
export const newEvent = () => ({ id: nextId++, type: 'lead.created', payload: { client_id: 12401 } });

/** Posts a body to the address of a subscription. */
export async function post(
	{ targetUrl }: Subscription,
	body: string | Uint8Array,
	headers: Record<string, string>,
): Promise<{ status: number; text: string }> {
	const all = { 'content-type': 'application/json', ...headers };
	const answer = await ask(targetUrl, { method: 'POST', headers: all, body });
	return { status: answer.status, text: await answer.text() };
}

/**
 * Expects that the only trigger has started its workflow `count` times. One more genuine delivery is sent, beside which any
 * other execution would show up: executions are started in the order of the deliveries.
 */
export async function expectExecutions(
	{ sandbox, n8n }: Stage,
	workflow: Workflow,
	count: number,
): Promise<void> {
	const subscription = onlySubscriptionOf(sandbox);
	const body = JSON.stringify(newEvent());
	expect(await post(subscription, body, signatureOf(body, subscription.secret))).toEqual(ACCEPTED);
	await n8n.finishedExecutions(workflow.id, count + 1);
	expect(await n8n.executions(workflow.id)).toHaveLength(count + 1);
}
