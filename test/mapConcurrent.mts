/** Does the work of every item, at most `atOnce` at the same time, in order. Returns the results in the order of the items. */
export async function mapConcurrent<T, R>(
	items: readonly T[],
	atOnce: number,
	work: (item: T) => Promise<R>,
): Promise<R[]> {
	const results: R[] = [];
	const waiting = items.entries();
	const place = async () => {
		for (const [index, item] of waiting) results[index] = await work(item);
	};
	await Promise.all(Array.from({ length: atOnce }, place));
	return results;
}
