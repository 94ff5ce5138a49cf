import { createHmac, randomBytes } from 'node:crypto';

import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';

import { verifySignature } from '../../nodes/WhiteLabelCro/webhook/signature.ts';

const NOW = Date.UTC(2026, 0, 28, 10, 30);
const SECRET = randomBytes(32).toString('base64');
const BODY = Buffer.from('{"id":45678,"type":"client.created","payload":{"first_name":"Zoë 🎉"}}');

type Encoding = 'hex' | 'base64' | 'base64url';
const mac = (key: Buffer, message: string, encoding: Encoding, body: Buffer) =>
	createHmac('sha256', key).update(message).update(body).digest(encoding);

type Sign = (message: string, encoding: Encoding) => string;

interface Form {
	name: string;
	headers: (sign: Sign, seconds: number) => Record<string, string>;
}

const TIMESTAMPED: Form = {
	name: 't=,v1= over timestamp.body',
	headers: (sign, t) => ({ 'x-signature': `t=${t},v1=${sign(`${t}.`, 'hex')}` }),
};

const FORMS: Form[] = [
	{ name: 'hex over the body', headers: (sign) => ({ 'x-wlcro-signature': sign('', 'hex') }) },
	{ name: 'upper-case hex', headers: (sign) => ({ 'x-signature': sign('', 'hex').toUpperCase() }) },
	{ name: 'base64 over the body', headers: (sign) => ({ 'x-hmac': sign('', 'base64') }) },
	{ name: 'base64url over the body', headers: (sign) => ({ 'x-anything': sign('', 'base64url') }) },
	{ name: 'sha256= and hex', headers: (sign) => ({ 'x-hub-signature-256': `sha256=${sign('', 'hex')}` }) },
	{ name: 'sha256= and base64', headers: (sign) => ({ signature: `sha256=${sign('', 'base64')}` }) },
	{ name: 'v1= and hex', headers: (sign) => ({ 'x-signature': `v1=${sign('', 'hex')}` }) },
	TIMESTAMPED,
	{
		name: 'a timestamp header and hex over timestamp.body',
		headers: (sign, t) => ({ 'x-timestamp': String(t), 'x-signature': sign(`${t}.`, 'hex') }),
	},
	{
		name: 'a timestamp in milliseconds',
		headers: (sign, t) => ({ 'x-timestamp': `${t}000`, 'x-signature': sign(`${t}000.`, 'base64') }),
	},
	{
		name: 'a timestamp in ISO 8601',
		headers: (sign, t) => {
			const iso = new Date(t * 1000).toISOString();
			return { 'x-timestamp': iso, 'x-signature': sign(`${iso}.`, 'hex') };
		},
	},
	...Object.entries({
		'ISO 8601 with an offset of zero': (t: number) => new Date(t * 1000).toISOString().replace('Z', '+00:00'),
		'ISO 8601 with another offset': (t: number) =>
			new Date((t + 5400) * 1000).toISOString().replace('Z', '+01:30'),
		'ISO 8601 with seven digits of a second': (t: number) =>
			new Date(t * 1000).toISOString().replace('Z', '0000Z'),
		'ISO 8601 without a zone': (t: number) => new Date(t * 1000).toISOString().replace('Z', ''),
		'seconds with a fraction': (t: number) => `${t}.123`,
		microseconds: (t: number) => `${t}123456`,
	}).map(([what, timestampOf]) => ({
		name: `a timestamp in ${what}`,
		headers: (sign: Sign, t: number) => ({
			'x-timestamp': timestampOf(t),
			'x-signature': sign(`${timestampOf(t)}.`, 'hex'),
		}),
	})),
	{
		name: 'a timestamp behind four IDs that have its length',
		headers: (sign, t) => ({
			...Object.fromEntries(
				['event', 'company', 'subscription', 'attempt'].map((kind, i) => [
					`x-webhook-${kind}-id`,
					`100000000${i}`,
				]),
			),
			'x-webhook-t': String(t),
			'x-webhook-signature': sign(`${t}.`, 'hex'),
		}),
	},
	{
		name: 'a timestamp behind four values nearer to now',
		headers: (sign, t) => ({
			...Object.fromEntries([1, 2, 3, 4].map((i) => [`x-webhook-${i}`, String(NOW / 1000 + i)])),
			'x-signature': `t=${t},v1=${sign(`${t}.`, 'hex')}`,
		}),
	},
	...[String(NOW / 1000), new Date(NOW).toISOString().slice(0, 19)].map((id) => ({
		name: `id.timestamp.body with the ID ${id}, which could be a time`,
		headers: (sign: Sign, t: number) => ({
			'webhook-id': id,
			'webhook-timestamp': String(t),
			'webhook-signature': sign(`${id}.${t}.`, 'base64'),
		}),
	})),
	{ name: 'sha256: and hex', headers: (sign) => ({ 'x-signature': `sha256:${sign('', 'hex')}` }) },
	{ name: 'two names before it', headers: (sign) => ({ 'x-signature': `v1=sha256:${sign('', 'hex')}` }) },
	{ name: 'a quoted text', headers: (sign) => ({ 'x-signature': `"${sign('', 'base64')}"` }) },
	{
		name: 'parameters in double quotes',
		headers: (sign) => ({
			'x-signature': `algorithm="hmac-sha256",signature="sha256=${sign('', 'base64')}"`,
		}),
	},
	{
		name: 't=;v1= over timestamp.body',
		headers: (sign, t) => ({ 'x-signature': `t=${t};v1=${sign(`${t}.`, 'hex')}` }),
	},
	{
		name: "t='';v1='' over timestamp.body",
		headers: (sign, t) => ({ 'x-signature': `t='${t}'; v1='${sign(`${t}.`, 'base64url')}'` }),
	},
	{
		name: 't: and v1: over timestamp.body, in ISO 8601',
		headers: (sign, t) => {
			const iso = new Date(t * 1000).toISOString();
			return { 'x-signature': `t:${iso},v1:${sign(`${iso}.`, 'hex')}` };
		},
	},
	{
		name: 'id.timestamp.body with the last of nine IDs',
		headers: (sign, t) => ({
			...Object.fromEntries(
				['request', 'correlation', 'trace', 'x', 'y', 'webhook', 'event', 'message'].map((kind) => [
					`x-${kind}-id`,
					`${kind}-1`,
				]),
			),
			'x-delivery-id': 'd-1',
			'x-timestamp': String(t),
			'x-signature': sign(`d-1.${t}.`, 'hex'),
		}),
	},
	{
		name: 'Standard Webhooks, id.timestamp.body',
		headers: (sign, t) => ({
			'webhook-id': 'msg_1',
			'webhook-timestamp': String(t),
			'webhook-signature': `v1,${sign(`msg_1.${t}.`, 'base64')} v1,${randomBytes(32).toString('base64')}`,
		}),
	},
];

const KEYS = {
	'the text of the secret': Buffer.from(SECRET),
	'the decoded secret': Buffer.from(SECRET, 'base64'),
};

/** A copy of bytes with one bit changed. */
function flip(bytes: Buffer, bit: number): Buffer {
	const changed = Buffer.from(bytes);
	changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
	return changed;
}

function signed(form: Form, key: Buffer, body = BODY, seconds = NOW / 1000) {
	return form.headers((message, encoding) => mac(key, message, encoding, body), seconds);
}

describe.each(FORMS.map((form) => [form.name, form] as const))('a signature as %s', (_name, form) => {
	it.each(Object.entries(KEYS))('is accepted when made with %s', (_keyName, key) => {
		expect(verifySignature(BODY, signed(form, key), SECRET, NOW)).toEqual({ accepted: true });
	});

	it('is refused when any one bit of the body was changed', () => {
		const headers = signed(form, KEYS['the decoded secret']);
		fc.assert(
			fc.property(fc.nat(BODY.length * 8 - 1), (bit) => {
				return !verifySignature(flip(BODY, bit), headers, SECRET, NOW).accepted;
			}),
		);
	});

	it('is refused when any one bit of it was changed', () => {
		fc.assert(
			fc.property(fc.nat(255), (bit) => {
				const headers = form.headers((message, encoding) => {
					const bytes = Buffer.from(mac(KEYS['the decoded secret'], message, 'hex', BODY), 'hex');
					return flip(bytes, bit).toString(encoding);
				}, NOW / 1000);
				return !verifySignature(BODY, headers, SECRET, NOW).accepted;
			}),
		);
	});

	it('is refused when any one bit of the secret was changed', () => {
		fc.assert(
			fc.property(fc.nat(255), (bit) => {
				const headers = signed(form, flip(KEYS['the decoded secret'], bit));
				return !verifySignature(BODY, headers, SECRET, NOW).accepted;
			}),
		);
	});

	it('is refused when made with another secret', () => {
		const headers = signed(form, randomBytes(32));
		expect(verifySignature(BODY, headers, SECRET, NOW)).toEqual({
			accepted: false,
			reason: 'wrong signature',
		});
	});
});

test('a sender that changes its form is accepted, whatever the form before', () => {
	const forms = fc.constantFrom(...FORMS);
	const keys = fc.constantFrom(...Object.values(KEYS));
	fc.assert(
		fc.property(fc.array(fc.tuple(forms, keys), { minLength: 2 }), (deliveries) =>
			deliveries.every(([form, key]) => verifySignature(BODY, signed(form, key), SECRET, NOW).accepted),
		),
	);
});

describe('a secret with the prefix of Standard Webhooks', () => {
	it.each([24, 32, 64])('and %i bytes behind it signs with its text or with those bytes', (length) => {
		const bytes = randomBytes(length);
		const secret = `whsec_${bytes.toString('base64')}`;
		for (const form of FORMS) {
			for (const key of [bytes, Buffer.from(secret)])
				expect(verifySignature(BODY, signed(form, key), secret, NOW)).toEqual({ accepted: true });
			for (const key of [Buffer.from('whsec_'), Buffer.alloc(0), randomBytes(length)])
				expect(verifySignature(BODY, signed(form, key), secret, NOW).accepted).toBe(false);
		}
	});

	it.each(['whsec_', 'whsec_=', 'whsec_*'])('and nothing behind it (%s) is no key of few bytes', (secret) => {
		for (const bytes of ['', '=', '*']) {
			const headers = signed(TIMESTAMPED, Buffer.from(bytes, 'base64'));
			expect(verifySignature(BODY, headers, secret, NOW).accepted).toBe(false);
		}
	});
});

/** Every way to take the signed message of a form apart into a body and the headers of a form. */
describe.each(FORMS.map((form) => [form.name, form] as const))('a message signed as %s', (_name, form) => {
	const crafted = Buffer.from(
		JSON.stringify({ id: 1, type: 'a', note: `${NOW / 1000}.{ .${NOW / 1000}. {" .${NOW / 1000}.{"id":2}` }),
	);

	it.each([0, -3600])('%i seconds from now is read in no other way', (seconds) => {
		let message = '';
		const key = KEYS['the decoded secret'];
		const sign = (prefix: string, encoding: Encoding) => {
			message = prefix;
			return mac(key, prefix, encoding, crafted);
		};
		const headers = form.headers(sign, NOW / 1000 + seconds);
		const prefixLength = message.length;
		const whole = Buffer.concat([Buffer.from(message), crafted]);
		const signature = createHmac('sha256', key).update(whole).digest('hex');
		const isAccepted = seconds === 0 || prefixLength === 0;
		for (let at = 0; at <= whole.length; at++) {
			if (at === prefixLength && isAccepted) continue;
			const parts = whole.toString('utf8', 0, at).split('.').slice(0, -1);
			const readings = parts.map((_, first) => ({
				'x-timestamp': parts.slice(first).join('.'),
				...(first > 0 && { 'x-webhook-id': parts.slice(0, first).join('.') }),
			}));
			for (const reading of readings.length === 0 ? [{}] : readings) {
				const forged = { 'x-signature': signature, ...reading };
				for (const all of [forged, { ...headers, ...forged }])
					expect(verifySignature(whole.subarray(at), all, SECRET, NOW).accepted).toBe(false);
			}
		}
		expect(verifySignature(crafted, headers, SECRET, NOW).accepted).toBe(isAccepted);
	});
});

/** The least time of five runs, which is computed in and not waited, however busy the machine is. */
function costOf(work: () => unknown): number {
	const costs = Array.from({ length: 5 }, () => {
		const before = process.cpuUsage();
		work();
		const { user, system } = process.cpuUsage(before);
		return user + system;
	});
	return Math.min(...costs);
}

it('a delivery sent again with its timestamp moved into the body is refused', () => {
	const key = KEYS['the decoded secret'];
	const genuine = signed(TIMESTAMPED, key);
	expect(verifySignature(BODY, genuine, SECRET, NOW)).toEqual({ accepted: true });
	const moved = Buffer.from(`${NOW / 1000}.${BODY.toString()}`);
	const replay = { 'x-signature': genuine['x-signature']?.replace(/^.*v1=/, '') };
	for (const now of [NOW, NOW + 3_600_000])
		expect(verifySignature(moved, replay, SECRET, now).accepted).toBe(false);
});

it.each(['\uFEFF', ' ', '\r\n\t'])('a body that begins with %j is accepted like any other', (blank) => {
	const body = Buffer.concat([Buffer.from(blank), BODY]);
	const headers = signed(TIMESTAMPED, KEYS['the decoded secret'], body);
	expect(verifySignature(body, headers, SECRET, NOW)).toEqual({ accepted: true });
});

describe('a signed timestamp', () => {
	const at = (seconds: number) =>
		verifySignature(
			BODY,
			signed(TIMESTAMPED, KEYS['the text of the secret'], BODY, NOW / 1000 + seconds),
			SECRET,
			NOW,
		);

	it.each([-300, 0, 300])('is accepted %i seconds from now', (seconds) => {
		expect(at(seconds)).toEqual({ accepted: true });
	});

	it.each([-301, 301, -86_400])('is refused %i seconds from now', (seconds) => {
		expect(at(seconds)).toEqual({
			accepted: false,
			reason: 'signed too long ago or in the future',
			ageMs: -seconds * 1000,
		});
	});

	it('cannot be moved without breaking the signature', () => {
		const headers = signed(TIMESTAMPED, KEYS['the text of the secret'], BODY, NOW / 1000 - 3600);
		const moved = { 'x-signature': headers['x-signature']?.replace(/t=\d+/, `t=${NOW / 1000}`) };
		expect(verifySignature(BODY, moved, SECRET, NOW).accepted).toBe(false);
	});
});

describe('a delivery', () => {
	it('without any signature is refused', () => {
		const headers = { 'content-type': 'application/json', 'user-agent': 'WhiteLabelCRO' };
		expect(verifySignature(BODY, headers, SECRET, NOW)).toEqual({ accepted: false, reason: 'no signature' });
	});

	it('is refused when no secret is known, even signed with the empty key', () => {
		const headers = { 'x-signature': mac(Buffer.alloc(0), '', 'hex', BODY) };
		expect(verifySignature(BODY, headers, '', NOW).accepted).toBe(false);
	});

	it('is accepted when its signature stands in one of several values of a repeated header', () => {
		const headers = { 'x-signature': ['junk', mac(KEYS['the decoded secret'], '', 'hex', BODY)] };
		expect(verifySignature(BODY, headers, SECRET, NOW)).toEqual({ accepted: true });
	});

	it('is accepted among headers that look like signatures', () => {
		const junk = Object.fromEntries(
			Array.from({ length: 50 }, (_, i) => [`x-a-trace-${i}`, randomBytes(32).toString('hex')]),
		);
		const headers = { ...junk, 'x-signature': mac(KEYS['the decoded secret'], '', 'hex', BODY) };
		expect(verifySignature(BODY, headers, SECRET, NOW)).toEqual({ accepted: true });
	});

	it('with any headers and any bytes is refused without an exception', () => {
		const value = fc.oneof(fc.string(), fc.array(fc.string()), fc.base64String(), fc.constant(undefined));
		fc.assert(
			fc.property(fc.dictionary(fc.string(), value), fc.uint8Array(), (headers, body) => {
				return !verifySignature(Buffer.from(body), headers, SECRET, NOW).accepted;
			}),
		);
	});

	it.each([
		['no secret is known', BODY, '', 'no signature'],
		['the body is a list', Buffer.from('[]'), SECRET, 'a body that is no JSON object'],
	])('is refused with the reason, where %s', (_what, body, secret, reason) => {
		const headers = { 'x-signature': mac(KEYS['the text of the secret'], '', 'hex', body) };
		expect(verifySignature(body, headers, secret, NOW)).toEqual({ accepted: false, reason });
	});

	it.each([
		['a timestamp of microseconds with a digit more', `${NOW / 1000}0000000`],
		['a date before which something stands', `at ${new Date(NOW).toISOString()}`.replace(' ', '')],
	])('signed over %s is refused', (_what, timestamp) => {
		const signature = mac(KEYS['the decoded secret'], `${timestamp}.`, 'hex', BODY);
		const headers = { 'x-timestamp': timestamp, 'x-signature': signature };
		expect(verifySignature(BODY, headers, SECRET, NOW).accepted).toBe(false);
	});

	it.each(['2026-01-28T10:30', '2026-01-28T10:30:00', '2026-01-28T10:30:00.5Z'])(
		'signed over the timestamp %s is accepted',
		(timestamp) => {
			const signature = mac(KEYS['the decoded secret'], `${timestamp}.`, 'hex', BODY);
			const headers = { 'x-timestamp': timestamp, 'x-signature': signature };
			expect(verifySignature(BODY, headers, SECRET, NOW)).toEqual({ accepted: true });
		},
	);

	it('signed with an ID is accepted where that stands in a header called id, or has blanks around it', () => {
		for (const [name, id] of [
			['id', 'evt_1'],
			['webhook-id', ' evt_1 '],
		] as const) {
			const seconds = String(NOW / 1000);
			const signature = mac(KEYS['the decoded secret'], `evt_1.${seconds}.`, 'hex', BODY);
			const headers = { [name]: id, 'x-timestamp': seconds, 'x-signature': signature };
			expect(verifySignature(BODY, headers, SECRET, NOW)).toEqual({ accepted: true });
		}
	});

	it('of a body of over 1 MB is refused before anything is computed over it, and one of 1 MB is accepted', () => {
		const body = Buffer.alloc(2 ** 20, ' ');
		body.write('{}');
		const longer = Buffer.concat([body, Buffer.from(' ')]);
		const key = KEYS['the text of the secret'];
		expect(verifySignature(body, signed(TIMESTAMPED, key, body), SECRET, NOW)).toEqual({ accepted: true });
		const headers = signed(TIMESTAMPED, key, longer);
		const refused = () => verifySignature(longer, headers, SECRET, NOW);
		expect(refused()).toEqual({ accepted: false, reason: 'a body of over 1 MB' });
		expect(costOf(refused)).toBeLessThan(costOf(() => mac(key, '', 'hex', longer)));
	});

	it('with a megabyte of header junk is refused with a bounded number of MACs', () => {
		const junk = Object.fromEntries(
			Array.from({ length: 10_000 }, (_, i) => [
				`x-signature-${i}-id`,
				`t=17${String(i).padStart(8, '0')},v1=${randomBytes(32).toString('hex')}`,
			]),
		);
		const body = Buffer.alloc(2 ** 20, ' ');
		body.write('{}');
		const verify = () => verifySignature(body, junk, SECRET, NOW);
		expect(verify().accepted).toBe(false);
		const macs = () => {
			for (let i = 0; i < 100; i++) mac(KEYS['the decoded secret'], '', 'hex', body);
		};
		expect(costOf(verify)).toBeLessThan(costOf(macs));
	});
});
