// Shapes in the words of a person.
import { isObject } from '../../nodes/WhiteLabelCro/contract/json.ts';
import { isKnownName } from '../../nodes/WhiteLabelCro/contract/knownNames.ts';
import { listed } from '../../nodes/WhiteLabelCro/actions/account/problems.ts';

/** How many names of an object are told. */
const MOST_NAMES = 6;

/** The shape of a value's outermost layers, e.g. "an object with `items` (a list of 3) and `next_cursor`". */
export function inWords(value: unknown): string {
	if (!isObject(value)) return kindOf(value);
	const all = Object.keys(value);
	const shown = all.filter(isKnownName).slice(0, MOST_NAMES);
	const left = all.length - shown.length;
	const parts = shown.map((name) => {
		const inner = value[name];
		const isPlain = inner !== null && typeof inner !== 'object';
		return isPlain ? `\`${name}\`` : `\`${name}\` (${kindOf(inner)})`;
	});
	if (left > 0) {
		const count = left === 1 ? 'one' : left;
		parts.push(`${count} ${parts.length > 0 ? 'more ' : ''}${left === 1 ? 'field' : 'fields'}`);
	}
	return parts.length === 0 ? 'an empty object' : `an object with ${listed(parts)}`;
}

/** What kind of value one is. */
function kindOf(value: unknown): string {
	if (value === undefined || value === '') return 'nothing';
	if (value === null) return 'null';
	if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
	if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty object' : 'an object';
	if (typeof value === 'string') return `text of ${value.length} characters`;
	return typeof value === 'number' ? 'a number' : 'true or false';
}
