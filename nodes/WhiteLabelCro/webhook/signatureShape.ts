/** The shape of what looks like a signature: enough to find out how deliveries are signed, and nothing to sign one with. */
import { SEPARATOR, namesASignature } from './signature';
import type { DeliveryHeaders } from './signature';

/** How much is described, in headers, parts of a header's value, and characters. */
const MAX_HEADERS = 6;
const MAX_PARTS = 8;
const NAME_SHOWN = 60;
const VALUE_LOOKED_AT = 2048;

/** The shortest signature in use is SHA-1 in base64 without padding. */
const MIN_LENGTH = 27;

/**
 * What the parts of such a header are called, up to the sign that follows. Any other name is treated as a part of the value.
 */
const PART_NAME =
	/^(?:(?:alg(?:orithm)?|digest|hmac(?:-?sha-?\d{1,3})?|id|key-?id|mac|nonce|sha-?\d{1,3}|sig(?:nature)?|sign|t|time(?:stamp)?|ts|v\d{1,2})[=:])+(?=.)|^v\d{1,2}$/i;

/** What a part of a header's value is called, with the sign that follows, e.g. `sha256=`; empty if it has no name. */
export function partName(part: string): string {
	return PART_NAME.exec(part)?.[0] ?? '';
}

/**
 * The headers that look like a signature, or belong to one, e.g. "x-signature: t=(10 digits) v1=(64 characters, hex)".
 * Undefined if there are none.
 */
export function signatureShape(headers: DeliveryHeaders): string | undefined {
	const shapes: string[] = [];
	let isSigned = false;
	for (const [name, value] of Object.entries(headers)) {
		const text = [value].flat().join(' ').slice(0, VALUE_LOOKED_AT);
		const parts = text.split(SEPARATOR).filter(Boolean);
		const hasSignature = parts.some((part) => isLikeSignature(part.slice(partName(part).length)));
		const isNamed = namesASignature(name);
		// Neither credentials nor a request's ID is a signature, however long.
		const isOther = /cookie|authorization|trace|(?:^|-)id$/i.test(name);
		if (!isNamed && (!hasSignature || isOther)) continue;
		isSigned ||= (hasSignature && !isOther) || /sign|hmac/i.test(name);
		shapes.push(`${name.slice(0, NAME_SHOWN)}: ${parts.slice(0, MAX_PARTS).map(partShape).join(' ')}`);
	}
	return isSigned ? shapes.slice(0, MAX_HEADERS).join('; ') : undefined;
}

function isLikeSignature(text: string): boolean {
	return text.length >= MIN_LENGTH && /^[\w+/.-]+={0,2}$/.test(text);
}

function partShape(part: string): string {
	const name = partName(part);
	const value = part.slice(name.length);
	if (value === '') return name;
	const { length } = value;
	return `${name}(${/^\d+$/.test(value) ? `${length} digits` : `${length} characters, ${alphabetOf(value)}`})`;
}

/** The narrowest alphabet that a text is written in. */
function alphabetOf(text: string): string {
	if (/^[\da-f]+$/.test(text)) return 'hex';
	if (/^[\dA-F]+$/.test(text)) return 'hex in capitals';
	if (/^[A-Z2-7]+=*$/.test(text)) return 'base32';
	const padding = text.endsWith('=') ? ' with padding' : '';
	if (/^[\dA-Za-z]+=*$/.test(text)) return `letters and digits${padding}`;
	if (/^[\w-]+=*$/.test(text)) return `base64url${padding}`;
	if (/^[\dA-Za-z+/]+=*$/.test(text)) return `base64${padding}`;
	return 'others too';
}
