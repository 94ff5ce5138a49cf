import { availableParallelism, loadavg } from 'node:os';

/** A limit is there to end a hang, not to measure. */
const TIMES = 10;

/**
 * How many times slower than a quiet one this machine shows itself: as many as there were programs for each core in the last
 * minute, 1 at least, which is also what it is where the system does not tell, as on Windows.
 */
export function slowness([lastMinute = 0] = loadavg(), cores = availableParallelism()): number {
	return Math.max(1, lastMinute / cores);
}

/**
 * How long to wait for a step before it counts as hung, in whole milliseconds: ten times what it takes on a quiet machine,
 * and that times how slow this one is. Ask again in a long wait, since the load changes.
 *
 * @param quietMs what the step takes at most where nothing else runs
 */
export function patience(quietMs: number, times = slowness()): number {
	return Math.ceil(quietMs * TIMES * times);
}
