import type { IDataObject } from 'n8n-workflow';

import { firstOf, isObject, textOf } from './json';
import type { Scope } from './keys';

/** How many of an error's fields, and of a field's reasons, are read. */
const MOST_FIELDS = 10;
/** Under which names the words of an error stand, in lower case. */
const WORDS = ['message', 'msg', 'error', 'detail', 'title', 'description', 'reason'];
/** Under which names an entry of a list of errors tells what it is about. */
const SUBJECTS = ['field', 'property', 'param', 'loc', 'path', 'pointer', 'source', 'name'];

/**
 * What an error answer says, as the vendor wrote it, however long (see vendorMessage.ts). A: the body may be `{message}`,
 * `{error}`, `{error:{code,message}}`, problem details (RFC 9457) with `errors` by field, a list of any of these, plain text,
 * HTML (which says nothing to a user) or empty. Of any other form it is the first texts.
 */
export function readErrorBody(body: unknown): { message?: string; fields: Record<string, string> } {
	if (typeof body === 'string') {
		return { message: body.trimStart().startsWith('<') ? undefined : textOf(body), fields: {} };
	}
	const top = lowerCased(isObject(body) ? body : { errors: body });
	const nested = lowerCased(isObject(top.error) ? top.error : { errors: top.error });
	const reasons = [
		...[nested.message, nested.errors, nested.details, top.message],
		...[top.errors, top.details, top.detail, top.modelstate],
	].flatMap(reasonsIn);
	const loose = reasons.flatMap(([field, reason]) => (field === '' ? reason : []));
	const message = [textOf(nested.message) ?? wordsOf(top), ...loose].filter(Boolean).join('; ');
	const fields = reasons.filter(([field]) => field !== '');
	const isOther = isObject(body) && message === '' && fields.length === 0;
	return {
		message: message === '' ? undefined : message,
		fields: Object.fromEntries(isOther ? byField(body) : fields),
	};
}

type Reason = [field: string, reason: string];

/** The reasons in a list of errors, or by field; those that are about none have ''. */
function reasonsIn(errors: unknown): Reason[] {
	if (isObject(errors)) return byField(errors);
	const list = Array.isArray(errors) ? (errors.slice(0, MOST_FIELDS) as unknown[]) : [];
	return list.flatMap((error): Reason[] => {
		const entry = lowerCased(isObject(error) ? error : { message: error });
		const words = wordsOf(entry);
		if (words === undefined) return isObject(error) ? byField(error) : [];
		return [[textsIn(firstOf(entry, SUBJECTS)).join('.'), words]];
	});
}

function byField(errors: IDataObject): Reason[] {
	return Object.keys(errors)
		.slice(0, MOST_FIELDS)
		.map(
			(field): Reason => [
				field,
				textsIn(errors[field])
					.slice(0, MOST_FIELDS)
					.map((text) => text.trim())
					.join(', '),
			],
		)
		.filter(([, reason]) => reason !== '');
}

/** The first words of an error. */
function wordsOf(error: IDataObject): string | undefined {
	return WORDS.map((name) => textOf(error[name])).find((text) => text !== undefined);
}

/** The same fields with their names in lower case, since ASP.NET's are in capitals: the first hundred. */
function lowerCased(object: Record<string, unknown>): IDataObject {
	const names = Object.keys(object).slice(0, 100);
	return Object.fromEntries(names.map((name) => [name.toLowerCase(), object[name]])) as IDataObject;
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
	const text = textsIn(body, true)
		.map((part) => part.slice(0, 500))
		.join(' ');
	const found = text.match(/\b(?:events:read|webhooks:write|integrations:(?:read|write))\b/g);
	// Elsewhere it is a person.
	const mayBeAdmin = needed === undefined || needed === 'admin';
	const isAdmin = mayBeAdmin && /scope/i.test(text) && /\badmin\b/.test(text);
	const named = [...(found ?? []), ...(isAdmin ? ['admin'] : [])] as Scope[];
	return named.find((scope) => scope === needed) ?? named[0];
}

/** The texts in a value, the outermost first, and the names of its fields if wanted: of the first few hundred. */
function textsIn(value: unknown, withNames = false): string[] {
	const found = [value];
	for (let at = 0; at < found.length && found.length < 200; at++) {
		const current = found[at];
		if (Array.isArray(current)) found.push(...(current.slice(0, 100) as unknown[]));
		else if (isObject(current))
			for (const name of Object.keys(current).slice(0, 100))
				found.push(...(withNames ? [name] : []), current[name]);
	}
	return found.filter((one) => typeof one === 'string' && one.trim() !== '') as string[];
}
