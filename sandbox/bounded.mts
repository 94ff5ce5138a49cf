/** Appends to a log that keeps its last `limit` entries, so that a long run does not fill the memory. */
export function keepLast<T>(log: T[], entry: T, limit: number): void {
	log.push(entry);
	if (log.length > limit) log.shift();
}
