// What the sandbox's own tests share: calling the API as a stranger would, and a receiver for deliveries.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Sandbox } from '../../../sandbox/server.mts';

export interface Reply {
	status: number;
	headers: Headers;
	text: string;
	/** The JSON of the answer; undefined for anything else. */
	json: unknown;
}

/** One request; `path` is below `/api/v1` unless it begins with `/__`. An empty `key` sends no key. */
export async function call(
	sandbox: Sandbox,
	method: string,
	path: string,
	{
		body,
		key = sandbox.apiKey,
		headers = {},
	}: { body?: unknown; key?: string; headers?: Record<string, string> } = {},
): Promise<Reply> {
	const response = await fetch(sandbox.url + (path.startsWith('/__') ? path : `/api/v1${path}`), {
		method,
		headers: {
			...(key && { 'X-Api-Key': key }),
			...(body !== undefined && { 'Content-Type': 'application/json' }),
			...headers,
		},
		...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
	});
	const text = await response.text();
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		json = undefined;
	}
	return { status: response.status, headers: response.headers, text, json };
}

export const ada = { first_name: 'Ada', last_name: 'Lovelace', email: 'ada@lovelace.example' };

/** Creates a lead over HTTP and gives its client_id. */
export async function makeLead(sandbox: Sandbox, fields: object = {}): Promise<number> {
	const reply = await call(sandbox, 'POST', '/integrations/leads', { body: { ...ada, ...fields } });
	return (reply.json as { client_id: number }).client_id;
}

interface Received {
	headers: IncomingHttpHeaders;
	body: string;
	/** The `id` of the envelope. */
	eventId: number;
}

export interface Receiver {
	url: string;
	received: Received[];
	/** Answers each delivery; 200 "ok" at first. */
	answer: (response: ServerResponse, delivery: Received) => void;
	close(): Promise<void>;
}

/** A receiver of deliveries on a free port of this machine. */
export async function startReceiver(): Promise<Receiver> {
	const ok: Receiver['answer'] = (response) => {
		response.end('ok');
	};
	const server = createServer((request, response) => {
		let body = '';
		request.setEncoding('utf8');
		request.on('data', (chunk: string) => {
			body += chunk;
		});
		request.on('end', () => {
			const { id } = JSON.parse(body) as { id: number };
			const delivery = { headers: request.headers, body, eventId: id };
			receiver.received.push(delivery);
			receiver.answer(response, delivery);
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const receiver: Receiver = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
		received: [],
		answer: ok,
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
	return receiver;
}

/** Subscribes over HTTP in the default dialect; gives id and secret. */
export async function subscribe(
	sandbox: Sandbox,
	targetUrl: string,
	eventTypes: string[],
): Promise<{ id: number; signingSecret: string }> {
	const reply = await call(sandbox, 'POST', '/webhooks/subscriptions', { body: { targetUrl, eventTypes } });
	return reply.json as { id: number; signingSecret: string };
}
