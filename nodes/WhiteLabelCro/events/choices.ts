/** What a trigger was set to start on, and since when: a change begins at the change, and what was wanted before goes on. */
import { inOrder, isObject } from '../contract/json';
import type { EventEnvelope } from '../contract/events';
import type { Filters } from './filters';
import { matches } from './selection';
import type { Selection } from './selection';

/** How many are kept; the oldest of them counts for all that happened before. */
const MAX_CHOICES = 10;

/** What starts the workflow, from a moment on. Plain data, to be stored. */
export interface Choice {
	/** Undefined: what happened then is not caught up on. */
	selection?: Pick<Selection, 'options' | 'filters'>;
	/** In milliseconds, by the CRM's clock; 0 for the first, which also counts for all that happened before. */
	since: number;
}

/**
 * The choices of a trigger, the present one included.
 * @param history those so far, oldest first; it is not changed
 * @param now by the CRM's clock, in milliseconds: rather early, since its events tell whole seconds
 */
export function withChoice(history: Choice[], present: Choice['selection'], now: number): Choice[] {
	const last = history.at(-1);
	const choice = { selection: present && plain(present), since: last === undefined ? 0 : now };
	if (last !== undefined && isSame(last.selection, choice.selection)) return history;
	return [...history, choice].slice(-MAX_CHOICES);
}

/** As it will be read from where it is stored: an expression may give values that JSON writes otherwise. */
function plain({ options, filters }: NonNullable<Choice['selection']>): Choice['selection'] {
	return JSON.parse(JSON.stringify({ options, filters })) as Choice['selection'];
}

/**
 * Whether an event matches both the choice in force when it happened and the present one. Without any choice, nothing does.
 * @param createdAt by the CRM's clock, in milliseconds; for an event that does not say, only the present choice counts
 */
export function wasWanted(history: Choice[], event: EventEnvelope, createdAt: number | undefined): boolean {
	const present = history.at(-1);
	const then = history.findLast(({ since }) => since <= (createdAt ?? Infinity)) ?? history[0];
	return [present, then].every((choice) => choice?.selection && matches(choice.selection, event));
}

/** The choices in what was stored, as copies: what is none, since others write there too, is left out. */
export function readChoices(value: unknown): Choice[] {
	return Array.isArray(value) ? value.flatMap((each) => readChoice(each) ?? []) : [];
}

function readChoice(value: unknown): Choice | undefined {
	if (!isObject(value) || !Number.isFinite(value.since)) return undefined;
	if (value.selection === undefined) return { since: Number(value.since) };
	if (!isObject(value.selection)) return undefined;
	const { options, filters } = value.selection;
	if (!isTexts(options) || !isObject(filters)) return undefined;
	return {
		selection: { options: [...options], filters: { ...filters } as Filters },
		since: Number(value.since),
	};
}

function isTexts(value: unknown): value is string[] {
	return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isSame(one: Choice['selection'], other: Choice['selection']): boolean {
	return JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other));
}
