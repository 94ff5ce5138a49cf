// What became of events in n8n.
import { expect } from '@jest/globals';

import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import type { Owner } from './owner.mts';
import { itemsOf } from './stage.mts';

/**
 * How often each of these events was run to success by a workflow, once they all have been and none has failed. Rejects when
 * patience is out with what takes `quietMs` on a quiet machine.
 */
export async function runsOf(
	{ n8n }: Pick<Owner, 'n8n'>,
	workflow: Workflow,
	trigger: string,
	events: number[],
	quietMs: number,
): Promise<number[]> {
	const counts = async () => {
		const executions = await n8n.executions(workflow.id);
		expect(executions.filter(({ status }) => ['error', 'crashed'].includes(status))).toEqual([]);
		const runs = await Promise.all(executions.map(async ({ id }) => await n8n.execution(id)));
		const ids = runs.flatMap((run) =>
			run.status === 'success' ? itemsOf(run, trigger).map(({ json }) => json.id) : [],
		);
		return events.map((event) => ids.filter((id) => id === event).length);
	};
	await until('every event to be run', quietMs, async () =>
		(await counts()).every((count) => count > 0) ? true : undefined,
	);
	return await counts();
}
