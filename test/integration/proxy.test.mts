// The proxy of the end-to-end tests, before a receiver.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { type Sandbox, startSandbox } from '../../sandbox/server.mts';
import { LOGIN_PAGE, type Proxy, reserialized, startProxy } from '../e2e/proxy.mts';
import { type Receiver, startReceiver, subscribe } from './sandbox/support.mts';

let sandbox: Sandbox;
let receiver: Receiver;
let proxy: Proxy;

beforeAll(async () => {
	sandbox = await startSandbox({ dialect: { backoffBaseMs: 1 } });
});
beforeEach(async () => {
	receiver = await startReceiver();
	proxy = await startProxy();
	proxy.target = new URL(receiver.url).origin;
	await subscribe(sandbox, `${proxy.url}/hook`, ['lead.created']);
});
afterEach(async () => {
	sandbox.reset();
	await proxy.close();
	await receiver.close();
});
afterAll(() => sandbox.close());

const deliver = async () => {
	const event = sandbox.raise('lead.created');
	await sandbox.settled();
	return event;
};

describe('The proxy', () => {
	test('passes a delivery on byte by byte, and what it answers', async () => {
		receiver.answer = (response) => response.writeHead(201, { 'x-own': 'yes' }).end('Made');
		await deliver();
		const [{ body, headers, responseBody, status }] = sandbox.deliveries as [(typeof sandbox.deliveries)[0]];
		expect({ status, responseBody }).toEqual({ status: 201, responseBody: 'Made' });
		expect(receiver.received).toMatchObject([{ body, headers }]);
		const answer = await fetch(`${proxy.url}/hook`, { method: 'POST', body: '{"id":1}' });
		expect(answer.headers.get('x-own')).toBe('yes');
	});

	test('writes bodies anew: the same value in other bytes', async () => {
		proxy.rewrite = reserialized;
		const event = await deliver();
		const { body } = receiver.received[0] ?? { body: '' };
		expect(JSON.parse(body)).toEqual(event);
		expect(body).not.toBe(sandbox.deliveries[0]?.body);
	});

	test('takes a header away', async () => {
		proxy.rewrite = (_body, headers) => ({ headers: { ...headers, 'x-webhook-signature': '' } });
		await deliver();
		expect(receiver.received[0]?.headers['x-webhook-signature']).toBe('');
	});

	test.each([
		[{ status: 200 }, { status: 200, responseBody: LOGIN_PAGE }],
		[{ status: 302, headers: { location: 'https://login.example.com/' }, body: '' }, { status: 302 }],
		[
			{ status: 502, body: 'Bad gateway' },
			{ status: 502, responseBody: 'Bad gateway' },
		],
	])('answers %j instead', async (own, expected) => {
		proxy.answersInstead = (path) => (path === '/hook' ? own : undefined);
		await deliver();
		expect(sandbox.deliveries[0]).toMatchObject(expected);
		expect(receiver.received).toEqual([]);
	});

	test('hangs up on the deliveries that it drops, and passes on what is no delivery', async () => {
		proxy.drops = () => true;
		await deliver();
		expect(sandbox.deliveries[0]).toMatchObject({ status: null });
		expect(receiver.received).toEqual([]);
		const other = createServer((request, response) => response.end(request.method));
		await once(other.listen(0, '127.0.0.1'), 'listening');
		proxy.target = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
		for (const [method, body] of [['GET'], ['POST'], ['POST', 'no JSON'], ['POST', 'null']])
			expect(await (await fetch(proxy.url, { method, body })).text()).toBe(method);
		other.close();
	});
});
