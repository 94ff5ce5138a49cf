// How a captured delivery was signed: what the vendor does not publish, found out by trying.
import { createHmac } from 'node:crypto';
import type { Captured } from './message.mts';
import { maskParts } from './redact.mts';

export interface RecognisedSignature {
	header: string;
	/** The header's value with `{signature}` in the place of the signature, and what else is in it masked. */
	value: string;
	encoding: 'hex' | 'base64' | 'base64url';
	/** What was signed, in words. */
	signed: string;
	key: "the secret's text" | "the bytes that the secret's base64 stands for";
}

/** Stands for the signature while the rest is masked; no header can hold it. */
const SIGNATURE = '\0';

/** The form of a delivery's signature; undefined if no header holds a signature of the body with this signing secret. */
export function recogniseSignature(
	{ headers, body }: Captured,
	secret: string,
): RecognisedSignature | undefined {
	const keys: Array<[RecognisedSignature['key'], Buffer]> = [
		["the secret's text", Buffer.from(secret)],
		["the bytes that the secret's base64 stands for", Buffer.from(secret.replace(/^whsec_/, ''), 'base64')],
	];
	for (const [key, bytes] of keys) {
		for (const [signed, prefix] of prefixes(headers)) {
			const mac = createHmac('sha256', bytes).update(prefix).update(body).digest();
			for (const encoding of ['hex', 'base64', 'base64url'] as const) {
				const signature = mac.toString(encoding);
				for (const [header, value] of headers) {
					const written = [signature, signature.toUpperCase()].find((text) => value.includes(text));
					if (written === undefined) continue;
					const masked = maskParts(value.replaceAll(written, SIGNATURE)).replaceAll(SIGNATURE, '{signature}');
					return { header, value: masked, encoding, signed, key };
				}
			}
		}
	}
	return undefined;
}

/** What may stand before the body in the signed message: nothing, or any one or two parts of the headers and full stops. */
function prefixes(headers: Captured['headers']): Array<[signed: string, prefix: string]> {
	const parts = headers.flatMap(([name, value]) =>
		[value, ...value.split(/[\s,;"']+/).map((part) => part.replace(/^[a-z][\w-]*[=:]/i, ''))]
			.filter((part) => part !== '' && part.length <= 64)
			.map((part) => ({ name, part })),
	);
	const one = parts.map(({ name, part }): [string, string] => [`{${name}}.{body}`, `${part}.`]);
	const two = parts.flatMap((first) =>
		parts.map((second): [string, string] => [
			`{${first.name}}.{${second.name}}.{body}`,
			`${first.part}.${second.part}.`,
		]),
	);
	return [['{body}', ''], ...one, ...two];
}
