// What became of events: the executions that n8n shows for each, and the notes that the CRM got for each.
import { setTimeout as sleep } from 'node:timers/promises';
import type { IRunExecutionData } from 'n8n-workflow';
import type { Sandbox } from '../../sandbox/server.mts';
import { slowness } from '../../scripts/real-n8n/patience.mts';
import type { ExecutionSummary, N8nRest, Workflow } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { mapConcurrent } from '../mapConcurrent.mts';

const ENDED = new Set(['success', 'error', 'crashed', 'canceled']);
const AT_ONCE = 10;

/**
 * Waits until n8n has at least `atLeast` executions of the workflow that have ended, and none that waits or runs, which takes
 * `quietMs` on a quiet machine. Returns those that have ended. An execution that a killed process has made but not put into
 * the queue stays "new" for good: one that is still so at the next look, with nothing running, waits for nobody.
 */
export async function allEnded(n8n: N8nRest, workflow: Workflow, atLeast: number, quietMs: number) {
	let executions: ExecutionSummary[] = [];
	let waitingBefore: string | undefined;
	const allDone = async () => {
		// Asking takes the time of a core that n8n needs too.
		await sleep(1000 * slowness());
		executions = await n8n.executions(workflow.id);
		const ended = executions.filter(({ status }) => ENDED.has(status));
		const waiting = executions.filter(({ status }) => status === 'new');
		const ids = waiting.map(({ id }) => id).join();
		const forgotten = ids === '' || ids === waitingBefore;
		waitingBefore = ids;
		const running = executions.length - ended.length - waiting.length;
		return ended.length >= atLeast && running === 0 && forgotten ? ended : undefined;
	};
	return await until(`${atLeast} executions to end`, quietMs, allDone).catch((error: unknown) => {
		throw new Error(`${String(error)} There are: ${JSON.stringify(countBy(executions))}`);
	});
}

function countBy(executions: ExecutionSummary[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { status } of executions) counts[status] = (counts[status] ?? 0) + 1;
	return counts;
}

/** The states of the executions that ended of each event, by the event's id, and of those that n8n kept no event of. */
export async function statesOf(n8n: N8nRest, workflow: Workflow) {
	const byEvent = new Map<number, string[]>();
	const withoutEvent: string[] = [];
	const executions = (await n8n.executions(workflow.id)).filter(({ status }) => ENDED.has(status));
	await mapConcurrent(executions, AT_ONCE, async (summary) => {
		const { status, data } = await n8n.execution(summary.id);
		const ids = eventIds(data);
		if (ids.length === 0) withoutEvent.push(status);
		for (const id of ids) byEvent.set(id, [...(byEvent.get(id) ?? []), status]);
	});
	return { byEvent, withoutEvent };
}

/** The events that an execution was started with; one that never ran still holds them on its stack. */
function eventIds({ resultData, executionData }: IRunExecutionData): number[] {
	const [first] = Object.values(resultData.runData);
	const items = first?.[0]?.data?.main?.[0] ?? executionData?.nodeExecutionStack[0]?.data.main?.[0] ?? [];
	return items.map(({ json }) => Number(json.event_id ?? json.id)).filter(Number.isInteger);
}

/** How many notes the CRM got for each of these events. */
export function notesOf(sandbox: Sandbox, eventIds: number[]): number[] {
	const counts = new Map(eventIds.map((id) => [`event-${id}`, 0]));
	for (const { external_id } of sandbox.store.notes) {
		const count = counts.get(external_id ?? '');
		if (external_id !== null && count !== undefined) counts.set(external_id, count + 1);
	}
	return [...counts.values()];
}
