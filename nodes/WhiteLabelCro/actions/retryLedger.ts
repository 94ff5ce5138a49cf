import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { accounts } from '../client/account';
import type { RetryRun } from '../client/account';
import { isUnconfirmed } from '../client/errors';
import type { UnconfirmedWrite } from '../client/errors';
import { fingerprint } from '../helpers/fingerprint';
import type { Operation } from './operation';

/**
 * What became of one try's items, and of those of the tries before it: Retry On Fail repeats all items, and none may be
 * written twice. Held in this process, and only for nodes with Retry On Fail that write.
 */
export class RetryLedger {
	private readonly kept: boolean;

	private readonly retryRun: RetryRun;

	/** @param name see runId */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly name: string,
		private readonly operation: Operation,
	) {
		// A read can safely be done again, and its results may be large.
		this.kept = context.getNode().retryOnFail === true && operation.writes;
		this.retryRun = (this.kept ? accounts.retryRuns.get(name) : undefined) ?? {
			outcomes: new Map(),
			upsertedIds: new Map(),
		};
		if (this.kept) accounts.retryRuns.set(name, this.retryRun);
	}

	/** The IDs of the records that this run's items have written, by the keys they were matched by, earlier tries included. */
	get upsertedIds(): Map<string, number> {
		return this.retryRun.upsertedIds;
	}

	/**
	 * Does an item's work, unless an earlier try has done it: then its results stand.
	 * @param work gets an earlier try's write if nobody knows whether it took effect
	 * @throws what `work` throws, or again the error of such a write if the operation cannot find out what became of it
	 */
	async run(
		itemIndex: number,
		work: (earlier?: UnconfirmedWrite) => Promise<IDataObject[]>,
	): Promise<IDataObject[]> {
		if (!this.kept) return await work();
		const { outcomes } = this.retryRun;
		const itemName = `${itemIndex} ${fingerprint(this.context.getInputData()[itemIndex]?.json)}`;
		const known = outcomes.get(itemName);
		if (known !== undefined && 'results' in known) return known.results;
		const earlier = known?.unconfirmed;
		// The run that failed with it has added to its words.
		if (earlier !== undefined) earlier.description = known?.description;
		if (earlier !== undefined && this.operation.confirms !== true) throw earlier;
		const results = await work(earlier).catch((thrown: unknown) => {
			if (isUnconfirmed(thrown)) {
				outcomes.set(itemName, { unconfirmed: thrown, description: thrown.description });
			}
			throw thrown;
		});
		outcomes.set(itemName, { results });
		return results;
	}

	/** Every item succeeded: n8n will not run the node again. */
	close(): void {
		accounts.retryRuns.delete(this.name);
	}
}

/**
 * One value for one execution, node, and run of that node: loop iterations and other executions have others. The node counts
 * by its name, which is unique in a workflow: older versions of n8n accept two nodes of one ID.
 */
export function runId(context: IExecuteFunctions): string {
	const { $runIndex } = context.getWorkflowDataProxy(0) as unknown as { $runIndex: number };
	return fingerprint([context.getExecutionId(), context.getWorkflow().id, context.getNode().name, $runIndex]);
}
