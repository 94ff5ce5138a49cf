import { isObject, textOf } from './json';
import type { Scope } from './keys';

/** How many of an error's fields, and of a field's reasons, are read. */
const MOST_FIELDS = 10;

/**
 * What an error answer says, as the vendor wrote it, however long (see said.ts). A: the body may be `{message}`, `{error}`,
 * `{error:{code,message}}`, problem details (RFC 9457) with `errors` by field, plain text, HTML (which says nothing to a
 * user) or empty.
 */
export function readErrorBody(body: unknown): { message?: string; fields: Record<string, string> } {
	if (typeof body === 'string') {
		return { message: body.trimStart().startsWith('<') ? undefined : textOf(body), fields: {} };
	}
	if (!isObject(body)) return { fields: {} };
	const nested = isObject(body.error) ? body.error : {};
	const fields: Record<string, string> = {};
	for (const errors of [body.errors, nested.errors, nested.details]) {
		if (!isObject(errors)) continue;
		for (const field of Object.keys(errors).slice(0, MOST_FIELDS)) {
			const reason = errors[field];
			const reasons = Array.isArray(reason) ? reason.slice(0, MOST_FIELDS) : [reason];
			const text = reasons.map(textOf).filter(Boolean).join(', ');
			if (text) fields[field] = text;
		}
	}
	const message =
		textOf(nested.message) ??
		textOf(body.message) ??
		textOf(body.error) ??
		textOf(body.detail) ??
		textOf(body.title);
	return { message, fields };
}

/** D: an update answers with `success`. A: `false`, whatever the status, says that nothing was done, and an error's words say why. */
export function saysFailed(body: unknown): boolean {
	return isObject(body) && (body.success === false || textOf(body.success)?.toLowerCase() === 'false');
}

/**
 * D: a 403 for a missing scope names it. A: where; so it is looked for in the answer, as far as that is of a usual size.
 * @param needed the scope that the call needs, if that is known: an answer may name the scopes that the key has, too
 */
export function readMissingScope(body: unknown, needed?: Scope): Scope | undefined {
	const text = textsIn(body).join(' ');
	const found = text.match(/\b(?:events:read|webhooks:write|integrations:(?:read|write))\b/g);
	// Elsewhere it is a person.
	const mayBeAdmin = needed === undefined || needed === 'admin';
	const isAdmin = mayBeAdmin && /scope/i.test(text) && /\badmin\b/.test(text);
	const named = [...(found ?? []), ...(isAdmin ? ['admin'] : [])] as Scope[];
	return named.find((scope) => scope === needed) ?? named[0];
}

/** The texts and names in a value, the outermost first: the beginnings of the first few hundred. */
function textsIn(value: unknown): string[] {
	const found = [value];
	for (let at = 0; at < found.length && found.length < 200; at++) {
		const current = found[at];
		if (Array.isArray(current)) found.push(...(current.slice(0, 100) as unknown[]));
		else if (isObject(current))
			for (const name of Object.keys(current).slice(0, 100)) found.push(name, current[name]);
	}
	return found.filter((one) => typeof one === 'string').map((text) => text.slice(0, 500));
}
