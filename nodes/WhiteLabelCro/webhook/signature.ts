/**
 * Verification of a delivery's signature. The vendor documents HMAC-SHA256 over the request body with the subscription's
 * signing secret, but neither the header's name nor the signature's form. So every form in use is accepted, whatever its
 * header is called. This lets nobody in: each form can only be made with the secret.
 */
import { createHmac, timingSafeEqual } from 'crypto';

export type DeliveryHeaders = Record<string, string | string[] | undefined>;

export type Verification =
	| { accepted: true }
	| { accepted: false; reason: 'no signature' | 'wrong signature' | 'signed too long ago or in the future' };

/** How far a signed timestamp may be from now, either way. */
const TOLERANCE_MS = 5 * 60_000;

// Bounds for the work that one request, however stuffed, can cause: at most 2 keys x (1 + 4 + 4 x 3) messages = 34 MACs.
const MAX_SIGNATURES = 16;
const MAX_TIMESTAMPS = 4;
const MAX_IDS = 3;
const MAX_HEADERS = 200;
const MAX_VALUE_LENGTH = 2048;

const MAC_BYTES = 32;

/**
 * Whether a delivery was signed with the secret.
 * @param rawBody the bytes as received (inflated, if they were compressed), never a re-serialised object
 * @param secret the signing secret as the create answer gave it
 * @param now the present, in milliseconds: a signature over a timestamp is refused if that is over five minutes away
 */
export function verifySignature(
	rawBody: Buffer,
	headers: DeliveryHeaders,
	secret: string,
	now: number,
): Verification {
	const found = candidates(headers);
	if (found.signatures.length === 0 || secret === '') return { accepted: false, reason: 'no signature' };
	let stale = false;
	for (const key of signingKeys(secret)) {
		for (const { prefix, timestamp } of signedPrefixes(found)) {
			const mac = createHmac('sha256', key).update(prefix).update(rawBody).digest();
			if (!found.signatures.some((signature) => timingSafeEqual(signature, mac))) continue;
			if (timestamp === undefined || Math.abs(now - timestamp) <= TOLERANCE_MS) return { accepted: true };
			stale = true;
		}
	}
	return { accepted: false, reason: stale ? 'signed too long ago or in the future' : 'wrong signature' };
}

/** The secret's text as bytes and, where it is the base64 form of 32 bytes, those. */
function signingKeys(secret: string): Buffer[] {
	const text = Buffer.from(secret, 'utf8');
	const decoded = decodeMac(secret);
	return decoded === undefined ? [text] : [text, decoded];
}

/** What may stand before the body in the signed message: nothing, `${t}.` or `${id}.${t}.` (Standard Webhooks). */
function signedPrefixes({ timestamps, ids }: Candidates): Array<{ prefix: string; timestamp?: number }> {
	const withTimestamp = timestamps.flatMap(({ text, ms }) =>
		['', ...ids.map((id) => `${id}.`)].map((id) => ({ prefix: `${id}${text}.`, timestamp: ms })),
	);
	return [{ prefix: '' }, ...withTimestamp];
}

interface Candidates {
	/** Of exactly 32 bytes each, since timingSafeEqual throws on unequal lengths. */
	signatures: Buffer[];
	timestamps: Array<{ text: string; ms: number }>;
	ids: string[];
}

function candidates(headers: DeliveryHeaders): Candidates {
	const found: Candidates = { signatures: [], timestamps: [], ids: [] };
	const entries = Object.entries(headers)
		.slice(0, MAX_HEADERS)
		// Headers that say what they are come first, so that junk in others cannot use up the bounds.
		.sort(([a], [b]) => Number(namesASignature(b)) - Number(namesASignature(a)));
	for (const [name, value] of entries) {
		for (const text of typeof value === 'string' ? [value] : (value ?? [])) {
			if (text.length > MAX_VALUE_LENGTH) continue;
			if (/(^|-)id$/i.test(name) && found.ids.length < MAX_IDS) found.ids.push(text.trim());
			for (const part of text.split(/[\s,]+/)) collect(part, found);
		}
	}
	return found;
}

function namesASignature(header: string): boolean {
	return /sign|hmac|webhook|timestamp/i.test(header);
}

/** One part of a header's value, `key=value` or bare, as a signature or a timestamp if it can be either. */
function collect(part: string, found: Candidates): void {
	const value = /^[\w-]{1,32}=([^=].*)$/.exec(part)?.[1] ?? part;
	const ms = parseTimestamp(value);
	if (ms !== undefined && found.timestamps.length < MAX_TIMESTAMPS)
		found.timestamps.push({ text: value, ms });
	const mac = decodeMac(value);
	if (mac !== undefined && found.signatures.length < MAX_SIGNATURES) found.signatures.push(mac);
}

/** Unix seconds, Unix milliseconds or ISO 8601 in UTC, in milliseconds. */
function parseTimestamp(text: string): number | undefined {
	if (/^\d{10}$/.test(text)) return Number(text) * 1000;
	if (/^\d{13}$/.test(text)) return Number(text);
	if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return undefined;
	const ms = Date.parse(text);
	return Number.isNaN(ms) ? undefined : ms;
}

/** The 32 bytes that a text stands for as hex, base64 or base64url; undefined if it stands for none. */
function decodeMac(text: string): Buffer | undefined {
	if (/^[\da-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
	if (!/^[\w+/-]{43}=?$/.test(text)) return undefined;
	// Node's base64 decoder reads the URL-safe alphabet too.
	const bytes = Buffer.from(text, 'base64');
	return bytes.length === MAC_BYTES ? bytes : undefined;
}
