// What every benchmark says in the same way: its machine, its tables, and figures summed up.
import { cpus, loadavg, release, totalmem } from 'node:os';

/** What the figures below it were measured on. */
export function machineLine(): string {
	const cores = cpus();
	const memory = Math.round(totalmem() / 1024 ** 3);
	return `${cores.length} cores (${cores[0]?.model.trim() ?? 'unknown'}), ${memory} GB, ${process.platform} ${release()}`;
}

/** How busy the machine is with everything that runs on it: what else ran during a measurement belongs to its result. */
export function loadLine(): string {
	return `load average ${(loadavg()[0] ?? 0).toFixed(1)}`;
}

/** A table that reads well in a terminal and is Markdown as it stands. Numbers are to be texts already. */
export function table(head: string[], rows: string[][]): string {
	const widths = head.map((title, column) =>
		Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
	);
	const line = (cells: string[]) =>
		`| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
	return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** The smallest value that at least this part (0 to 1) of the values does not exceed. @throws RangeError without values */
function quantile(values: readonly number[], part: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	const value = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
	if (value === undefined) throw new RangeError('There are no values');
	return value;
}

export function median(values: readonly number[]): number {
	return quantile(values, 0.5);
}

/** The median, and from the least to the most. */
export function spread(values: readonly number[], digits: number): string {
	const text = (value: number) => value.toFixed(digits);
	return `${text(median(values))} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
}

/** Milliseconds as seconds with two decimals. */
export function seconds(ms: number): string {
	return `${(ms / 1000).toFixed(2)} s`;
}

/** Bytes as whole megabytes (of 2^20 bytes). */
export function megabytes(bytes: number): string {
	return `${Math.round(bytes / 1024 ** 2)} MB`;
}
