// The second proof: what no signature proves, the CRM's own event log does.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { sleep } from 'n8n-workflow';

import { signDelivery } from '../../sandbox/deliveries/signature.mts';
import type { Dialect } from '../../sandbox/dialect.mts';
import type { EventEnvelope } from '../../sandbox/store/model.mts';
import { formNamed, onlySubscriptionOf, signatureOf } from '../fixtures.mts';
import { checkWith } from './check.mts';
import { eventLogs } from './dialects.mts';
import { inAnotherProcess } from './engine.mts';
import { useStage } from './stage.mts';
import type { DeliveryOutcome, Trigger } from './trigger.mts';

const { sandbox, engine, credential } = useStage();
const MINUTE_MS = 60_000;
const HEX = 'ab'.repeat(32);
let trigger: Trigger;

const publish = async (parameters = {}) => {
	sandbox.store.subscriptions.clear();
	trigger = engine.trigger({ triggerOn: ['lead.created'], ...parameters });
	await trigger.publish();
};
beforeEach(() => publish());

const happen = (payload: object = { client_id: 12_345 }) =>
	sandbox.store.appendEvent('lead.created', payload);
/** Sends what looks signed, and is not signed in a way that anybody knows. */
const send = async (event: object, headers: Record<string, string> = { 'x-signature': HEX }) =>
	await trigger.deliver({ headers, rawBody: Buffer.from(JSON.stringify(event)) });
const sendSigned = async (event: object) => {
	const rawBody = Buffer.from(JSON.stringify(event));
	return await trigger.deliver({
		headers: signatureOf(rawBody.toString(), onlySubscriptionOf(sandbox).secret),
		rawBody,
	});
};
const statusOf = ({ answered, returned }: DeliveryOutcome) => answered?.status ?? returned;
const STARTS = (event: EventEnvelope) => ({ workflowData: [[{ json: event }]] });
const DUPLICATE = { webhookResponse: 'Ignored: duplicate' };
const reads = () => sandbox.requests.filter(({ path }) => path === '/api/v1/events').length;
/** An event that the CRM never raised, in every other way like one. */
const imitation = (fields: object = {}) => ({
	...{ id: 900_000 + Math.floor(Math.random() * 90_000), type: 'lead.created', companyId: 92 },
	...{ createdUtc: new Date().toISOString(), payload: { client_id: 666 } },
	...fields,
});

describe.each([
	['without a signature', {}],
	['with a signature in a form that nobody knows', { 'x-signature': `sha512=${HEX}${HEX}` }],
	['with a signature of something else', { 'x-signature': `sha256=${HEX}` }],
])('A delivery %s', (_how, headers: Record<string, string>) => {
	it('starts the workflow with what the event log says of its event, whatever the delivery says', async () => {
		const event = happen();
		const changed = { ...event, payload: { client_id: 666 } };
		expect(statusOf(await send(changed, headers))).toEqual(STARTS(event));
	});

	it('of an event that the log does not have yet gets 503, and starts the workflow once it has', async () => {
		sandbox.setDialect({ eventLogDelayMs: 10_000 });
		const event = happen();
		expect(statusOf(await send(event, headers))).toBe(503);
		await sleep(10_000);
		expect(statusOf(await send(event, headers))).toEqual(STARTS(event));
	});

	it('of an event that the log does not have gets 401', async () => {
		happen();
		const createdUtc = new Date(Date.now() - 10 * MINUTE_MS).toISOString();
		expect(statusOf(await send(imitation({ createdUtc }), headers))).toBe(401);
	});

	it('gets 401 where the key may not read the log', async () => {
		credential.apiKey = sandbox.createKey(['webhooks:write']);
		await publish();
		expect(statusOf(await send(happen(), headers))).toBe(401);
	});
});

describe('A delivery that was signed over its time ten minutes ago', () => {
	const TIMED = formNamed('t-v1-hex-timestamp');
	const sendAt = async (event: object, ms: number) => {
		const text = JSON.stringify(event);
		const sent = { timestamp: Math.floor(ms / 1000), id: '1' };
		return await send(event, signDelivery(TIMED, onlySubscriptionOf(sandbox).secret, text, sent));
	};

	it('by the clock of the CRM, as its answers tell it, is as good as one that was signed now', async () => {
		sandbox.setClock(-10 * MINUTE_MS);
		await publish();
		const before = sandbox.requests.length;
		const event = happen();
		expect(statusOf(await sendAt(event, Date.now() - 10 * MINUTE_MS))).toEqual(STARTS(event));
		expect(sandbox.requests).toHaveLength(before);
	});

	it('by a clock that nobody knows, starts the workflow if the event log has its event', async () => {
		const event = happen();
		expect(statusOf(await sendAt(event, Date.now() - 10 * MINUTE_MS))).toEqual(STARTS(event));
		const createdUtc = new Date(Date.now() - 10 * MINUTE_MS).toISOString();
		expect(statusOf(await sendAt(imitation({ createdUtc }), Date.now() - 10 * MINUTE_MS))).toBe(401);
	});
});

it.each(eventLogs)(
	'An event is found in the log of an account with %s',
	async (_name, dialect: Partial<Dialect>) => {
		sandbox.setDialect(dialect);
		for (let i = 0; i < 250; i++) happen();
		const events = [happen(), happen(), happen()];
		for (const event of events) {
			let outcome = statusOf(await send(event));
			// A long log is read in parts: the CRM's next try finds it.
			for (let tries = 0; tries < 3 && outcome === 503; tries++) outcome = statusOf(await send(event));
			expect(outcome).toEqual(STARTS(event));
		}
	},
);

it('A confirmed event starts the workflow once, however often it is sent, signed or not, also without Ignore Duplicates', async () => {
	await publish({ options: { ignoreDuplicates: false } });
	const event = happen();
	expect(statusOf(await send(event))).toEqual(STARTS(event));
	expect(statusOf(await send(event))).toEqual(DUPLICATE);
	expect(statusOf(await send({ ...event, payload: {} }))).toEqual(DUPLICATE);
});

it('A confirmed event that a filter holds back gets 200, and starts nothing', async () => {
	await publish({ filters: { clientId: '7' } });
	expect(statusOf(await send(happen()))).toEqual({ webhookResponse: 'Ignored: Client ID' });
});

describe('What a stranger sends', () => {
	it.each([
		['an ID that is no integer', { id: 'x1' }],
		['a fraction for an ID', { id: 1.5 }],
		['a type that is not chosen', { type: 'client.created' }],
		['no time', { createdUtc: undefined }],
		['a time before Look Back', { createdUtc: new Date(Date.now() - 25 * 60 * MINUTE_MS).toISOString() }],
		['a time in the future', { createdUtc: new Date(Date.now() + 120 * MINUTE_MS).toISOString() }],
	])('with %s costs no call', async (_what, fields) => {
		const before = sandbox.requests.length;
		expect(statusOf(await send(imitation(fields)))).toBe(401);
		expect(sandbox.requests).toHaveLength(before);
	});

	it('of another company costs no call once the company is known', async () => {
		await send(happen());
		const before = sandbox.requests.length;
		expect(statusOf(await send(imitation({ companyId: 93 })))).toBe(401);
		expect(sandbox.requests).toHaveLength(before);
	});

	it.each([
		['one after the other within an hour', 3600],
		['at once', 0],
	])(
		'10,000 times, perfect imitations %s, costs a few dozen reads, and a signed delivery gets in',
		async (_how, ms) => {
			const before = reads();
			const all = [];
			for (let i = 0; i < 1000; i++) {
				const sent = send(imitation());
				if (ms > 0) {
					await sent;
					await sleep(ms);
				} else all.push(sent);
			}
			await Promise.all(all);
			expect(reads() - before).toBeLessThan(40);
			const event = happen();
			expect(statusOf(await sendSigned(event))).toEqual(STARTS(event));
		},
		120_000,
	);

	it('is looked up again after a pause', async () => {
		for (let i = 0; i < 10; i++) await send(imitation());
		const event = happen();
		expect(statusOf(await send(event))).toBe(503);
		await sleep(MINUTE_MS);
		expect(statusOf(await send(event))).toEqual(STARTS(event));
	});

	it('in a flood, costs no more where the log cannot be read', async () => {
		credential.apiKey = sandbox.createKey(['webhooks:write']);
		await publish();
		const before = reads();
		for (let i = 0; i < 100; i++) await send(imitation());
		expect(reads() - before).toBeLessThan(15);
	});

	it('with the ID of an event that is still to come, with Verify Signature off, does not keep that from starting the workflow', async () => {
		await publish({ options: { verifySignature: false } });
		const { id } = happen();
		const forged = imitation({ id: id + 1 });
		expect(statusOf(await send(forged))).toEqual({ workflowData: [[{ json: forged }]] });
		const event = happen();
		expect(event.id).toBe(id + 1);
		expect(statusOf(await sendSigned(event))).toEqual(STARTS(event));
	});
});

it('A thousand deliveries in a minute cost at most sixty reads more, and one costs two', async () => {
	const before = reads();
	expect(statusOf(await send(happen()))).toBeInstanceOf(Object);
	expect(reads() - before).toBeLessThanOrEqual(2);
	for (let i = 0; i < 100; i++) {
		const events = Array.from({ length: 10 }, () => happen());
		const outcomes = await Promise.all(events.map((event) => send(event)));
		expect(outcomes.map(statusOf)).toEqual(events.map(STARTS));
		await sleep(500);
	}
	expect(reads() - before).toBeLessThanOrEqual(120);
}, 60_000);

it('A webhook process of queue mode begins at the checkpoint of the subscription, however long the log is', async () => {
	for (let i = 0; i < 2500; i++) sandbox.store.appendEvent('client.created', {});
	const running = await trigger.start('activate');
	await running.tick();
	const before = sandbox.requests.length;
	const event = happen();
	await inAnotherProcess(async () => {
		expect(statusOf(await send(event))).toEqual(STARTS(event));
	});
	expect(sandbox.requests.length - before).toBeLessThanOrEqual(3);
	await running.close();
});

describe('A subscription whose secret is told under a name that nobody knows', () => {
	beforeEach(async () => {
		sandbox.setDialect({ subscriptionSecretKey: 'verification_token' });
		await publish();
	});

	it('is kept, and the log and Account: Check say so', async () => {
		const running = await trigger.start('activate');
		expect((await checkWith(engine)).problems).toContainEqual(
			expect.stringMatching(/did not return a signing secret .* events:read/),
		);
		await running.close();
		expect(trigger.logged).toEqual([
			expect.stringMatching(/did not return the signing secret .* events:read/),
		]);
		const { id } = onlySubscriptionOf(sandbox);
		await trigger.publish();
		expect(onlySubscriptionOf(sandbox).id).toBe(id);
	});

	it('starts the workflow for each event', async () => {
		const event = happen();
		expect(statusOf(await sendSigned(event))).toEqual(STARTS(event));
	});
});

it('The log tells once a day the shape of what only the event log confirmed, and asks to report it', async () => {
	for (let i = 0; i < 5; i++) await send(happen());
	expect(trigger.logged).toEqual([
		expect.stringMatching(
			/could not verify a delivery \(wrong signature\).*x-signature: \(64 characters, hex\).*report/,
		),
	]);
	await sleep(24 * 60 * MINUTE_MS);
	await send(happen());
	expect(trigger.logged).toHaveLength(2);
});
