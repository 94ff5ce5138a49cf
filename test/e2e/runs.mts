// What became of events in n8n.
import { expect } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { mapConcurrent } from '../mapConcurrent.mts';
import type { Owner } from './owner.mts';
import { itemsOf } from './stage.mts';

const AT_ONCE = 4;
const FAILED = ['error', 'crashed'];

/** The items with which a node went through the successful executions of a workflow: those of one trigger, or of what comes behind. */
export class Runs {
	/** The items of the executions that have succeeded, each of which is read once, in the order of the executions. */
	private readonly read = new Map<number, IDataObject[]>();

	constructor(
		private readonly owner: Pick<Owner, 'n8n'>,
		private readonly workflow: Workflow,
		private readonly nodeName: string,
	) {}

	/** Those of now, the oldest execution first. */
	async items(): Promise<IDataObject[]> {
		const { n8n } = this.owner;
		const executions = await n8n.executions(this.workflow.id);
		const unread = executions.filter(({ id, status }) => status === 'success' && !this.read.has(Number(id)));
		await mapConcurrent(unread, AT_ONCE, async ({ id }) => {
			const items = itemsOf(await n8n.execution(id), this.nodeName);
			this.read.set(
				Number(id),
				items.map(({ json }) => json),
			);
		});
		return [...this.read].toSorted(([one], [other]) => one - other).flatMap(([, items]) => items);
	}

	/** Those of these events, once each has come, in the order of the events. Rejects when patience is out. */
	async of(events: number[], quietMs: number): Promise<IDataObject[]> {
		const all = await until(`every event to be run by ${this.nodeName}`, quietMs, async () => {
			const items = await this.items();
			return events.every((event) => items.some(({ id }) => id === event)) ? items : undefined;
		});
		return events.flatMap((event) => all.filter(({ id }) => id === event));
	}

	/** What the failed executions say, title and description in one, the oldest first. */
	async failures(): Promise<string[]> {
		const { n8n } = this.owner;
		const failed = (await n8n.executions(this.workflow.id)).filter(({ status }) => FAILED.includes(status));
		const oldestFirst = failed.map(({ id }) => id).toSorted((one, other) => Number(one) - Number(other));
		return await Promise.all(
			oldestFirst.map(async (id) => {
				const { error } = (await n8n.execution(id)).data.resultData;
				return `${error?.message ?? 'No reason'}. ${error?.description ?? ''}`;
			}),
		);
	}
}

/**
 * How often each of these events was run to success by a workflow, once they all have been and none has failed. Rejects when
 * patience is out with what takes `quietMs` on a quiet machine.
 */
export async function runsOf(
	owner: Pick<Owner, 'n8n'>,
	workflow: Workflow,
	trigger: string,
	events: number[],
	quietMs: number,
): Promise<number[]> {
	const runs = new Runs(owner, workflow, trigger);
	const counts = async () => {
		expect(await runs.failures()).toEqual([]);
		const items = await runs.items();
		return events.map((event) => items.filter(({ id }) => id === event).length);
	};
	await until('every event to be run', quietMs, async () =>
		(await counts()).every((count) => count > 0) ? true : undefined,
	);
	return await counts();
}
