import type { IDataObject } from 'n8n-workflow';

import { sortedBy } from '../helpers/sorted';

/** An answer that follows none of the accepted forms. Its message completes "WhiteLabelCRO answered with …". */
export class UnexpectedShapeError extends Error {}

export function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Which of these names an object has a value under: the first counts. Undefined if none. */
export function nameIn(object: IDataObject, names: readonly string[]): string | undefined {
	return names.find((candidate) => object[candidate] !== undefined && object[candidate] !== null);
}

export function firstOf(object: IDataObject, names: readonly string[]): unknown {
	const name = nameIn(object, names);
	return name === undefined ? undefined : object[name];
}

export function textOf(value: unknown): string | undefined {
	if (typeof value === 'number') return String(value);
	return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

const TOKENS = /(?:[\s{}[\]:,]|"(?:[^"\\\p{Cc}]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)*/uy;

/** Where a text that is not JSON goes wrong, by what, and the remedy for it, in words and without a word of its own. */
export function jsonProblem(text: string, error: Error): { at: string; remedy: string } {
	TOKENS.lastIndex = 0;
	TOKENS.test(text);
	let place = TOKENS.lastIndex;
	const rest = text.slice(place);
	let [what, remedy] = ['something that is not JSON', 'Write it as {"field_name": "value"}.'];
	if (/^[“”„]/.test(rest)) [what, remedy] = ['curly quotes', 'Use straight ones: "'];
	else if (/^['‘’`]/.test(rest)) [what, remedy] = ['single quotes', 'Use double ones: "'];
	else if (/^"[^"]*[\r\n]/.test(rest)) [what, remedy] = ['a line break inside a text', 'Write it as \\n.'];
	else if (/^[\p{DI}\u00A0]/u.test(rest)) [what, remedy] = ['an invisible character', 'Remove it.'];
	else if (rest.startsWith('"')) [what, remedy] = ['a text that does not end', 'Close it with ".'];
	else if (rest === '') {
		const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => '_'.repeat(quoted.length));
		const comma = bare.search(/,\s*[}\]]/);
		place = comma < 0 ? Number(/position (\d+)/.exec(error.message)?.[1] ?? text.length) : comma;
		if (comma < 0) what = 'a missing comma, colon or bracket';
		else [what, remedy] = ['a comma before a closing bracket', 'Remove it.'];
	}
	const lines = text.slice(0, place).split('\n');
	return { at: `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}: ${what}`, remedy };
}

/** Deeper than this, no answer and no event is. */
const DEEPEST = 100;

/** Whether a value of JSON is nested so deeply that working with it may fail: V8 reads what it cannot write again. */
export function isTooDeep(value: unknown): boolean {
	let level = [value];
	for (let depth = 0; level.length > 0; depth++) {
		if (depth > DEEPEST) return true;
		level = level.flatMap((each) =>
			typeof each === 'object' && each !== null ? Object.values(each as Record<string, unknown>) : [],
		);
	}
	return false;
}

/** What is the same for the same value of JSON, whatever the order of its fields was. */
export function inOrder(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(inOrder);
	if (!isObject(value)) return value;
	return sortedBy(Object.entries(value), ([name]) => name).map(([name, field]) => [name, inOrder(field)]);
}

/** The parts of a text between its commas, without spaces around them and without empty ones. */
export function partsOf(text: string): string[] {
	return text.split(',').flatMap((part) => textOf(part) ?? []);
}

export const ANY_LIST = ['data', 'items', 'results'];

/**
 * The rows of a lookup. D for employees: `{ "employees": [...], "count": 1 }`. A: the others have the same shape.
 * @param names the names under which the array may stand; a bare array is accepted too
 * @throws UnexpectedShapeError
 */
export function readRows(body: unknown, names: readonly string[]): IDataObject[] {
	const rows = listIn(body, names);
	if (rows === undefined) throw new UnexpectedShapeError(`no list of ${names[0] ?? 'rows'}`);
	return rows.filter(isObject);
}

/** The list that an answer has, with whatever is in it; undefined if it has none. @param names see readRows */
export function listIn(body: unknown, names: readonly string[]): unknown[] | undefined {
	const list = isObject(body) ? firstOf(body, [...names, ...ANY_LIST]) : body;
	return Array.isArray(list) ? list : undefined;
}
