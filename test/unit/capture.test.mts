// What `npm run capture:redact` lets out of a captured message, and what it finds out about a delivery's signature.
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { signatureForms, signDelivery } from '../../sandbox/deliveries/signature.mts';
import { readCapture } from '../../scripts/capture/message.mts';
import { recogniseSignature } from '../../scripts/capture/recognise.mts';
import { redact } from '../../scripts/capture/redact.mts';

const SECRET = randomBytes(32).toString('base64');
const BODY =
	'{"id":45678,"type":"client.created","createdUtc":"2026-01-28T10:30:00Z","payload":{"email":"zoë@example.com"}}';

function http(
	headers: Record<string, string>,
	body = BODY,
	startLine = 'POST /webhook/6f1c/webhook HTTP/1.1',
) {
	const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
	return Buffer.from([startLine, ...lines, '', body].join('\r\n'));
}

describe('The form of a signature', () => {
	test.each(
		signatureForms.flatMap((form) =>
			[SECRET, `whsec_${SECRET}`].map((secret) => [form.name, form, secret] as const),
		),
	)(
		'"%s" is recognised, from HTTP text and from an item of n8n, and tells nothing of the secret',
		(_name, form, secret) => {
			const signed = { timestamp: Math.floor(Date.now() / 1000), id: 'msg_1' };
			const headers = signDelivery(form, secret, BODY, signed);
			for (const capture of [
				http(headers),
				Buffer.from(JSON.stringify({ headers, body: JSON.parse(BODY) as unknown })),
			]) {
				const recognised = recogniseSignature(readCapture(capture), secret);
				expect(recognised).toMatchObject({ header: form.header, encoding: form.encoding });
				expect(recognised?.value).toBe(
					form.value.replace('{timestamp}', '1111111111').replace('hmac-sha256', 'aaaa-aaa111'),
				);
				expect(recognised?.signed.split('.')).toHaveLength(form.signed.split('.').length);
				expect(recognised?.key.includes('base64')).toBe(form.secret === 'decoded');
				const told = JSON.stringify([recognised, redact(readCapture(capture))]);
				expect(told).not.toContain(SECRET);
				for (const value of Object.values(headers)) expect(told).not.toContain(value);
			}
		},
	);

	test('is not recognised with another secret', () => {
		const headers = signDelivery(signatureForms[0], SECRET, BODY, { timestamp: 1_750_000_000, id: '1' });
		const capture = readCapture(http(headers));
		expect(recogniseSignature(capture, randomBytes(32).toString('base64'))).toBeUndefined();
	});
});

describe('What is left of a message', () => {
	test('shows which fields there are and of what shape, and the event type, but no value', () => {
		const headers = {
			'content-type': 'application/json',
			'x-signature': 'sha256=0aF9',
			host: 'n8n.acme.example',
		};
		expect(redact(readCapture(http(headers)))).toEqual({
			startLine: 'POST /webhook/1a1a/webhook HTTP/1.1',
			headers: [
				['content-type', 'application/json'],
				['x-signature', 'sha256=1aA1'],
				['host', 'a1a.aaaa.aaaaaaa'],
			],
			body: {
				id: 11111,
				type: 'client.created',
				createdUtc: '1111-11-11A11:11:11A',
				payload: { email: 'aaa@aaaaaaa.aaa' },
			},
		});
	});

	test("of an answer shows its status and the rate limit's headers", () => {
		const answer =
			'HTTP/1.1 429 Too Many Requests\nX-RateLimit-Policy: write:100/1m\nRetry-After: 7\n\nSlow down, Jane';
		expect(redact(readCapture(Buffer.from(answer)))).toEqual({
			startLine: 'HTTP/1.1 429 Too Many Requests',
			headers: [
				['X-RateLimit-Policy', 'write:100/1m'],
				['Retry-After', '7'],
			],
			body: 'Aaaa aaaa, Aaaa',
		});
	});

	test('of a request line asks for nobody', () => {
		const line = 'GET /api/v1/integrations/clients/search?email=jane%40example.com&client_id=12345 HTTP/1.1';
		expect(redact(readCapture(http({}, '', line))).startLine).toBe(
			'GET /api/v1/integrations/clients/search?email=aaaa%11aaaaaaa.aaa&client_id=11111 HTTP/1.1',
		);
	});

	test('holds no letter and no digit of any value, wherever it stood', () => {
		// Of letters and digits that the masks do not use.
		const word = fc.stringMatching(/^[b-zB-Z02-9éßжЖ]{4,20}$/);
		const json = fc.letrec((tie) => ({
			value: fc.oneof({ depthSize: 'small' }, word, tie('list'), tie('object')),
			list: fc.array(tie('value')),
			object: fc.dictionary(fc.constantFrom('name', 'email', 'status', 'type'), tie('value')),
		})).value;
		fc.assert(
			fc.property(fc.dictionary(word, word, { maxKeys: 3 }), json, word, (headers, body, id) => {
				const values = Object.values(headers);
				const names = Object.fromEntries(values.map((value, index) => [`X-Header-${index}`, value]));
				const line = `POST /webhook/${id}9 HTTP/1.1`;
				const {
					startLine,
					headers: left,
					body: shape,
				} = redact(readCapture(http(names, JSON.stringify(body), line)));
				const told = [startLine?.split('/')[2], ...left.map(([, value]) => value), valuesOf(shape)].join(' ');
				return !/[b-zB-Z02-9éßжЖ]/.test(told.replace(' HTTP', ''));
			}),
		);
	});

	test('does not keep a field whose name is a person', () => {
		const body = '{"by_client":{"jane@example.com":1,"Jane Smith":2}}';
		expect(redact(readCapture(http({}, body))).body).toEqual({
			by_client: { 'aaaa@aaaaaaa.aaa': 1, 'Aaaa Aaaaa': 1 },
		});
	});
});

test.each(['', 'no head', '{"body":{}}', '[]'])('a capture that is none (%j) is refused in words', (text) => {
	expect(() => readCapture(Buffer.from(text))).toThrow(TypeError);
});

function valuesOf(json: unknown): string {
	if (Array.isArray(json)) return json.map(valuesOf).join(' ');
	if (typeof json === 'object' && json !== null) return Object.values(json).map(valuesOf).join(' ');
	return String(json);
}
