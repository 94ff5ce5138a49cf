/**
 * A copy in the order of these texts, by their code units: the lists of the nodes are in plain English, and the first
 * localeCompare of a process takes longer than loading all of this package.
 */
export function sortedBy<T>(list: readonly T[], text: (one: T) => string): T[] {
	return list.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
}
