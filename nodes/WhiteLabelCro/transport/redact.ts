/** How much of a text from outside is shown. */
const SHOWN = 500;
/** An email address has up to 64 + 1 + 255 characters (RFC 5321): so much more is looked at, to see one whole that begins in what is shown. */
const LONGEST = 320;

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
	const shown = (apiKey === '' ? start : start.replaceAll(apiKey, mask(KEY)))
		.replace(/wlcro_[\w-]*/gi, mask(KEY))
		// A word ends at what sets off an address in a sentence, in JSON or in a URL.
		.replace(/(?:[^\s"<>()[\]{},;:=.]|\.(?!\s))+/g, (word) => (/@|%40/.test(word) ? mask(EMAIL)(word) : word))
		.replace(/\+?\d[\d\s()./\u2010-\u2015-]{7,}\d/g, mask(NUMBER))
		.slice(0, SHOWN)
		.replace(/\uE000+/g, '[API key]')
		.replace(/\uE001+/g, '[email]')
		.replace(/\uE002+/g, '[number]');
	return text.length > SHOWN ? `${shown.replace(/[\uD800-\uDBFF]$/, '')}…` : shown;
}

/** The same identifier, since people copy it and its digits are no phone number; undefined for what cannot be one, or has a key in it. */
export function redactId(id: string, apiKey: string): string | undefined {
	const hasKey = /wlcro_/i.test(id) || (apiKey !== '' && id.includes(apiKey));
	return /^[\w.:;|/+=~-]{1,200}$/.test(id) && !hasKey ? id : undefined;
}

function mask(character: string): (found: string) => string {
	return (found) => character.repeat(found.length);
}
