import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { signDelivery, signatureForms } from '../../sandbox/deliveries/signature.mts';
import { patience } from '../../scripts/real-n8n/patience.mts';
import type { DeliveryOutcome, DeliveryRequest, Trigger } from './trigger.mts';
import { useStage } from './stage.mts';

const [form] = signatureForms;
const ignored = (reason: string) => ({ returned: { webhookResponse: `Ignored: ${reason}` } });
const DUPLICATE = ignored('duplicate');

const { sandbox, engine, reset } = useStage();
let trigger: Trigger;
let nextId = 1;

async function publish(parameters: INodeParameters = {}): Promise<void> {
	reset();
	trigger = engine.trigger({ triggerOn: ['*'], ...parameters });
	await trigger.publish();
}

const envelope = (fields: object = {}) => ({
	id: nextId++,
	type: 'lead.created',
	createdUtc: '2026-01-28T10:30:00Z',
	companyId: 92,
	payload: { client_id: 12_345 },
	...fields,
});

function signed(body: unknown): DeliveryRequest {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	const secret = [...sandbox.store.subscriptions.values()][0]?.secret ?? '';
	return { headers: signDelivery(form, secret, text, { timestamp: 1, id: '1' }), rawBody: Buffer.from(text) };
}

const starts = (json: object) => ({ returned: { workflowData: [[{ json }]] } });

/** A promise to be settled from outside. */
function later<T>() {
	let settle: (value: T | Promise<T>) => void = () => undefined;
	const promise = new Promise<T>((resolve) => {
		settle = resolve;
	});
	return { promise, settle };
}

describe('a delivery of an event that was accepted before', () => {
	beforeEach(() => publish());

	it('gets 200 and starts nothing', async () => {
		const event = envelope();
		expect(await trigger.deliver(signed(event))).toEqual(starts(event));
		expect(await trigger.deliver(signed(event))).toEqual(DUPLICATE);
		expect(await trigger.deliver(signed(event))).toEqual(DUPLICATE);
	});

	it('starts the workflow in another trigger', async () => {
		const event = envelope();
		await trigger.deliver(signed(event));
		await publish();
		expect(await trigger.deliver(signed(event))).toEqual(starts(event));
	});

	it('starts the workflow again if duplicates are not to be ignored', async () => {
		await publish({ options: { ignoreDuplicates: false } });
		const event = envelope();
		await trigger.deliver(signed(event));
		expect(await trigger.deliver(signed(event))).toEqual(starts(event));
	});

	it('is still refused if its signature is wrong', async () => {
		const event = envelope();
		const request = signed(event);
		await trigger.deliver(request);
		const forged = { ...request, headers: { ...request.headers, [form.header]: 'sha256=00' } };
		expect(await trigger.deliver(forged)).toMatchObject({ answered: { status: 401 } });
	});
});

describe('the second copy of an event whose first is in flight', () => {
	beforeEach(() => publish());

	it.each<[string, number, object]>([
		['200 when the first is accepted', 200, DUPLICATE],
		['the same status when n8n failed to start the first', 500, { answered: { status: 500 } }],
	])('waits for it and gets %s', async (_what, ending, expected) => {
		const event = envelope();
		const { promise, settle } = later<number>();
		const first = trigger.deliver(signed(event), { ending: promise });
		let answered = false;
		const second = trigger.deliver(signed(event)).finally(() => {
			answered = true;
		});
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect(answered).toBe(false);
		settle(ending);
		expect(await first).toEqual(starts(event));
		expect(await second).toMatchObject(expected);
	});

	it.each<[string, number, (event: object) => object]>([
		['a duplicate if the first was accepted after all', 200, () => DUPLICATE],
		['what starts the workflow if the first failed', 500, starts],
	])(
		'waits for it no longer than 8 s and gets 503, and the try after is %s',
		async (_what, ending, expected) => {
			const event = envelope();
			const { promise, settle } = later<number>();
			const first = trigger.deliver(signed(event), { ending: promise });
			const began = Date.now();
			expect(await trigger.deliver(signed(event))).toMatchObject({ answered: { status: 503 } });
			// Less than the 10 s after which the CRM hangs up, where the machine is quiet.
			expect(Date.now() - began).toBeLessThan(8000 + patience(150));
			settle(ending);
			expect(await first).toEqual(starts(event));
			expect(await trigger.deliver(signed(event))).toEqual(expected(event));
		},
		80_000,
	);
});

describe('a delivery whose sender hangs up', () => {
	beforeEach(() => publish());

	/** Delivers over a real connection, on which the sender hangs up before `node` or while n8n starts the execution. */
	async function hangUp(
		event: object,
		how: (socket: Socket) => void,
		{ before, ending = Promise.resolve(200) }: { before: 'node' | 'ending'; ending?: Promise<number> },
	): Promise<DeliveryOutcome> {
		const outcome = later<DeliveryOutcome>();
		const server = createServer((request, response) => {
			request.resume();
			const closed = new Promise<void>((resolve) => response.once('close', resolve));
			const deliver = (end: Promise<number>) => trigger.deliver(signed(event), { response, ending: end });
			request.once('end', () => {
				outcome.settle(
					before === 'node' ? closed.then(() => deliver(ending)) : deliver(closed.then(() => ending)),
				);
				how(client);
			});
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const client = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
			client.write('POST / HTTP/1.1\r\nHost: n8n\r\nContent-Length: 2\r\n\r\n{}');
		}).on('error', () => undefined);
		try {
			return await outcome.promise;
		} finally {
			client.destroy();
			server.close();
		}
	}

	const ways: Array<[string, (socket: Socket) => void]> = [
		['closes the connection', (socket) => socket.destroy()],
		['resets the connection', (socket) => socket.resetAndDestroy()],
		['sends no more', (socket) => socket.end()],
	];

	it.each(ways)('and %s before the node runs starts nothing, and its next try does', async (_way, how) => {
		const event = envelope();
		expect(await hangUp(event, how, { before: 'node' })).toEqual({ returned: { noWebhookResponse: true } });
		expect(trigger.logged).toEqual([expect.stringContaining('hung up before')]);
		expect(await trigger.deliver(signed(event))).toEqual(starts(event));
		expect(await trigger.deliver(signed(event))).toEqual(DUPLICATE);
	});

	it('before the node runs starts nothing either where duplicates are not ignored', async () => {
		await publish({ options: { ignoreDuplicates: false } });
		const event = envelope();
		const [[, how]] = ways as [(typeof ways)[number]];
		expect(await hangUp(event, how, { before: 'node' })).toEqual({ returned: { noWebhookResponse: true } });
		expect(await trigger.deliver(signed(event))).toEqual(starts(event));
	});

	it.each(ways)('and %s while n8n starts the execution is not started twice', async (_way, how) => {
		const event = envelope();
		expect(await firstTry(event, how, 200)).toEqual(starts(event));
		expect(await trigger.deliver(signed(event))).toEqual(DUPLICATE);
	});

	it.each(ways)('and %s while n8n fails to start it has it started by its next try', async (_way, how) => {
		const event = envelope();
		expect(await firstTry(event, how, 500)).toEqual(starts(event));
		expect(await trigger.deliver(signed(event))).toEqual(starts(event));
	});

	/** A first try that n8n ends with this status when the sender has hung up and tried again: that try waits for it. */
	async function firstTry(
		event: object,
		how: (socket: Socket) => void,
		status: number,
	): Promise<DeliveryOutcome> {
		const { promise, settle } = later<number>();
		const first = hangUp(event, how, { before: 'ending', ending: promise });
		await new Promise((resolve) => setTimeout(resolve, 200));
		const second = trigger.deliver(signed(event));
		settle(status);
		expect(await second).toMatchObject(status === 200 ? DUPLICATE : { answered: { status } });
		return await first;
	}
});

describe('an event whose execution n8n failed to start', () => {
	beforeEach(() => publish());

	it.each([500, 503])('after %s starts the workflow at the next try', async (ending) => {
		const event = envelope();
		await trigger.deliver(signed(event), { ending: Promise.resolve(ending) });
		expect(await trigger.deliver(signed(event))).toEqual(starts(event));
		expect(await trigger.deliver(signed(event))).toEqual(DUPLICATE);
	});
});

it('two events whose 64-bit IDs a JavaScript number cannot tell apart both start the workflow', async () => {
	await publish();
	const body = (id: string) => `{"id":${id},"type":"lead.created","payload":{}}`;
	for (const id of ['9223372036854775806', '9223372036854775807']) {
		expect(await trigger.deliver(signed(body(id)))).toHaveProperty('returned.workflowData');
		expect(await trigger.deliver(signed(body(id)))).toEqual(DUPLICATE);
	}
});

it('two companies whose events have the same ID both have them started, once each', async () => {
	await publish();
	const own = envelope();
	for (const event of [own, { ...own, companyId: 93 }, { ...own, companyId: undefined }]) {
		expect(await trigger.deliver(signed(event))).toHaveProperty('returned.workflowData');
		expect(await trigger.deliver(signed(event))).toEqual(DUPLICATE);
	}
});

it('listening for a test event takes each delivery as it comes', async () => {
	await publish();
	await trigger.publish('manual');
	const secret = [...sandbox.store.subscriptions.values()].at(-1)?.secret ?? '';
	const event = envelope();
	const body = JSON.stringify(event);
	const request = {
		headers: signDelivery(form, secret, body, { timestamp: 1, id: '1' }),
		rawBody: Buffer.from(body),
	};
	for (let i = 0; i < 2; i++)
		expect(await trigger.deliver(request, { mode: 'manual' })).toEqual(starts(event));
});

describe('a filter', () => {
	const moved = { type: 'client.status_changed' };
	const from = (previous_status: string, new_status: string) => ({
		...moved,
		payload: { client_id: 1, previous_status, new_status },
	});

	const byId = (previous_status_id: number, new_status_id: number) => ({
		...moved,
		payload: { ...from('New', 'Active').payload, previous_status_id, new_status_id },
	});

	it.each<[string, INodeParameters, object, string?]>([
		['Client ID lets its client pass', { clientId: '12345' }, {}],
		['Client ID lets any of several pass', { clientId: '7, 12345' }, {}],
		['Client ID holds back another client', { clientId: '7' }, {}, 'Client ID'],
		[
			'Client ID holds back an event of no client',
			{ clientId: '7' },
			{ type: 'affiliate.created', payload: {} },
			'Client ID',
		],
		['New Status lets it pass', { newStatus: ['Client - Active'] }, from('a', 'Client - Active')],
		['New Status holds back another', { newStatus: ['Client - Active'] }, from('a', 'b'), 'New Status'],
		['Previous Status holds back another', { previousStatus: ['a'] }, from('b', 'c'), 'Previous Status'],
		['New Status lets its ID pass', { newStatus: ['43'] }, byId(42, 43)],
		['New Status lets its ID pass, given as a number', { newStatus: '={{ [43] }}' }, byId(42, 43)],
		['New Status lets its ID pass, given alone', { newStatus: '={{ 43 }}' }, byId(42, 43)],
		['New Status holds back another ID', { newStatus: ['44'] }, byId(42, 43), 'New Status'],
		[
			'New Status holds back an ID that holds its digits',
			{ newStatus: '={{ "143" }}' },
			byId(42, 43),
			'New Status',
		],
		['New Status lets its name pass beside an ID', { newStatus: ['Active'] }, byId(42, 43)],
		[
			'New Status by ID holds back another ID in place of a name',
			{ newStatus: ['44'] },
			from('42', '43'),
			'New Status',
		],
		['New Status by ID lets any name pass', { newStatus: ['44'] }, from('a', 'Client - Active')],
		['New Status by ID lets pass an ID', { newStatus: ['43'] }, from('42', '43')],
		['New Status by ID or name lets either pass', { newStatus: ['b', '44'] }, from('a', 'b')],
		[
			'New Status given alone is compared as a whole',
			{ newStatus: '={{ "abc" }}' },
			from('a', 'b'),
			'New Status',
		],
		['Previous Status lets its ID pass', { previousStatus: ['42'] }, byId(42, 43)],
		['Previous Status holds back another ID', { previousStatus: ['43'] }, byId(42, 43), 'Previous Status'],
		['New Status does not affect other events', { newStatus: ['Client - Active'] }, {}],
		['New Status lets pass what does not say', { newStatus: ['x'] }, { ...moved, payload: {} }],
		[
			'Minimum Amount lets an equal payment pass',
			{ minimumAmount: 99 },
			{ type: 'payment.succeeded', payload: { payment_amount: 99.0 } },
		],
		[
			'Minimum Amount holds back a smaller payment',
			{ minimumAmount: 99 },
			{ type: 'payment.succeeded', payload: { payment_amount: '98.99' } },
			'Minimum Amount',
		],
		[
			'Minimum Amount holds back a smaller failed payment',
			{ minimumAmount: 99 },
			{ type: 'payment.failed', payload: { amount_attempted: 50 } },
			'Minimum Amount',
		],
		[
			'Minimum Amount holds back a smaller invoice',
			{ minimumAmount: 99 },
			{ type: 'invoice.created', payload: { amount: 50 } },
			'Minimum Amount',
		],
		[
			'Minimum Amount counts what was paid and what is open',
			{ minimumAmount: 99 },
			{ type: 'invoice.status_changed', payload: { total_paid: 60, balance: 40 } },
		],
		[
			'Minimum Amount lets pass what does not say',
			{ minimumAmount: 99 },
			{ type: 'invoice.created', payload: {} },
		],
		...['1,234.50', '1 234.50', '1,234', '+100', '$5', '12,50', 'free', ''].map<
			[string, INodeParameters, object, string?]
		>((payment_amount) => [
			`Minimum Amount lets a payment of "${payment_amount}" pass`,
			{ minimumAmount: 99 },
			{ type: 'payment.succeeded', payload: { payment_amount } },
		]),
		...['98.99', ' 98 ', '-1,234.50'].map<[string, INodeParameters, object, string?]>((payment_amount) => [
			`Minimum Amount holds back a payment of "${payment_amount}"`,
			{ minimumAmount: 99 },
			{ type: 'payment.succeeded', payload: { payment_amount } },
			'Minimum Amount',
		]),
		['Minimum Amount does not affect other events', { minimumAmount: 99 }, {}],
	])('%s', async (...[, filters, fields, heldBackBy]) => {
		await publish({ filters });
		const event = envelope(fields);
		expect(await trigger.deliver(signed(event))).toEqual(heldBackBy ? ignored(heldBackBy) : starts(event));
	});

	it('New Status by ID tells in the log of what passes because it has a name only, and asks the CRM nothing', async () => {
		await publish({ filters: { newStatus: ['44'] } });
		const logged = async (fields: object) => {
			const [{ length: before }, { length: asked }] = [trigger.logged, sandbox.requests];
			await trigger.deliver(signed(envelope(fields)));
			expect(sandbox.requests.length).toBe(asked);
			return trigger.logged.slice(before);
		};
		expect(await logged(from('a', 'b'))).toEqual([expect.stringContaining("filters by a status's ID")]);
		for (const fields of [{}, byId(42, 44), byId(42, 43), from('43', '44')])
			expect(await logged(fields)).toEqual([]);
	});
});

it('Simplified, the default, gives what the event is about first, then its ID, type, time, and company', async () => {
	const { properties } = engine.nodeType('whiteLabelCroTrigger').description;
	expect(properties.find(({ name }) => name === 'output')?.default).toBe('simplified');
	await publish({ output: 'simplified' });
	const event = envelope();
	expect(await trigger.deliver(signed(event))).toEqual(
		starts({
			client_id: 12_345,
			event_id: event.id,
			event_type: 'lead.created',
			created_utc: '2026-01-28T10:30:00Z',
			company_id: 92,
		}),
	);
});

describe('a verified body', () => {
	it('of an event type that does not exist yet starts the workflow on All Events, and nothing else', async () => {
		await publish();
		const event = envelope({ type: 'task.completed', version: 2 });
		expect(await trigger.deliver(signed(event))).toEqual(starts(event));
		await publish({ triggerOn: ['lead.created'] });
		expect(await trigger.deliver(signed(envelope({ type: 'task.completed' })))).toEqual(
			ignored('Trigger On'),
		);
	});

	it('whose event has no payload gets an empty one', async () => {
		await publish();
		const bare = { id: nextId++, type: 'lead.created' };
		expect(await trigger.deliver(signed(bare))).toEqual(starts({ ...bare, payload: {} }));
	});

	it.each(['{}', '{"id":1,"type":"a","payload":[]}', '{"id":1,"type":"a","payload":"text"}'])(
		'%s, which is no event, gets 400',
		async (body) => {
			await publish();
			expect(await trigger.deliver(signed(body))).toEqual({
				answered: { status: 400, body: 'Bad Request' },
				returned: { noWebhookResponse: true },
			});
		},
	);

	it.each(['[]', '[{"id":1,"type":"lead.created","payload":{}}]', 'null', '"text"', 'not json', ''])(
		'%j, which is no object, gets 401, and the log says why',
		async (body) => {
			await publish();
			expect(await trigger.deliver(signed(body))).toEqual({
				answered: { status: 401, body: 'Unauthorized' },
				returned: { noWebhookResponse: true },
			});
			expect(trigger.logged).toEqual([expect.stringContaining('a body that is no JSON object')]);
		},
	);
});

it('with Verify Signature off an unsigned delivery starts the workflow, even without a known secret', async () => {
	const open = engine.trigger({ triggerOn: ['*'], options: { verifySignature: false } });
	const event = envelope();
	expect(await open.deliver({ headers: {}, rawBody: Buffer.from(JSON.stringify(event)) })).toEqual(
		starts(event),
	);
});

describe('refusals', () => {
	it('leave one line in the log, with header names and no values, however many there are', async () => {
		await publish();
		const body = Buffer.from(JSON.stringify(envelope()));
		for (let i = 0; i < 50; i++) {
			await trigger.deliver({
				headers: { 'x-signature': `secret-value-${i}`, cookie: 'secret-value' },
				rawBody: body,
			});
		}
		const refusals = trigger.logged.filter((line) => line.includes('refused a delivery'));
		expect(refusals).toHaveLength(1);
		expect(refusals[0]).toMatch(/no signature\. Headers seen: x-signature, cookie/);
		expect(refusals[0]).not.toContain('secret-value');
	});

	it('of a delivery that is signed in a form nobody knows tell its shape, in one line and without a value', async () => {
		await publish();
		const signature = createHash('sha512').update('whatever').digest('hex');
		const headers = { 'x-wlcro-signature': `t=1750000000,v1=${signature}`, 'x-wlcro-id': 'evt_12' };
		await trigger.deliver({ headers, rawBody: Buffer.from(JSON.stringify(envelope())) });
		expect(trigger.logged).toEqual([
			expect.stringContaining(
				'It looks signed: x-wlcro-signature: t=(10 digits) v1=(128 characters, hex). If this comes from WhiteLabelCRO, please report this line',
			),
		]);
		expect(trigger.logged[0]).not.toMatch(/1750000000|evt_12|[\da-f]{20}/);
	});

	it('leave a short line in the log, however long the headers are', async () => {
		await publish();
		const headers = Object.fromEntries(
			Array.from({ length: 50 }, (_, i) => [`x-${i}-${'a'.repeat(300)}`, '1']),
		);
		await trigger.deliver({ headers, rawBody: Buffer.from('{}') });
		expect(trigger.logged).toEqual([expect.stringMatching(/Headers seen: x-0-a+, x-1-a+,/)]);
		expect(trigger.logged[0]?.length).toBeLessThan(1300);
	});

	it('for want of a secret say how to repair it', async () => {
		const fresh = engine.trigger({ triggerOn: ['*'] });
		await fresh.deliver({ headers: {}, rawBody: Buffer.from('{}') });
		expect(fresh.logged).toEqual([expect.stringContaining('publish the workflow again')]);
	});
});

it("the list of statuses for the filters is the account's own, by name", async () => {
	expect(await engine.loadOptions('whiteLabelCroTrigger', 'getStatuses')).toContainEqual({
		name: 'Client - Active',
		value: 'Client - Active',
	});
});
