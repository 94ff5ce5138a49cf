/** The shape of an answer: names, types and lengths, and never a value. Names that are not the API's own count as values. */
import { isKnownName, isObject } from '../../transport/contract';

/** How much of a large answer is described. */
const NAMES_IN_WORDS = 6;
const NAMES_IN_NOTATION = 50;
const DEEPEST = 6;

/** The shape of a value's outermost layers in words, e.g. "an object with `items` (a list of 3) and `next_cursor`". */
export function inWords(value: unknown): string {
	if (!isObject(value)) return kindOf(value);
	const all = Object.keys(value);
	const known = all.filter(isKnownName);
	const shown = known.slice(0, NAMES_IN_WORDS);
	const left = all.length - shown.length;
	const parts = shown.map((name) => {
		const inner = value[name];
		const isPlain = inner !== null && typeof inner !== 'object';
		return isPlain ? `\`${name}\`` : `\`${name}\` (${kindOf(inner)})`;
	});
	if (left > 0)
		parts.push(
			`${left === 1 ? 'one' : left} ${parts.length > 0 ? 'more ' : ''}${left === 1 ? 'field' : 'fields'}`,
		);
	return parts.length === 0 ? 'an empty object' : `an object with ${listed(parts)}`;
}

/** What kind of value one is, in words. */
function kindOf(value: unknown): string {
	if (value === undefined || value === '') return 'nothing';
	if (value === null) return 'null';
	if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
	if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty object' : 'an object';
	if (typeof value === 'string') return `text of ${value.length} characters`;
	return typeof value === 'number' ? 'a number' : 'true or false';
}

/** Some words as a list in a sentence. */
export function listed(parts: string[]): string {
	const last = parts.at(-1) ?? '';
	return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

/**
 * The whole shape of a value as developers note it, e.g. `{events: [3 × {id: number(5), type: text(12)}], hasMore: boolean}`.
 * A list is described by its first entry, a name that is not known by its length.
 */
export function inNotation(value: unknown, depth = 0): string {
	if (value === undefined || value === '') return 'nothing';
	if (value === null) return 'null';
	if (typeof value === 'string') return `text(${value.length})`;
	if (typeof value === 'number') return `number(${String(value).replace(/\D/g, '').length})`;
	if (typeof value === 'boolean') return 'boolean';
	if (depth === DEEPEST) return '…';
	if (Array.isArray(value)) {
		return value.length === 0 ? '[]' : `[${value.length} × ${inNotation(value[0], depth + 1)}]`;
	}
	const entries = Object.entries(value as object);
	const shown = entries
		.slice(0, NAMES_IN_NOTATION)
		.map(
			([name, inner]) =>
				`${isKnownName(name) ? name : `(name of ${name.length})`}: ${inNotation(inner, depth + 1)}`,
		);
	if (entries.length > shown.length) shown.push(`${entries.length - shown.length} more`);
	return `{${shown.join(', ')}}`;
}
