// What n8n's log tells of a delivery whose signature has a form that is not known.
import { createHmac, randomBytes } from 'node:crypto';

import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';

import { signatureShape } from '../../nodes/WhiteLabelCro/webhook/signatureShape.ts';
import { signDelivery, signatureForms } from '../../sandbox/deliveries/signature.mts';

const SECRET = randomBytes(32).toString('base64');
const BODY = '{"id":45678,"type":"client.created"}';

describe('The shape of a signature', () => {
	test.each([
		['SHA-512 in hex', (key: string) => hmac('sha512', key).toString('hex'), '(128 characters, hex)'],
		[
			'SHA-1 in hex',
			(key: string) => `sha1=${hmac('sha1', key).toString('hex')}`,
			'sha1=(40 characters, hex)',
		],
		[
			'SHA-256 in capitals',
			(key: string) => `v2=${hmac('sha256', key).toString('hex').toUpperCase()}`,
			'v2=(64 characters, hex in capitals)',
		],
		[
			'SHA-384 with a time',
			(key: string) => `t=1750000000,v1=${hmac('sha384', key).toString('hex')}`,
			't=(10 digits) v1=(96 characters, hex)',
		],
	])('tells the length, the alphabet and the names of the parts of %s', (_name, sign, shape) => {
		expect(signatureShape({ 'x-signature': sign(SECRET), 'content-type': 'application/json' })).toBe(
			`x-signature: ${shape}`,
		);
	});

	it('names the headers of a time and an ID beside it', () => {
		const headers = {
			'webhook-id': 'msg_1234567890',
			'webhook-timestamp': '1750000000',
			'webhook-signature': `v9,${'Ab3+'.repeat(16)}`,
		};
		expect(signatureShape(headers)).toBe(
			'webhook-id: (14 characters, base64url); webhook-timestamp: (10 digits); webhook-signature: v9 (64 characters, base64)',
		);
	});

	it('finds a signature in a header that is not called like one', () => {
		expect(signatureShape({ 'x-check': 'f'.repeat(96) })).toBe('x-check: (96 characters, hex)');
	});

	test.each([
		['no header', {}],
		['ordinary ones', { host: 'n8n.example.com', 'content-length': '120', 'user-agent': 'curl/8.5.0' }],
		['what a browser is logged in with', { cookie: `session=${'a1'.repeat(40)}` }],
		['a bearer token', { authorization: `Bearer ${'a1'.repeat(40)}` }],
		['a time alone', { 'x-timestamp': '1750000000' }],
		[
			'IDs alone, such as a proxy gives to requests',
			{
				'x-request-id': '0f4c1d2e3b4a59687786958493a2b1c0',
				traceparent: `00-${'4b'.repeat(16)}-${'00'.repeat(8)}-01`,
				'x-webhook-id': 'b3d6a0f2-2b1a-4a57-9a51-0a3f6f1f7f10',
			},
		],
	])('is not made of %s', (_name, headers) => {
		expect(signatureShape(headers)).toBeUndefined();
	});

	test.each(signatureForms.map((form) => [form.name, form] as const))(
		'holds no value of a delivery signed as %s',
		(_name, form) => {
			const headers = signDelivery(form, SECRET, BODY, { timestamp: 1_750_000_000, id: 'msg_8f2c77' });
			const shape = signatureShape(headers) ?? '';
			expect(shape).toContain(form.header);
			const parts = Object.values(headers).flatMap((value) => value.split(/[\s,;"'=:]+/));
			for (const part of parts.filter(({ length }) => length > 5)) {
				if (!/^(sha256|signature|algorithm)$/.test(part)) expect(shape).not.toContain(part);
			}
		},
	);

	it('holds nothing of any value, and stays short', () => {
		// Of letters that no word of a shape has.
		const secret = fc.stringMatching(/^[ZJQ#]{4,60}$/);
		const header = fc.tuple(fc.constantFrom('x-signature', 'x-hmac', 'x-other'), fc.array(secret));
		fc.assert(
			fc.property(
				fc.array(header, { maxLength: 20, size: 'max' }),
				fc.constantFrom(',', ' ', '=', ':', ';'),
				(list, mark) => {
					const headers = Object.fromEntries(
						list.map(([name, values], at) => [`${name}-${at}`, values.join(mark)]),
					);
					const shape = signatureShape(headers) ?? '';
					return !/[ZJQ#]/.test(shape) && shape.length < 4000;
				},
			),
		);
	});
});

function hmac(algorithm: string, key: string): Buffer {
	return createHmac(algorithm, key).update(BODY).digest();
}
