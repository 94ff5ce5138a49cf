/** What of a value tells who is meant. Spreadsheets, forms, files and programs leave other things in its place. */

/** Characters that no one sees: format characters, variation selectors, fillers, NUL. */
const UNSEEN = /[\p{DI}\0\u2800\uFFF9-\uFFFB]/gu;

/** `#N/A`, `#REF!`, `#DIV/0!`, also in other languages; `####` where a column is too narrow; LibreOffice's `Err:502`. */
const SHEET_ERROR = /^(?:#(?:[\p{L}\p{N}_/¡]+[!?]|N\/[AD]|NV|GETTING_DATA|#+)|Err:\d{3}|Loading\.\.\.)$/iu;

/** `1.23457E+15`. Without a point or a sign, as in `12E5`, it may be an ID. */
const SCIENTIFIC = /^[+-]?\d+(?:[.,]\d+E[+-]?|E[+-])\d+$/i;

/** What people write, and programs make, of no value: a word, or no letters and no digits but zeros. */
const NOTHING =
	/^[\p{P}\p{S}\s]*(?:0[\p{P}\p{S}\s0]*|null|undefined|nan|none|nil|n[/\\.]?a|not (?:available|applicable|provided|given|set)|no|yes|true|false|empty|blank|unknown|infinity|object \w+)?[\p{P}\p{S}\s]*$/iu;

/** What is around an address or a number, and plainly not part of it. */
const BEFORE = /^[\s<'"`“”„‘’«]*(?:(?:mailto|tel|p):)?[\s<'"]*/i;
const AFTER = /[\s>'"`“”‘’»,;.]+$/;

/** No marks that separate two, and a domain without empty parts. */
const EMAIL = /^[^\s@<>()[\],;:"]+@[^\s@<>()[\],;:"'/?.]+(?:\.[^\s@<>()[\],;:"'/?.]+)*$/;

const FEWEST_PHONE_DIGITS = 7;

const AS_TEXT =
	'Its digits were rounded. Format the column as text in the spreadsheet, and enter the whole number there.';

/** A text without the characters that no one sees, and without spaces around it. */
export function visible(text: string): string {
	return text.replace(UNSEEN, '').trim();
}

/** An email address or a phone number without what is around it: `<>`, quotes, `mailto:`, a comma at its end. */
export function unwrapped(text: string): string {
	return text.replace(BEFORE, '').replace(AFTER, '');
}

/** Whether a text is one email address, and no more. */
export function isEmail(text: string): boolean {
	return EMAIL.test(text);
}

/** A ZIP that a spreadsheet took for a number, with its zeros again; undefined for any other value. */
export function withZeros(zip: unknown): string | undefined {
	return /^\d{3,4}$/.test(String(zip)) && typeof zip === 'number' ? String(zip).padStart(5, '0') : undefined;
}

/** Why a value identifies nobody, and how to put it right; undefined if it may identify someone, or is empty. */
export function identityProblem(value: unknown, isPhone = false): string | undefined {
	const text = visible(String(value));
	if (text === '') return undefined;
	if (SHEET_ERROR.test(text)) return 'The spreadsheet shows an error. Correct its formula or column there.';
	if (SCIENTIFIC.test(text) || (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)) {
		return AS_TEXT;
	}
	if (text.length < 100 && NOTHING.test(text))
		return "It stands for no value. Leave it empty if there isn't one.";
	if (!isPhone || isPhoneNumber(text)) return undefined;
	return `A phone number has at least ${FEWEST_PHONE_DIGITS} digits, not all of them the same. Leave it empty if there isn't one.`;
}

/** Whether the digits of a text can be those of one phone, with or without the 1 of North America. */
function isPhoneNumber(text: string): boolean {
	const digits = text.replace(/\P{Nd}/gu, '');
	return digits.length >= FEWEST_PHONE_DIGITS && !/^1?(\p{Nd})\1*$/u.test(digits);
}
