import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { fingerprint } from './fingerprint';

interface Entry {
	results: IDataObject[];
	/** The try that made it: another item of the same try must not be taken for it. */
	madeBy: WeakRef<IExecuteFunctions>;
}

/** Beyond this many node runs the oldest is forgotten; each holds the results of its own items only. */
const MAX_RUNS = 100;

/**
 * What the items of a node run gave, while n8n may still run the node again: Retry On Fail repeats all items, and those
 * that succeeded must not be written twice. Held in this process, and only for nodes with Retry On Fail.
 */
const runs = new Map<string, Map<string, Entry>>();

/** The results of one try's items, and those of the tries before it. */
export class Ledger {
	private readonly kept: boolean;

	/** @param run see runName */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly run: string,
	) {
		this.kept = context.getNode().retryOnFail === true;
	}

	/** What this very item gave in an earlier try, or undefined. */
	earlier(itemIndex: number): IDataObject[] | undefined {
		const entry = this.kept ? runs.get(this.run)?.get(this.itemName(itemIndex)) : undefined;
		return entry === undefined || entry.madeBy.deref() === this.context ? undefined : entry.results;
	}

	remember(itemIndex: number, results: IDataObject[]): void {
		if (!this.kept) return;
		const entries = runs.get(this.run) ?? new Map<string, Entry>();
		entries.set(this.itemName(itemIndex), { results, madeBy: new WeakRef(this.context) });
		runs.delete(this.run);
		runs.set(this.run, entries);
		const oldest = runs.keys().next();
		if (runs.size > MAX_RUNS && !oldest.done) runs.delete(oldest.value);
	}

	/** Every item succeeded: n8n will not run the node again. */
	close(): void {
		runs.delete(this.run);
	}

	private itemName(itemIndex: number): string {
		return `${itemIndex} ${fingerprint(this.context.getInputData()[itemIndex]?.json)}`;
	}
}

/** One value for one execution, node, and run of that node: loop iterations and other executions have others. */
export function runName(context: IExecuteFunctions): string {
	const { $runIndex } = context.getWorkflowDataProxy(0) as unknown as { $runIndex: number };
	return fingerprint([context.getExecutionId(), context.getWorkflow().id, context.getNode().id, $runIndex]);
}
