// A workflow that only takes in leads, and the leads for it.
import type { Sandbox } from '../../sandbox/server.mts';
import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { PACKAGE, type Owner } from './owner.mts';
import { runsOf } from './runs.mts';
import { chain, node } from './stage.mts';

const TRIGGER = 'When a lead comes';
export const onLeads = chain('Trigger only', [
	node(TRIGGER, `${PACKAGE}.whiteLabelCroTrigger`, { triggerOn: ['lead.created'], output: 'full' }),
]);
/** The first look at a subscription comes half a minute after it was published, or, on a busy machine, with the next tick. */
export const LOOK_MS = 5 * 60_000;

/** Has leads come in at the CRM. Returns the IDs of their events. */
export const raiseLeads = (sandbox: Sandbox, count: number): number[] =>
	Array.from({ length: count }, () => sandbox.raise('lead.created').id);

/** Has leads come in, one after the other, until the work is done. Returns the IDs of their events. */
export async function raiseLeadsDuring(sandbox: Sandbox, work: Promise<unknown>): Promise<number[]> {
	const events: number[] = [];
	const stream = setInterval(() => events.push(...raiseLeads(sandbox, 1)), 200);
	await work.finally(() => {
		clearInterval(stream);
	});
	return events;
}

/** How often each of these events was run by `onLeads`, once they all have been. */
export async function leadRuns(
	owner: Pick<Owner, 'n8n'>,
	workflow: Workflow,
	events: number[],
): Promise<number[]> {
	return await runsOf(owner, workflow, TRIGGER, events, LOOK_MS);
}
