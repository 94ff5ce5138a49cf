import { isUnconfirmed } from '../client/errors';
import type { asNodeError } from '../client/errors';
import type { Operation } from './operation';

export type NodeError = ReturnType<typeof asNodeError>;

/** How many ranges a list in a sentence names at most. */
const MAX_RANGES = 20;

/** How far a run has come, for the error of a run that fails in the middle: n8n shows no output of it. */
export class Progress {
	/** The items that have gone through. */
	readonly done = new Set<number>();

	/** The errors of items, whether or not the run goes on. */
	readonly failures = new Map<number, NodeError>();

	/** @param count of the run's items */
	constructor(
		private readonly count: number,
		private readonly operation: Operation,
	) {}

	/**
	 * The error of the run, or undefined if it has not failed: that of the first item that failed, which also says what
	 * was done, what was not, and how to go on.
	 */
	error(): NodeError | undefined {
		const [first = 0, ...others] = this.failed;
		const error = this.failures.get(first);
		if (error === undefined || this.count === 1) return error;
		const failed = `Item ${first + 1} of ${this.count} failed (index ${first}).`;
		const alsoFailed = others.length > 0 && `So did ${items(others)}.`;
		const report = this.report("set 'On Error' to Continue");
		error.description = [error.description, failed, alsoFailed, report].filter(Boolean).join(' ');
		return error;
	}

	/** What was done, what was not, and how to go on. @param otherWay to go on, after a failure */
	report(otherWay = ''): string {
		const { writes, value } = this.operation;
		const done = this.indices((index) => this.done.has(index));
		const untouched = this.indices((index) => !this.done.has(index) && !this.failures.has(index));
		const isUnknown = (index: number) => isUnconfirmed(this.failures.get(index));
		const unknown = this.failed.filter(isUnknown);
		// Whatever is wrong, there is nothing to go on from.
		if (done.length === 0 && unknown.length === 0) return writes ? 'Nothing was written.' : '';
		const left = this.indices((index) => !this.done.has(index) && !isUnknown(index));
		const [firstLeft = 0] = left;
		const again =
			left.length > 1 && this.count - firstLeft === left.length
				? `start again from item ${firstLeft + 1}`
				: `run ${items(left)} again`;
		return [
			done.length > 0 && `${writes ? 'Already in WhiteLabelCRO' : 'Done'}: ${items(done)}.`,
			untouched.length > 0 && `Not started: ${items(untouched)}.`,
			unknown.length > 0 && `Not confirmed: ${items(unknown)}. Check in WhiteLabelCRO first.`,
			left.length > 0 &&
				(value === 'createOrUpdate'
					? `Fix the item and run everything again: saved items are only updated.${otherWay && ` Or ${otherWay}.`}`
					: `To go on, ${again}${otherWay && `, or ${otherWay}`}.`),
		]
			.filter(Boolean)
			.join(' ');
	}

	/** The indices of the items that failed, ascending. */
	private get failed(): number[] {
		return [...this.failures.keys()].sort((a, b) => a - b);
	}

	private indices(wanted: (index: number) => boolean): number[] {
		return Array.from({ length: this.count }, (_, index) => index).filter(wanted);
	}
}

/** Indices as a person counts, e.g. "items 1–3, 5 and 8–20". @param indices ascending */
function items(indices: number[]): string {
	const ranges: Array<[first: number, last: number]> = [];
	for (const index of indices) {
		const range = ranges.at(-1);
		if (range !== undefined && range[1] === index - 1) range[1] = index;
		else ranges.push([index, index]);
	}
	const names = ranges
		.slice(0, MAX_RANGES)
		.map(([first, last]) => (first === last ? `${first + 1}` : `${first + 1}–${last + 1}`));
	if (ranges.length > MAX_RANGES) names.push('others');
	const last = names.pop();
	return `${indices.length === 1 ? 'item' : 'items'} ${names.length > 0 ? `${names.join(', ')} and ` : ''}${last}`;
}
