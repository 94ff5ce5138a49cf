// What is left of a captured message when everything that tells of a person, an account or a secret is gone: its shape.
import { partName } from '../../nodes/WhiteLabelCro/webhook/signatureShape.ts';
import type { Captured } from './message.mts';

/** Headers whose values tell only how messages are sent. */
const HARMLESS_HEADER =
	/^(accept|connection|content-(type|length|encoding)|retry-after|transfer-encoding|x-ratelimit-[a-z]+)$/i;
/** Fields whose values are the vendor's own words, if they look like one. */
const HARMLESS_FIELD = /^(type|event_?type)$/i;
const VENDORS_WORD = /^[a-z]+[._][a-z_]+$/;
const FIELD_NAME = /^[A-Za-z][A-Za-z_]{0,40}$/;

export interface Redacted {
	startLine?: string;
	headers: Array<[name: string, value: string]>;
	/** Parsed, if it was JSON. */
	body: unknown;
}

/** The message with every letter as `a` or `A` and every digit as `1`, but for what is the vendor's and harmless. */
export function redact({ startLine, headers, body }: Captured): Redacted {
	return {
		...(startLine !== undefined && { startLine: redactStartLine(startLine) }),
		headers: headers.map(([name, value]) => [name, HARMLESS_HEADER.test(name) ? value : maskParts(value)]),
		body: redactBody(body.toString('utf8')),
	};
}

/** The path's words say which operation it was; its numbers, and whatever is asked for, say about whom. */
function redactStartLine(line: string): string {
	return line.startsWith('HTTP/')
		? line
		: line.replace(/ (\S+)/, (_all, target: string) => {
				const [path = '', query] = target.split('?');
				const words = path.split('/').map((part) => (/^[a-z][a-z-]*$|^v\d$/.test(part) ? part : mask(part)));
				const parameters = (query ?? '').split('&').map((pair) => {
					const [name = '', ...value] = pair.split('=');
					if (value.length === 0) return mask(pair);
					return `${FIELD_NAME.test(name) ? name : mask(name)}=${mask(value.join('='))}`;
				});
				return ` ${words.join('/')}${query === undefined ? '' : `?${parameters.join('&')}`}`;
			});
}

function redactBody(text: string): unknown {
	try {
		return redactValue(JSON.parse(text));
	} catch {
		return mask(text);
	}
}

function redactValue(value: unknown, field = ''): unknown {
	if (typeof value === 'string') {
		return HARMLESS_FIELD.test(field) && VENDORS_WORD.test(value) ? value : mask(value);
	}
	if (typeof value === 'number') return Number(String(Math.abs(value)).replaceAll(/\d/g, '1'));
	if (Array.isArray(value)) return value.map((one) => redactValue(one));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]) => [
			FIELD_NAME.test(name) ? name : mask(name),
			redactValue(inner, name),
		]),
	);
}

/** A header's value: what its parts are called (`sha256=`, `sha256:`, `t=`, `v1,`) is kept. Before a colon a host may stand. */
export function maskParts(value: string): string {
	return value
		.split(/([\s,;]+)/)
		.map((part) => {
			const name = partName(part);
			return name + mask(part.slice(name.length));
		})
		.join('');
}

function mask(text: string): string {
	return text
		.replaceAll(/\p{Lu}/gu, 'A')
		.replaceAll(/[\p{L}\p{M}]/gu, (letter) => (letter === 'A' ? 'A' : 'a'))
		.replaceAll(/\p{N}/gu, '1');
}
