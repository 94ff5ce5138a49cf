/** What of a value tells who is meant. Spreadsheets, forms, files and programs leave other things in its place. */

/** Characters that a joiner belongs between: letters whose form it changes, and emoji. */
const JOINED =
	'[\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Mong}\\p{scx=Deva}\\p{scx=Beng}\\p{scx=Guru}\\p{scx=Gujr}\\p{scx=Orya}' +
	'\\p{scx=Taml}\\p{scx=Telu}\\p{scx=Knda}\\p{scx=Mlym}\\p{scx=Sinh}\\p{scx=Khmr}\\p{scx=Mymr}\\p{ExtPict}\\p{EMod}]';

/** Characters that no one sees: format characters, variation selectors, fillers, NUL. */
const UNSEEN = new RegExp(
	`(?!(?<=${JOINED}\\uFE0F?)[\\u200C\\u200D]${JOINED})[\\p{DI}\\0\\u2800\\uFFF9-\\uFFFB]`,
	'gu',
);

/** What a file has that was read in another encoding than it was written in: `N\uFFFDez`, `NÃºÃ±ez`. */
const UNREADABLE = /\uFFFD|Ã[\u0080-\u00BF€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|Â[\u0080-\u00BF]/u;

/** `#N/A`, `#REF!`, `#DIV/0!`, also in other languages; `####` where a column is too narrow; LibreOffice's `Err:502`. */
const SHEET_ERROR =
	/^(?:#(?:[\p{L}\p{N}_/¡¿]+[!?]|\p{L}{1,2}\/\p{L}|NV|GETTING_DATA|#+)|Err:\d{3}|Loading\.\.\.)$/iu;

/** `{{ $json.id }}` as it stands, and an object as text. */
const NOT_EVALUATED = /\{\{[^{}]*\}\}|\[object \w+\]/;

/** `lead-undefined`: as programs write it, so that it is no name. */
const MISSING_PART = /(?<![\p{L}\p{N}])(?:undefined|null|NaN)(?![\p{L}\p{N}])/u;

/** `1.23457E+15`. Without a point or a sign, as in `12E5`, it may be an ID. */
const SCIENTIFIC = /^[+-]?\d+(?:[.,]\d+E[+-]?|E[+-])\d+$/i;

/** What people write, and programs make, of no value: such words only, or no letters and no digits but zeros. */
const NOTHING =
	/^[\p{P}\p{S}\s]*(?:0[\p{P}\p{S}\s0]*|(?:(?:null|undefined|nan|none|nil|n\s*[/\\.]?\s*a|not (?:available|applicable|provided|given|set|found|known)|no(?: (?:value|data|id|number|phone|e-?mail|address))?|yes|true|false|empty|blank|unknown|missing|tbd|error|infinity|invalid date(?:time)?|object \w+)(?:[\p{P}\p{S}\s]+|$))*)$/iu;

/** The address of nobody, which a form that insists on one gets. */
const NO_ADDRESS =
	/^(?:no[._-]?(?:e?-?mail|address|reply|one)|do[._-]?not[._-]?reply|none|null|undefined|unknown|not[._-]?(?:available|provided|given)|empty|blank)@/i;

/** What is around an address or a number, and plainly not part of it. */
const BEFORE = /^[\s<='"`“”„‘’«]*(?:(?:mailto|tel|p):)?[\s<'"]*/i;
/** From where such a run begins: from each of its characters, a long one would take seconds. */
const AFTER = /(?<![\s>'"`“”‘’»,;.])[\s>'"`“”‘’»,;.]+$/;

/** No marks that separate two, and a domain of letters, digits, and hyphens, in whatever language. */
const EMAIL =
	/^[^\s@<>()[\],;:"]+@[\p{L}\p{M}\p{N}]+(?:-+[\p{L}\p{M}\p{N}]+)*(?:\.[\p{L}\p{M}\p{N}]+(?:-+[\p{L}\p{M}\p{N}]+)*)*$/u;

const FEWEST_PHONE_DIGITS = 7;

const SHEET_SHOWS_ERROR = 'The spreadsheet shows an error. Correct its formula or column there.';

const NO_VALUE_GIVEN =
	'An expression did not give its value. Correct it, and see that its field is switched to Expression.';

const AS_TEXT =
	'Its digits were rounded. Format the column as text in the spreadsheet, and enter the whole number there.';

/** A text without the characters that no one sees, and without spaces around it. */
export function visible(text: string): string {
	return text.replace(UNSEEN, '').trim();
}

/**
 * An email address, a phone number, or a ZIP without what is around it, as `<>`, quotes, `mailto:`, a comma or the `.0` of a
 * number at its end, and in narrow characters.
 */
export function unwrapped(text: string): string {
	return text
		.replace(/[\uFF01-\uFF5E]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
		.replace(BEFORE, '')
		.replace(AFTER, '')
		.replace(/^(\+?\d+)\.0+$/, '$1');
}

/** The first characters that tell that a text was read in another encoding than it was written in. */
export function unreadableIn(text: string): string | undefined {
	return UNREADABLE.exec(text)?.[0];
}

/** Why a text is none that a person has written; undefined if it may be one. */
export function textProblem(text: string): string | undefined {
	if (SHEET_ERROR.test(text)) return SHEET_SHOWS_ERROR;
	return NOT_EVALUATED.test(text) ? NO_VALUE_GIVEN : undefined;
}

/** Whether a text is one email address, and no more. */
export function isEmail(text: string): boolean {
	return EMAIL.test(text);
}

/** A ZIP that a spreadsheet took for a number, with its zeros again; undefined for any other value. */
export function withZeros(zip: unknown): string | undefined {
	return /^\d{3,4}$/.test(String(zip)) && typeof zip === 'number' ? String(zip).padStart(5, '0') : undefined;
}

/**
 * Why a value identifies nobody, and how to put it right; undefined if it may identify someone, or is empty.
 * @param as what more is known of it than that it is an ID
 */
export function identityProblem(value: unknown, as?: 'email' | 'phone'): string | undefined {
	const text = visible(String(value));
	if (text === '') return undefined;
	if (SCIENTIFIC.test(text) || (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)) {
		return AS_TEXT;
	}
	if (SHEET_ERROR.test(text)) return SHEET_SHOWS_ERROR;
	if (text.length < 100 && NOTHING.test(text))
		return "It stands for no value. Leave it empty if there isn't one.";
	const problem = textProblem(text) ?? (MISSING_PART.test(text) ? NO_VALUE_GIVEN : undefined);
	if (problem !== undefined) return problem;
	if (as === 'email' && isNoAddress(text)) {
		return 'It is the address of nobody. Match by External ID or Phone instead.';
	}
	if (as !== 'phone' || isPhoneNumber(text)) return undefined;
	return `A phone number has at least ${FEWEST_PHONE_DIGITS} digits, not all of them the same. Leave it empty if there isn't one.`;
}

function isNoAddress(text: string): boolean {
	const [name = '', domain = ''] = text.toLowerCase().split('@');
	return NO_ADDRESS.test(text) || (domain.split('.')[0] === name && NOTHING.test(name));
}

/** Whether the digits of a text can be those of one phone, with or without the 1 of North America. */
function isPhoneNumber(text: string): boolean {
	const digits = text.replace(/\P{Nd}/gu, '');
	return !text.includes('@') && digits.length >= FEWEST_PHONE_DIGITS && !/^1?(\p{Nd})\1*$/u.test(digits);
}
