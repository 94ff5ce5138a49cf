/**
 * Verification of a delivery's signature. The vendor documents HMAC-SHA256 over the request body with the subscription's
 * signing secret, but neither the header's name nor the signature's form. So every form in use is accepted, whatever its
 * header is called. This lets nobody in: each form can only be made with the secret.
 */
import { createHmac, timingSafeEqual } from 'crypto';

export type DeliveryHeaders = Record<string, string | string[] | undefined>;

export type Verification =
	| { accepted: true }
	| {
			accepted: false;
			reason:
				| 'no signature'
				| 'wrong signature'
				| 'signed too long ago or in the future'
				| 'a body that is no JSON object'
				| 'a body of over 1 MB';
			/** How far in the past it was signed with the secret, in milliseconds, if it was too long ago or in the future. */
			ageMs?: number;
	  };

/** How far a signed timestamp may be from now, either way. */
const TOLERANCE_MS = 5 * 60_000;

// Bounds for the work that one request, however stuffed, can cause: at most 2 keys x (1 + 4 + 4 x 4) messages = 42 MACs.
const MAX_SIGNATURES = 16;
const MAX_TIMESTAMPS = 4;
const MAX_IDS = 4;
/** How many are read to find them. */
const MAX_ID_HEADERS = 16;
const MAX_TIMESTAMPS_SEEN = 500;
const MAX_HEADERS = 100;
const MAX_VALUE_LENGTH = 2048;

/** An event has a few hundred bytes. */
const MAX_BODY_BYTES = 1024 * 1024;

const MAC_BYTES = 32;

/** The fewest characters of a signature (base64url without padding) and of a timestamp (Unix seconds). */
const MIN_SIGNATURE_LENGTH = 43;
const MIN_TIMESTAMP_LENGTH = 10;

/**
 * Whether a delivery was signed with the secret.
 * @param rawBody the bytes as received (inflated, if they were compressed), never a re-serialized object
 * @param secret the signing secret as the create answer gave it
 * @param now the present by the CRM's clock, in milliseconds: a signature over a timestamp is refused if that is over five minutes away
 */
export function verifySignature(
	rawBody: Buffer,
	headers: DeliveryHeaders,
	secret: string,
	now: number,
): Verification {
	if (secret === '') return { accepted: false, reason: 'no signature' };
	if (rawBody.length > MAX_BODY_BYTES) return { accepted: false, reason: 'a body of over 1 MB' };
	if (!beginsAsObject(rawBody)) return { accepted: false, reason: 'a body that is no JSON object' };
	const found = candidates(Object.entries(headers).slice(0, MAX_HEADERS), now);
	if (found.signatures.length === 0) return { accepted: false, reason: 'no signature' };
	const prefixes = signedPrefixes(found);
	let ageMs: number | undefined;
	for (const key of signingKeys(secret)) {
		for (const { prefix, timestamp } of prefixes) {
			const mac = createHmac('sha256', key).update(prefix).update(rawBody).digest();
			if (!found.signatures.some((signature) => timingSafeEqual(signature, mac))) continue;
			if (timestamp === undefined || Math.abs(now - timestamp) <= TOLERANCE_MS) return { accepted: true };
			ageMs = now - timestamp;
		}
	}
	return {
		accepted: false,
		reason: ageMs === undefined ? 'wrong signature' : 'signed too long ago or in the future',
		ageMs,
	};
}

/**
 * Every event is a JSON object (D). That, and that no id holds a quotation mark, leaves one reading of a signed message: as
 * a body if it begins with a brace, else as what stands before the first brace and a body. Otherwise a delivery that was
 * signed with a timestamp could be sent again forever, as a longer body that was signed without one.
 */
function beginsAsObject(rawBody: Buffer): boolean {
	return rawBody.find((byte) => !INSIGNIFICANT.includes(byte)) === 0x7b;
}

/** JSON's white space, and the byte order mark. */
const INSIGNIFICANT = [0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf];

/** The secret's text as bytes and, where it is the base64 form of 32 bytes, or of Standard Webhooks, what that stands for. */
function signingKeys(secret: string): Buffer[] {
	const text = Buffer.from(secret, 'utf8');
	// Standard Webhooks: 24 to 64 bytes. Fewer would be a key that can be guessed.
	const standard = /^whsec_([\w+/-]{32,86}={0,2})$/.exec(secret)?.[1];
	const decoded = standard === undefined ? decodeMac(secret) : Buffer.from(standard, 'base64');
	return decoded === undefined ? [text] : [text, decoded];
}

/** What may stand before the body in the signed message: nothing, `${t}.` or `${id}.${t}.` (Standard Webhooks). */
function signedPrefixes({ timestamps, ids }: Candidates): Array<{ prefix: string; timestamp?: number }> {
	const prefixes: ReturnType<typeof signedPrefixes> = [{ prefix: '' }];
	for (const { text, ms } of timestamps) {
		prefixes.push({ prefix: `${text}.`, timestamp: ms });
		for (const id of ids) prefixes.push({ prefix: `${id.text}.${text}.`, timestamp: ms });
	}
	return prefixes;
}

interface Candidates {
	/** Each exactly 32 bytes, since timingSafeEqual throws on unequal lengths. */
	signatures: Buffer[];
	timestamps: Array<{ text: string; ms: number; isNamed: boolean }>;
	ids: Array<{ text: string; rank: number }>;
}

type HeaderEntry = [name: string, value: string | string[] | undefined];

function candidates(entries: HeaderEntry[], now: number): Candidates {
	const found: Candidates = { signatures: [], timestamps: [], ids: [] };
	// Headers that say what they are come first, so that junk in others cannot use up the bounds.
	const isNamed = ([name]: HeaderEntry) => namesASignature(name);
	for (const entry of entries.filter(isNamed)) gather(entry, found);
	for (const entry of entries.filter((other) => !isNamed(other))) gather(entry, found);
	found.ids = found.ids.sort((a, b) => a.rank - b.rank).slice(0, MAX_IDS);
	// Those that say what they are come first, then those nearest to now: an ID may have the digits of a time.
	found.timestamps = found.timestamps
		.sort((a, b) => Number(b.isNamed) - Number(a.isNamed) || Math.abs(now - a.ms) - Math.abs(now - b.ms))
		.slice(0, MAX_TIMESTAMPS);
	return found;
}

/** The ids that a signature may cover come first, and last those that whoever passes a request on gives it. */
function rankOf(idHeader: string): number {
	if (/webhook|delivery|event|message|msg/i.test(idHeader)) return 0;
	return /request|correlation|trace/i.test(idHeader) ? 2 : 1;
}

function gather([name, value]: HeaderEntry, found: Candidates): void {
	for (const text of typeof value === 'string' ? [value] : (value ?? [])) {
		if (text.length > MAX_VALUE_LENGTH) continue;
		if (found.ids.length < MAX_ID_HEADERS && /(^|-)id$/i.test(name) && !text.includes('"'))
			found.ids.push({ text: text.trim(), rank: rankOf(name) });
		if (text.length < MIN_TIMESTAMP_LENGTH) continue;
		for (const part of SEPARATOR.test(text) ? text.split(SEPARATOR) : [text]) collect(part, name, found);
	}
}

/** What stands between and around the parts of a header's value. */
export const SEPARATOR = /[\s,;"']+/;

/** Whether a header is called like one that has a signature, or a part of what is signed. */
export function namesASignature(header: string): boolean {
	return /sign|hmac|webhook|timestamp/i.test(header);
}

/** One part of a header's value, `key=value`, `key:value` or bare, as a signature or a timestamp if it can be either. */
function collect(part: string, header: string, found: Candidates): void {
	if (part.length < MIN_TIMESTAMP_LENGTH) return;
	const value = /[=:]/.test(part) ? (/^(?:[a-z][\w-]{0,31}[=:])+([^=].*)$/i.exec(part)?.[1] ?? part) : part;
	if (value.length >= MIN_SIGNATURE_LENGTH) {
		const bytes = found.signatures.length < MAX_SIGNATURES ? decodeMac(value) : undefined;
		if (bytes !== undefined) found.signatures.push(bytes);
	} else if (found.timestamps.length < MAX_TIMESTAMPS_SEEN) {
		const ms = parseTimestamp(value);
		const isNamed = /time/i.test(header) || /^t[=:]/i.test(part);
		if (ms !== undefined) found.timestamps.push({ text: value, ms, isNamed });
	}
}

/**
 * Unix seconds (with a fraction, too), milliseconds or microseconds, or ISO 8601 (without a zone in UTC), in milliseconds.
 * A fraction is shorter than any timestamp: so what was signed as an ID, a full stop and a timestamp is not read as one
 * timestamp with a fraction, nor vice versa, and no old delivery becomes a new one.
 */
function parseTimestamp(text: string): number | undefined {
	if (/^\d{10}(\.\d{1,9})?$/.test(text)) return Number(text) * 1000;
	if (/^\d{13}$/.test(text)) return Number(text);
	if (/^\d{16}$/.test(text)) return Number(text) / 1000;
	const [, time, zone = 'Z'] =
		/^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
	const ms = time === undefined ? NaN : Date.parse(time + zone);
	return Number.isNaN(ms) ? undefined : ms;
}

/** The 32 bytes that a text stands for as hex, base64 or base64url; undefined if it stands for none. */
function decodeMac(text: string): Buffer | undefined {
	if (text.length === 2 * MAC_BYTES) return /^[\da-f]+$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
	if (text.length > 44 || !/^[\w+/-]{43}=?$/.test(text)) return undefined;
	// Node's base64 decoder reads the URL-safe alphabet too.
	const bytes = Buffer.from(text, 'base64');
	return bytes.length === MAC_BYTES ? bytes : undefined;
}
