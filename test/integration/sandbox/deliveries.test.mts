import { createHmac } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import {
	signatureForms,
	signDelivery,
	unknownSignatureForms,
} from '../../../sandbox/deliveries/signature.mts';
import { type Sandbox, startSandbox } from '../../../sandbox/server.mts';
import { patience } from '../../../scripts/real-n8n/patience.mts';
import { call, makeLead, type Receiver, startReceiver, subscribe } from './support.mts';

let sandbox: Sandbox;
let receiver: Receiver;
let ok: Receiver['answer'];
beforeAll(async () => {
	// Back-offs of 1, 2, 4 … milliseconds.
	sandbox = await startSandbox({ dialect: { backoffBaseMs: 1 } });
	receiver = await startReceiver();
	ok = receiver.answer;
});
afterEach(() => {
	sandbox.reset();
	receiver.received.length = 0;
	receiver.answer = ok;
});
afterAll(async () => {
	await sandbox.close();
	await receiver.close();
});

const refuse: Receiver['answer'] = (response) => {
	response.statusCode = 500;
	response.end('no');
};
const subscription = () => sandbox.store.subscriptions.get(501);
const patch = (body: unknown) => call(sandbox, 'PATCH', '/webhooks/subscriptions/501', { body });

describe('a delivery', () => {
	test('posts the envelope as the event log has it', async () => {
		await subscribe(sandbox, receiver.url, ['payment.succeeded']);
		const event = sandbox.raise('payment.succeeded');
		await sandbox.settled();
		expect(receiver.received).toHaveLength(1);
		expect(receiver.received[0]?.headers['content-type']).toBe('application/json');
		expect(JSON.parse(receiver.received[0]?.body ?? '')).toEqual(event);
	});

	test('is caused by a write over the API', async () => {
		await subscribe(sandbox, receiver.url, ['lead.created']);
		const client_id = await makeLead(sandbox);
		await sandbox.settled();
		expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ payload: { client_id } });
	});

	test('goes to every enabled subscription that wants its type, and to no other', async () => {
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		await subscribe(sandbox, receiver.url, ['payment.failed', 'payment.succeeded']);
		await subscribe(sandbox, receiver.url, ['payment.succeeded']);
		await patch({ isActive: false });
		sandbox.raise('payment.failed');
		await sandbox.settled();
		expect(sandbox.deliveries.map(({ subscriptionId }) => subscriptionId)).toEqual([502]);
	});

	test('is logged with what was sent, the answer and the time it took', async () => {
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		receiver.answer = (response) => {
			response.statusCode = 202;
			response.end('accepted');
		};
		const event = sandbox.raise('payment.failed');
		await sandbox.settled();
		expect(sandbox.deliveries).toHaveLength(1);
		const [attempt] = sandbox.deliveries;
		expect(attempt).toMatchObject({
			eventId: event.id,
			eventType: 'payment.failed',
			subscriptionId: 501,
			attempt: 1,
			url: receiver.url,
			status: 202,
			error: null,
			responseBody: 'accepted',
			outcome: 'delivered',
		});
		expect(attempt?.elapsedMs).toBeGreaterThan(0);
		expect(attempt?.body).toBe(receiver.received[0]?.body);
		expect(receiver.received[0]?.headers).toMatchObject(attempt?.headers ?? {});
	});

	test('can be made once more: the duplicate has the same bytes', async () => {
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		const { id } = sandbox.raise('payment.failed');
		await sandbox.settled();
		sandbox.redeliver(id);
		await sandbox.settled();
		const [first, second] = receiver.received;
		expect(second?.body).toBe(first?.body);
		expect(() => {
			sandbox.redeliver(1);
		}).toThrow(RangeError);
	});

	test('of a thousand events arrives a thousand times', async () => {
		await subscribe(sandbox, receiver.url, ['payment.succeeded']);
		const ids = Array.from({ length: 1000 }, () => sandbox.raise('payment.succeeded').id);
		await sandbox.settled();
		expect(receiver.received.map(({ eventId }) => eventId).sort()).toEqual(ids);
	});
});

describe('retries', () => {
	test('end with the first success', async () => {
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		receiver.answer = (response, delivery) => {
			(receiver.received.length < 3 ? refuse : ok)(response, delivery);
		};
		sandbox.raise('payment.failed');
		await sandbox.settled();
		expect(sandbox.deliveries).toMatchObject([
			{ attempt: 1, status: 500, responseBody: 'no', outcome: 'will-retry' },
			{ attempt: 2, status: 500, outcome: 'will-retry' },
			{ attempt: 3, status: 200, outcome: 'delivered' },
		]);
		expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
		expect(subscription()?.consecutiveFailures).toBe(0);
	});

	test('back off, doubling each time', async () => {
		sandbox.setDialect({ backoffBaseMs: 20, breakerFailures: 4 });
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		receiver.answer = refuse;
		sandbox.raise('payment.failed');
		await sandbox.settled();
		const at = sandbox.deliveries.map((attempt) => Date.parse(attempt.at));
		const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
		// 20, 40 and 80 ms; a timer can be late, and is early by the clock's rounding at most.
		expect(waits).toHaveLength(3);
		waits.forEach((wait, index) => {
			expect(wait).toBeGreaterThanOrEqual(20 * 2 ** index - 2);
		});
	});

	test('are ten at most: then the event is given up, and the subscription stays enabled', async () => {
		sandbox.setDialect({ breakerFailures: 100 });
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		receiver.answer = refuse;
		sandbox.raise('payment.failed');
		await sandbox.settled();
		expect(sandbox.deliveries).toHaveLength(11);
		expect(sandbox.deliveries.at(-1)).toMatchObject({ attempt: 11, outcome: 'given-up' });
		expect(subscription()?.isActive).toBe(true);
	});

	test.each([301, 404, 410, 503])('follow the status %d, which is no success', async (statusCode) => {
		sandbox.setDialect({ breakerFailures: 1 });
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		receiver.answer = (response) => {
			response.writeHead(statusCode, { location: receiver.url }).end();
		};
		sandbox.raise('payment.failed');
		await sandbox.settled();
		expect(sandbox.deliveries).toMatchObject([{ status: statusCode, outcome: 'breaker-tripped' }]);
	});

	test('follow a receiver that is not there', async () => {
		const gone = await startReceiver();
		await gone.close();
		sandbox.setDialect({ breakerFailures: 2 });
		await subscribe(sandbox, gone.url, ['payment.failed']);
		sandbox.raise('payment.failed');
		await sandbox.settled();
		expect(sandbox.deliveries).toMatchObject([
			{ status: null, error: 'ECONNREFUSED', outcome: 'will-retry' },
			{ status: null, error: 'ECONNREFUSED' },
		]);
	});

	test('follow a receiver that does not answer within ten (scaled) seconds', async () => {
		const quick = await startSandbox({ timeScale: 0.005, dialect: { breakerFailures: 1 } });
		await subscribe(quick, receiver.url, ['payment.failed']);
		receiver.answer = () => undefined;
		quick.raise('payment.failed');
		await quick.settled();
		expect(quick.deliveries).toMatchObject([{ status: null, error: 'time-out' }]);
		expect(quick.deliveries[0]?.elapsedMs).toBeGreaterThanOrEqual(48);
		await quick.close();
	});
});

describe('the circuit breaker', () => {
	test('disables a subscription after ten failures in a row; other events wait for it in vain', async () => {
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		receiver.answer = refuse;
		const events = Array.from({ length: 30 }, () => sandbox.raise('payment.failed'));
		await sandbox.settled();
		expect(subscription()?.isActive).toBe(false);
		const outcomes = sandbox.deliveries.map(({ outcome }) => outcome);
		expect(outcomes.filter((outcome) => outcome === 'breaker-tripped')).toHaveLength(1);
		expect(outcomes.indexOf('breaker-tripped')).toBe(9);
		// At most the deliveries that were on the wire when it tripped came after it.
		expect(receiver.received.length).toBeLessThan(events.length + 10);
		const count = receiver.received.length;
		sandbox.raise('payment.failed');
		await sandbox.settled();
		expect(receiver.received).toHaveLength(count);
	});

	test('counts failures in a row only', async () => {
		sandbox.setDialect({ breakerFailures: 2 });
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		receiver.answer = (response, delivery) => {
			(receiver.received.length % 2 === 1 ? refuse : ok)(response, delivery);
		};
		for (let round = 0; round < 3; round += 1) {
			sandbox.raise('payment.failed');
			await sandbox.settled();
		}
		expect(subscription()?.isActive).toBe(true);
	});

	test('lets a subscription that was enabled again start at zero', async () => {
		sandbox.setDialect({ breakerFailures: 2 });
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		receiver.answer = refuse;
		sandbox.raise('payment.failed');
		await sandbox.settled();
		receiver.answer = ok;
		await patch({ isActive: true });
		expect(subscription()?.consecutiveFailures).toBe(0);
		sandbox.raise('payment.failed');
		await sandbox.settled();
		expect(sandbox.deliveries.at(-1)?.outcome).toBe('delivered');
	});
});

describe('what is pending', () => {
	const nextRequest = () =>
		new Promise<void>((resolve) => {
			receiver.answer = (response, delivery) => {
				refuse(response, delivery);
				response.on('close', resolve);
			};
		});

	test.each([
		['disabled', () => patch({ isActive: false })],
		['deleted', () => call(sandbox, 'DELETE', '/webhooks/subscriptions/501')],
	])('is dropped when the subscription is %s', async (_name, stop) => {
		sandbox.setDialect({ backoffBaseMs: 600_000 });
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		const refused = nextRequest();
		sandbox.raise('payment.failed');
		await refused;
		await stop();
		await sandbox.settled();
		expect(receiver.received).toHaveLength(1);
	});

	test('goes to the new URL once it was changed', async () => {
		// The change has come before the retry does.
		sandbox.setDialect({ backoffBaseMs: patience(100) });
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		const refused = nextRequest();
		sandbox.raise('payment.failed');
		await refused;
		receiver.answer = ok;
		await patch({ targetUrl: `${receiver.url}/new` });
		await sandbox.settled();
		expect(sandbox.deliveries.at(-1)).toMatchObject({ url: `${receiver.url}/new`, outcome: 'delivered' });
	});

	test('is dropped by a reset and by closing', async () => {
		const other = await startSandbox({ dialect: { backoffBaseMs: 600_000 } });
		const reset = () => {
			other.reset();
			return Promise.resolve();
		};
		for (const stop of [reset, () => other.close()]) {
			await subscribe(other, receiver.url, ['payment.failed']);
			const refused = nextRequest();
			other.raise('payment.failed');
			await refused;
			await stop();
			await other.settled();
		}
		expect(receiver.received).toHaveLength(2);
	});
});

describe('signatures', () => {
	test('there are at least ten forms, all different and all by name', () => {
		expect(signatureForms.length).toBeGreaterThanOrEqual(10);
		const names = [...signatureForms, ...unknownSignatureForms].map(({ name }) => name);
		expect(new Set(names).size).toBe(names.length);
	});

	test.each([
		['sha512-hex-body', /^sha512=([\da-f]{128})$/, 'sha512', ''],
		['sha256-hex-method-body', /^sha256=([\da-f]{64})$/, 'sha256', 'POST.'],
	] as const)(
		'%s is made with the secret too, but no receiver can know how',
		async (name, written, hash, before) => {
			sandbox.setDialect({ signature: name });
			const { signingSecret } = await subscribe(sandbox, receiver.url, ['client.created']);
			sandbox.raise('client.created');
			await sandbox.settled();
			const [delivery] = receiver.received;
			if (!delivery) throw new Error('Nothing arrived');
			const { headers, body } = delivery;
			const [, mac] = written.exec(String(headers['x-wlcro-signature'])) ?? [];
			expect(mac).toBe(createHmac(hash, signingSecret).update(before).update(body).digest('hex'));
			expect(sandbox.deliveries).toMatchObject([{ signature: name, outcome: 'delivered' }]);
		},
	);

	test.each(signatureForms)('$name is what the receiver can compute from the raw body', async (form) => {
		sandbox.setDialect({ signature: form.name, decoyHeaders: true });
		const { signingSecret } = await subscribe(sandbox, receiver.url, ['client.created']);
		const before = Math.floor(Date.now() / 1000);
		const { id } = sandbox.raise('client.created');
		await sandbox.settled();
		const [delivery] = receiver.received;
		if (!delivery) throw new Error('Nothing arrived');
		const { headers, body } = delivery;
		const value = String(headers[form.header]);
		const stamped = 'timestampHeader' in form ? String(headers[form.timestampHeader]) : undefined;
		const timestamp = stamped ?? /t='?(\d+)/.exec(value)?.[1] ?? '';
		const parts = { body, timestamp, id: String(id) };
		const message = form.signed.split('.').map((part) => parts[part as keyof typeof parts]);
		const secret = form.secret === 'decoded' ? Buffer.from(signingSecret, 'base64') : signingSecret;
		const mac = createHmac('sha256', secret).update(message.join('.')).digest(form.encoding);
		expect(value).toContain(mac);
		if (form.signed !== 'body') {
			expect(Number(timestamp)).toBeGreaterThanOrEqual(before);
			expect(Number(timestamp)).toBeLessThanOrEqual(Date.now() / 1000);
		}
		if ('idHeader' in form) expect(headers[form.idHeader]).toBe(String(id));
		expect(headers).toHaveProperty('digest');
	});

	test('Standard Webhooks is signed as its specification shows', () => {
		const form = signatureForms.find(({ name }) => name === 'standard-webhooks');
		if (!form) throw new Error('The form is missing');
		// The example of the Standard Webhooks specification.
		const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
		const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
		expect(signDelivery(form, secret, '{"test": 2432232314}', { timestamp: 1614265330, id })).toEqual({
			'webhook-id': id,
			'webhook-timestamp': '1614265330',
			'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
		});
	});

	test('a body that is not UTF-8 is signed byte by byte', () => {
		const body = Uint8Array.of(0xff, 0xfe, 0x00);
		const [form] = signatureForms;
		const mac = createHmac('sha256', 'secret').update(body).digest('hex');
		const headers = signDelivery(form, 'secret', body, { timestamp: 1, id: '1' });
		expect(headers['x-webhook-signature']).toBe(`sha256=${mac}`);
	});

	test.each([-600_000, 600_000])(
		"a delivery is signed at the time of the CRM's clock, %d ms ahead",
		async (aheadMs) => {
			sandbox.setDialect({ signature: 't-v1-hex-timestamp' });
			sandbox.setClock(aheadMs);
			await subscribe(sandbox, receiver.url, ['payment.failed']);
			sandbox.raise('payment.failed');
			await sandbox.settled();
			const [, signed] = /t=(\d+)/.exec(String(receiver.received[0]?.headers['x-wlcro-signature'])) ?? [];
			const ahead = Number(signed) * 1000 - Date.now();
			expect(Math.abs(ahead - aheadMs)).toBeLessThan(60_000);
		},
	);

	test('every attempt is signed at its own time', async () => {
		sandbox.setDialect({ signature: 't-v1-hex-timestamp', backoffBaseMs: 1100 });
		await subscribe(sandbox, receiver.url, ['payment.failed']);
		receiver.answer = (response, delivery) => {
			(receiver.received.length === 1 ? refuse : ok)(response, delivery);
		};
		sandbox.raise('payment.failed');
		await sandbox.settled();
		const [first, second] = receiver.received.map(({ headers }) => headers['x-wlcro-signature']);
		expect(second).not.toBe(first);
	});
});
