/** How much of a text from outside is shown. */
const SHOWN = 500;
/** An email address has up to 64 + 1 + 255 characters (RFC 5321): this much more is read, to see all of one that begins in what is shown. */
const LONGEST = 320;
/** A part of the key this long tells too much of it. */
const KEY_PART = 12;
/** An at sign, plain, in a URL or in HTML. */
const AT = /@|%(?:25)*40|&#0*64;|&#x0*40;|&commat;/i;
/** An at sign in words. */
const AT_IN_WORDS = /\s?[([{]\s?at\s?[)\]}]\s?/gi;
const UUID = /\b([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\b/i;
/** Digits, and between them what people, forms and word processors set them off by: dashes, dots, bullets, what cannot be seen. */
const DIGITS =
	/\+?\p{Nd}(?:[\s()./_\p{Pd}\p{Cf}\u2212\u02D7\u2043\u00B7\u2022\u2024\u2027\u2219\u22C5\u25CF\u30FB]*,?\p{Nd})*/gu;
const DATE = /^(?=.{6})\p{Nd}{1,4}([./-])\p{Nd}{1,2}\1\p{Nd}{1,4}$/u;

// Private characters that stand for what was removed, one for each of its characters: so no cut can split it.
const KEY = '\uE000';
const EMAIL = '\uE001';
const NUMBER = '\uE002';

/**
 * A text from outside, fit for an error: without what an error must never show (keys, and the addresses and numbers of
 * people, which vendors like to echo), and cut to some 500 characters. Of a longer text it looks at little more than that.
 * @param apiKey the key in use, which may have any form
 */
export function redact(text: string, apiKey = ''): string {
	const start = text.slice(0, SHOWN + LONGEST + apiKey.length).replace(/[\uE000-\uE002]/g, '?');
	const shown = withoutKey(start, apiKey)
		.replace(/wlcro_[\w-]*/gi, mask(KEY))
		// Only a computer tells full-width characters apart.
		.replace(/[\uFF01-\uFF5E]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
		.replace(AT_IN_WORDS, mask('@'))
		.replace(/"[^"]{1,64}"(?=[@%&])/g, mask(EMAIL))
		// A word ends at what sets off an address in a sentence, in JSON or in a URL.
		.replace(/(?:&#?\w{1,8};|[^\s"<>()[\]{},;:.]|\.(?!\s))+/g, (word) =>
			AT.test(word) ? mask(EMAIL)(word) : word,
		)
		.split(UUID)
		// Every other one is a UUID.
		.map((part, nth) => (nth % 2 === 0 ? part.replace(DIGITS, maskNumber) : part))
		.join('')
		.slice(0, SHOWN)
		.replace(/\uE000+/g, '[API key]')
		.replace(/\uE001+/g, '[email]')
		.replace(/\uE002+/g, '[number]');
	return text.length > SHOWN ? `${shown.replace(/[\uD800-\uDBFF]$/, '')}…` : shown;
}

/** The same identifier, since people copy it and its digits are no phone number; undefined for what cannot be one, or has a key in it. */
export function redactId(id: string, apiKey: string): string | undefined {
	if (!/^[\w.:;|/+=~-]{1,200}$/.test(id) || /wlcro_/i.test(id)) return undefined;
	return withoutKey(id, apiKey) === id ? id : undefined;
}

/** A text in which the key is masked, and each part of it that tells too much. */
function withoutKey(text: string, apiKey: string): string {
	const length = Math.min(KEY_PART, apiKey.length);
	if (length === 0) return text;
	const parts = new Set(
		Array.from({ length: apiKey.length - length + 1 }, (_, at) => apiKey.slice(at, at + length)),
	);
	let shown = '';
	let end = 0;
	for (let at = 0; at < text.length; at++) {
		if (parts.has(text.slice(at, at + length))) end = at + length;
		shown += at < end ? KEY : text.charAt(at);
	}
	return shown;
}

/** A number of a person: shorter ones are IDs, amounts and counts. */
function maskNumber(found: string): string {
	const digits = found.match(/\p{Nd}/gu)?.length ?? 0;
	const isPersonal = found.length > 8 || digits > 7 || (digits === 7 && found.length > 7) || DATE.test(found);
	return isPersonal ? mask(NUMBER)(found) : found;
}

function mask(character: string): (found: string) => string {
	return (found) => character.repeat(found.length);
}
