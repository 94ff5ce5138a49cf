// One body of 2 KB, signed for each library in its own form, among the headers that a delivery has behind a proxy.
import { createHmac, randomBytes } from 'node:crypto';
import Stripe from 'stripe';
import { signatureForms, signDelivery } from '../../sandbox/deliveries/signature.mts';
import { verifySignature } from '../../nodes/WhiteLabelCro/webhook/signature.ts';
import type { Subject } from './rounds.mts';

const secret = randomBytes(32).toString('base64');
const event = {
	id: 45678,
	type: 'client.created',
	createdUtc: '2026-01-28T10:30:00Z',
	companyId: 92,
	payload: { client_id: 12345, status_note: '' },
};
event.payload.status_note = 'x'.repeat(2048 - JSON.stringify(event).length);
const text = JSON.stringify(event);
const body = Buffer.from(text);

const ordinary = {
	host: 'n8n.example.com',
	'user-agent': 'WhiteLabelCRO-Webhooks/1.0',
	'content-length': String(body.length),
	'content-type': 'application/json',
	accept: '*/*',
	'accept-encoding': 'gzip, deflate, br',
	'x-forwarded-for': '203.0.113.7',
	'x-forwarded-host': 'n8n.example.com',
	'x-forwarded-proto': 'https',
	'x-real-ip': '203.0.113.7',
	'x-request-id': '8f14e45fceea167a5a36dedd4bea2543',
};
const now = Date.now();
const timestamp = Math.floor(now / 1000);

const oneHmac: Subject = {
	name: 'one bare HMAC-SHA256',
	once: () => createHmac('sha256', secret).update(body).digest(),
};

/** This package on a delivery that is signed in this form, or in a forged one. */
function ours(form: (typeof signatureForms)[number], name: string, key = secret): Subject {
	const headers = { ...ordinary, ...signDelivery(form, key, body, { timestamp, id: 'msg_1' }) };
	const wanted = key === secret;
	const once = () => {
		if (verifySignature(body, headers, secret, now).accepted !== wanted) throw new Error(`Wrong: ${name}`);
	};
	return { name, once, bounded: !wanted };
}

/** Who accepts the delivery, the bare HMAC first. */
export async function contenders(): Promise<Subject[]> {
	const { verify } = await import('@octokit/webhooks-methods');
	const { Webhook } = await import('standardwebhooks');
	const stripe = new Stripe('sk_test_nobody');
	const sign = (message: string) => createHmac('sha256', secret).update(message).digest('hex');
	const stripeHeader = `t=${timestamp},v1=${sign(`${timestamp}.${text}`)}`;
	const github = `sha256=${sign(text)}`;
	const webhook = new Webhook(secret);
	const standard = {
		'webhook-id': 'msg_1',
		'webhook-timestamp': String(timestamp),
		'webhook-signature': webhook.sign('msg_1', new Date(timestamp * 1000), text),
	};
	return [
		oneHmac,
		ours(signatureForms[0], 'this package'),
		{
			name: 'stripe',
			// It checks the signature only; constructEvent would parse the body besides.
			once: () => stripe.webhooks.signature?.verifyHeader(body, stripeHeader, secret, 300),
		},
		{ name: '@octokit/webhooks-methods', once: () => verify(secret, text, github) },
		{ name: 'standardwebhooks', once: () => webhook.verify(text, standard) },
		...signatureForms.slice(1).map((form) => ours(form, `this package, ${form.name}`)),
	];
}

/**
 * What is refused, the bare HMAC first. What a stranger's request cannot do without is bounded to 10 times that. One that is
 * made to look like a delivery costs an HMAC for each form that it may have, which nothing but their number bounds.
 */
export function refusals(): Subject[] {
	const stranger = randomBytes(32).toString('base64');
	const standard = signatureForms.find(({ name }) => name === 'standard-webhooks') ?? signatureForms[0];
	const junk = (count: number, value: (i: number) => string) =>
		Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-signature-${i}-id`, value(i)]));
	const refused = (name: string, headers: Record<string, string>, bounded: boolean): Subject => ({
		name,
		bounded,
		once: () => {
			if (verifySignature(body, headers, secret, now).accepted) throw new Error(`Accepted: ${name}`);
		},
	});
	const random = (bytes: number) => randomBytes(bytes).toString('base64');
	return [
		oneHmac,
		refused('no signature at all', ordinary, true),
		{ ...ours(signatureForms[0], 'another secret: 6 HMACs', stranger), bounded: false },
		{ ...ours(standard, 'another secret, Standard Webhooks: 8 HMACs', stranger), bounded: false },
		refused('200 headers of random text', { ...ordinary, ...junk(200, () => random(48)) }, true),
		refused('16 wrong signatures', { ...ordinary, ...junk(16, () => random(32)) }, true),
		refused(
			'made to fill every bound: 42 HMACs',
			{ ...ordinary, ...junk(16, (i) => `t=${timestamp + i},v1=${randomBytes(32).toString('hex')}`) },
			false,
		),
	];
}
