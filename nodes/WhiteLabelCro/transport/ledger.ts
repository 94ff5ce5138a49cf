import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { fingerprint } from './fingerprint';

/** What became of an item: what it gave, or a write that may have taken effect. */
export interface Outcome {
	results?: IDataObject[];
	unknown?: UnknownWrite;
}

/** A write of an earlier try of which nobody knows whether it took effect, so that it must not be sent again blindly. */
export interface UnknownWrite {
	error: Error;
	/** Before it was sent, in milliseconds of this process's clock. */
	startedAt: number;
}

interface Entry {
	outcome: Outcome;
	/** The try that made it: another item of the same try must not be taken for it. */
	madeBy: WeakRef<IExecuteFunctions>;
}

/** Beyond this many node runs the oldest is forgotten; each holds the results of its own items only. */
const MAX_RUNS = 100;

/**
 * What became of the items of a node run, while n8n may still run the node again: Retry On Fail repeats all items, and
 * none may be written twice. Held in this process, and only for nodes with Retry On Fail.
 */
const runs = new Map<string, Map<string, Entry>>();

/** What became of one try's items, and of those of the tries before it. */
export class Ledger {
	private readonly kept: boolean;

	/** @param run see runName */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly run: string,
	) {
		this.kept = context.getNode().retryOnFail === true;
	}

	/** What became of this very item in an earlier try, or undefined. */
	earlier(itemIndex: number): Outcome | undefined {
		const entry = this.kept ? runs.get(this.run)?.get(this.itemName(itemIndex)) : undefined;
		return entry === undefined || entry.madeBy.deref() === this.context ? undefined : entry.outcome;
	}

	remember(itemIndex: number, outcome: Outcome): void {
		if (!this.kept) return;
		const entries = runs.get(this.run) ?? new Map<string, Entry>();
		entries.set(this.itemName(itemIndex), { outcome, madeBy: new WeakRef(this.context) });
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
