// Reading the fields of a request body, with every problem collected before anything is refused.
import { type FieldErrors, invalid } from '../errors.mts';
import type { Body } from './route.mts';

/**
 * The fields of one JSON body. Reading a field makes it a known one; what was never read is left in `extra`.
 * `undefined` means that the field was not sent, which for an update is "leave it as it is".
 */
export class Fields {
	readonly #body: Body;
	readonly #read = new Set<string>();
	readonly #problems: FieldErrors = {};

	constructor(body: Body) {
		this.#body = body;
	}

	/** The value as it was sent. */
	value(name: string): unknown {
		this.#read.add(name);
		return this.sent(name) ? this.#body[name] : undefined;
	}

	/** Notes a reason to refuse the field. */
	problem(name: string, reason: string): void {
		(this.#problems[name] ??= []).push(reason);
	}

	/** A text, or null for an empty field. */
	text(name: string): string | null | undefined {
		const value = this.value(name);
		if (value === undefined || value === null || typeof value === 'string') return value;
		this.problem(name, 'must be text');
		return undefined;
	}

	/** Whether the field was sent at all. */
	sent(name: string): boolean {
		return Object.hasOwn(this.#body, name);
	}

	/** A text that must be there and not be empty; a refused one reads as ''. */
	requiredText(name: string): string {
		const value = this.value(name);
		if (typeof value === 'string' && value.trim() !== '') return value;
		const isOther = value !== undefined && value !== null && typeof value !== 'string';
		this.problem(name, isOther ? 'must be text' : 'is required');
		return '';
	}

	/** An e-mail address that must be there; checked for its shape only. */
	requiredEmail(name: string): string {
		const value = this.requiredText(name);
		if (value !== '' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) {
			this.problem(name, 'must be an e-mail address');
		}
		return value;
	}

	/** An object, if one was sent. */
	object(name: string): object | undefined {
		const value = this.value(name);
		if (value === undefined || value === null) return undefined;
		if (typeof value === 'object' && !Array.isArray(value)) return value;
		this.problem(name, 'must be an object');
		return undefined;
	}

	/** The id of something that exists, or null for an empty field. */
	reference(name: string, exists: (id: number) => boolean): number | null | undefined {
		const value = this.value(name);
		if (value === undefined || value === null) return value;
		if (typeof value === 'number' && exists(value)) return value;
		this.problem(name, 'does not exist');
		return undefined;
	}

	/** Refuses the field at once, together with every problem noted before. */
	refuse(name: string, reason: string): never {
		this.problem(name, reason);
		throw invalid(this.#problems);
	}

	/** Throws one validation error that names every problem. */
	check(): void {
		if (Object.keys(this.#problems).length > 0) throw invalid(this.#problems);
	}

	/** The fields that nobody read. */
	extra(): Record<string, unknown> {
		return Object.fromEntries(Object.entries(this.#body).filter(([name]) => !this.#read.has(name)));
	}
}

/** The object without its undefined values: what an update really changes. */
export function defined<T extends object>(change: T): Partial<T> {
	return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;
}
