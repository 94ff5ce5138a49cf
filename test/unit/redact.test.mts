import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redact, redactId } from '../../nodes/WhiteLabelCro/helpers/redact.ts';

const OWN_KEY = 'Key/of+no.usual~form=0815 (mine)';
/** What no error may show, and no four characters of it. */
const secrets: Array<[what: string, secret: string]> = [
	['the key in use', OWN_KEY],
	['another key', 'wlcro_live_92_a-Secret_of-the_usual-form'],
	['a key in capitals', 'WLCRO_LIVE_92_A-SECRET_OF-THE_USUAL-FORM'],
	['an email address', 'jane.smith+crm@post.example.com'],
	['an email address in a URL', 'jane.smith%40post.example.com'],
	['an email address with an apostrophe', "jane.o'brien@post.example.com"],
	['an email address without a top level', 'jane.smith@localhost'],
	['the longest email address', `${'jane.smith'.repeat(6)}@${'post.example.'.repeat(19)}com`],
	['an email address with an equals sign', 'jane=smith@post.example.com'],
	['an email address in quotes', '"jane smith"@post.example.com'],
	['an email address in HTML', 'jane.smith&#64;post.example.com'],
	['an email address in full width', 'jane.smith＠post.example.com'],
	['a part of the key in use', OWN_KEY.slice(7, 20)],
	['a phone number', '+1 (415) 555-1234'],
	['a phone number in one', '14155551234'],
	['a phone number with slashes', '0049/30/1234567'],
	['a phone number with dashes', '415–555–1234'],
	['a phone number with commas', '415,555,1234'],
	['a phone number with underscores', '415_555_1234'],
	['a phone number in full width', '４１５５５５１２３４'],
	['a phone number in Arabic digits', '٤١٥٥٥٥١٢٣٤'],
	['a social security number', '123-45-6789'],
	['a social security number in one', '123456789'],
	['a social security number with minus signs', '123\u221245\u22126789'],
	['a social security number with small dashes', '123\uFE6345\uFE586789'],
	['a social security number with bullets', '123•45·6789'],
	['a social security number with soft hyphens', '123\u00AD45\u00AD6789'],
	['a social security number with zero-width characters', '123\u200B45\u20606789'],
	['a date of birth', '1/2/1980'],
	['a date of birth with dashes', '1980-1-2'],
	['a date of birth with dots', '1.2.1980'],
	['a phone number without an area code', '555-1234'],
	['a short account number', '12345678'],
	['an email address in words', 'jane.smith (at) post.example.com'],
	['an email address in brackets', 'jane.smith[AT]post.example.com'],
];

/** The first four characters in a row that a text has of a secret. */
function pieceOf(secret: string, text: string): string | undefined {
	return Array.from({ length: secret.length - 3 }, (_, at) => secret.slice(at, at + 4)).find((piece) =>
		text.includes(piece),
	);
}

describe.each(secrets)('%s', (_what, secret) => {
	it('is removed wherever it stands, also across the place where the text is cut', () => {
		for (let at = 0; at < 1200; at++) {
			const text = `${'. '.repeat(600).slice(0, at)} ${secret} ${'. '.repeat(600)}`;
			expect([at, pieceOf(secret, redact(text, OWN_KEY))]).toEqual([at, undefined]);
		}
	});

	it('is removed after others, whose removal makes room for more of the text', () => {
		for (let count = 1; count < 100; count++) {
			const text = `${secret}, `.repeat(count);
			expect([count, pieceOf(secret, redact(text, OWN_KEY))]).toEqual([count, undefined]);
		}
	});

	it('is removed from any text around it', () => {
		const around = fc.string({
			maxLength: 700,
			size: 'max',
			unit: fc.constantFrom('.', ' ', ',', ':', 'a', '\n', '"'),
		});
		fc.assert(
			fc.property(around, around, (before, after) => {
				expect(pieceOf(secret, redact(`${before} ${secret} ${after}`, OWN_KEY))).toBeUndefined();
			}),
		);
	});
});

describe('what is left', () => {
	it('is the text itself, if there is nothing to remove', () => {
		const text = 'The field "status" has no value 42 (HTTP 422): choose one of [a, b, 41, 43, 44, 45].';
		expect(redact(text, OWN_KEY)).toBe(text);
	});

	it.each(['3f2504e0-4f89-11d3-9a0c-0305e82c3301', 'a1234567-8901-4234-9012-345678901234'])(
		'has whole UUIDs, since people copy them (%s)',
		(uuid) => {
			const text = `Field 12, request ${uuid}, 3 of 5; 1 ${uuid} 2. See ${uuid.toUpperCase()}`;
			expect(redact(text, OWN_KEY)).toBe(text);
		},
	);

	it.each(['1234567', '1.2.3', '10:30', 'age 17-99', '1,000.00'])('has short numbers (%s)', (text) => {
		expect(redact(text)).toBe(text);
	});

	it('has a word for what was removed', () => {
		expect(redact(`Take wlcro_1_a, ${OWN_KEY}, <a@b.co>. Or call 415-555-1234.`, OWN_KEY)).toBe(
			'Take [API key], [API key], <[email]>. Or call [number].',
		);
	});

	it('has some 500 characters, and shows that it was cut', () => {
		expect(redact('word '.repeat(100_000))).toMatch(/^(word ){100}…$/);
		expect(redact('word '.repeat(100))).toBe('word '.repeat(100));
	});

	it('has no half of a character', () => {
		expect(redact(`a${'🎉'.repeat(400)}`)).toBe(`a${'🎉'.repeat(249)}…`);
	});
});

describe('an identifier', () => {
	it.each(['0HMVB9M2J5ATF:00000003', '41555512344155551234', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'])(
		'%s stays as it is, since people copy it',
		(id) => {
			expect(redactId(id, OWN_KEY)).toBe(id);
			expect(redactId(id, '')).toBe(id);
		},
	);

	it.each([
		'a'.repeat(1_000_000),
		'jane@example.com',
		'wlcro_live_92_secret',
		'id-odd.key-1',
		'two words',
		'',
	])('is none if it is too long, or anything else (%#)', (id) => {
		expect(redactId(id, 'odd.key')).toBeUndefined();
	});

	it('is none if it has a part of the key in use', () => {
		expect(redactId(`id-${OWN_KEY.slice(2, 14)}`, OWN_KEY)).toBeUndefined();
	});
});
