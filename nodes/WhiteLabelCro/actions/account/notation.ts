/**
 * The shape of an answer: names, types, lengths, and forms, and never a value. Names that are not the API's own count as
 * values. scripts/report reads it back.
 */
import { MORE_NAMES, readEventTime } from '../../contract/events';
import { isKnownName } from '../../contract/knownNames';
import { readCreatedAt } from '../../contract/records';

/** How much of a large answer is described: names of one object, layers, and characters (at least the first layer is). */
const MOST_NAMES = 50;
const DEEPEST = 6;
const LONGEST = 1500;

/** What says that nothing was done, or that more follows: true or false, which tells nothing of an account. */
const FLAGS = ['success', ...MORE_NAMES];

/**
 * The shape of a value as developers note it, e.g. `{events: [3 × {id: number(5), createdUtc: time(zone)}], hasMore: false}`.
 * A list is described by its first entry, a name that is not known by its length.
 */
export function notationOf(value: unknown): string {
	let shown = notation(value, 1);
	for (let depth = 2; depth <= DEEPEST; depth++) {
		const deeper = notation(value, depth);
		if (deeper.length > LONGEST) break;
		shown = deeper;
	}
	return shown;
}

/** @param depth how many layers are described @param name the field that the value stands in */
function notation(value: unknown, depth: number, name = ''): string {
	if (value === undefined || value === '') return 'nothing';
	if (value === null) return 'null';
	if (typeof value === 'string') return textForm(value, name);
	if (typeof value === 'number') return `number(${String(value).replace(/\D/g, '').length})`;
	if (typeof value === 'boolean') return FLAGS.includes(name) ? String(value) : 'boolean';
	if (Array.isArray(value)) {
		if (value.length === 0) return '[]';
		return `[${value.length} × ${depth === 0 ? '…' : notation(value[0], depth - 1)}]`;
	}
	const entries = Object.entries(value as object);
	if (entries.length === 0) return '{}';
	if (depth === 0) return '{…}';
	const known = entries.filter(([inner]) => isKnownName(inner));
	const others = entries.filter(([inner]) => !isKnownName(inner));
	const shown = [
		...known.map(([inner, held]) => `${inner}: ${notation(held, depth - 1, inner)}`),
		...others.map(([inner, held]) => `(name of ${inner.length}): ${notation(held, depth - 1)}`),
	].slice(0, MOST_NAMES);
	if (entries.length > shown.length) shown.push(`${entries.length - shown.length} more`);
	return `{${shown.join(', ')}}`;
}

function textForm(text: string, name: string): string {
	if (FLAGS.includes(name) && /^(true|false)$/i.test(text)) return `"${text.toLowerCase()}"`;
	const field = { [name]: text };
	if ((readEventTime(field) ?? readCreatedAt(field)) !== undefined)
		return /(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? 'time(zone)' : 'time(no zone)';
	return `${/^\d+$/.test(text) ? 'digits' : 'text'}(${text.length})`;
}
