/**
 * Does work for 0, 1, 2, … up to `count`, at most `atOnce` at the same time. Each starts in order, when a place is free, so
 * that what waits takes no memory; once `stop` is aborted, nothing more starts.
 * @param work must not reject
 * @returns when all that started has ended
 */
export async function forEachConcurrent(
	count: number,
	atOnce: number,
	work: (index: number) => Promise<void>,
	stop: AbortSignal,
): Promise<void> {
	let next = 0;
	const place = async () => {
		while (next < count && !stop.aborted) await work(next++);
	};
	await Promise.all(Array.from({ length: Math.min(atOnce, count) }, place));
}
