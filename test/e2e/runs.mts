// What became of events in n8n.
import { expect } from '@jest/globals';

import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { mapConcurrent } from '../mapConcurrent.mts';
import type { Owner } from './owner.mts';
import { itemsOf } from './stage.mts';

const AT_ONCE = 4;

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
	/** The events of the executions that have succeeded, each of which is read once. */
	const read = new Map<string, unknown[]>();
	const counts = async () => {
		const executions = await n8n.executions(workflow.id);
		expect(executions.filter(({ status }) => ['error', 'crashed'].includes(status))).toEqual([]);
		const unread = executions.filter(({ id, status }) => status === 'success' && !read.has(id));
		await mapConcurrent(unread, AT_ONCE, async ({ id }) => {
			read.set(
				id,
				itemsOf(await n8n.execution(id), trigger).map(({ json }) => json.id),
			);
		});
		const ids = [...read.values()].flat();
		return events.map((event) => ids.filter((id) => id === event).length);
	};
	await until('every event to be run', quietMs, async () =>
		(await counts()).every((count) => count > 0) ? true : undefined,
	);
	return await counts();
}
