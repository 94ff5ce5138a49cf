// What stands between the CRM and n8n, as a reverse proxy does: it may drop deliveries, change them, or answer in n8n's place.
import { once } from 'node:events';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ask } from '../../scripts/real-n8n/ask.mts';

/** What a proxy sends on. */
interface Passed {
	body: string;
	/** Names in lower case. */
	headers: Record<string, string>;
}

/** What a proxy answers in the place of n8n. */
interface OwnAnswer {
	status: number;
	headers?: Record<string, string>;
	body?: string;
}

export interface Proxy {
	url: string;
	/** Where it sends what it does not drop. */
	target: string;
	/** Whether it hangs up on a delivery, told by the id of its event. */
	drops: (eventId: number) => boolean;
	/** What it makes of a request that it passes on to a path. */
	rewrite: (body: string, headers: Passed['headers'], path: string) => Partial<Passed>;
	/** What it answers instead of passing a request on to a path. */
	answersInstead: (path: string) => OwnAnswer | undefined;
	close(): Promise<void>;
}

/** The page of a proxy that wants people to log in. */
export const LOGIN_PAGE =
	'<!doctype html><title>Sign in</title><h1>Sign in</h1><form><input type="password"></form>';

/** Of a connection, not of what is sent on it; and of a body that `fetch` has unpacked. */
const OWN_HEADERS = new Set([
	'host',
	'connection',
	'keep-alive',
	'content-length',
	'transfer-encoding',
	'content-encoding',
]);

/** Starts a proxy that passes everything on as it is. */
export async function startProxy(): Promise<Proxy> {
	const server = createServer((request, response) => {
		void (async () => {
			const body = await textOf(request);
			const eventId = eventIdOf(body);
			if (eventId !== undefined && proxy.drops(eventId)) {
				request.socket.destroy();
				return;
			}
			const { method = 'GET', url = '' } = request;
			const own = proxy.answersInstead(url);
			if (own) {
				const { status, headers = { 'content-type': 'text/html' }, body: page = LOGIN_PAGE } = own;
				response.writeHead(status, headers).end(page);
				return;
			}
			const sent = withoutOwn(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
			const passed = { body, headers: sent, ...proxy.rewrite(body, sent, url) };
			const hasBody = !['GET', 'HEAD'].includes(method);
			const answer = await ask(proxy.target + url, {
				method,
				headers: passed.headers,
				redirect: 'manual',
				...(hasBody && { body: passed.body }),
			});
			const text = await answer.text();
			response.writeHead(answer.status, withoutOwn([...answer.headers])).end(text);
		})().catch(() => {
			response.writeHead(502).end();
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const proxy: Proxy = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		target: '',
		drops: () => false,
		rewrite: () => ({}),
		answersInstead: () => undefined,
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
	return proxy;
}

/** A rewriter that writes a JSON body anew, as a proxy does that looks into it: the same value in other bytes. */
export const reserialized: Proxy['rewrite'] = (body) => {
	try {
		return { body: JSON.stringify(JSON.parse(body), null, 1) };
	} catch {
		return {};
	}
};

function withoutOwn(headers: Array<[name: string, value: string]>): Record<string, string> {
	return Object.fromEntries(headers.filter(([name]) => !OWN_HEADERS.has(name)));
}

/** The id of a delivery's event; undefined for anything else. */
function eventIdOf(body: string): number | undefined {
	try {
		const { id } = JSON.parse(body) as { id?: unknown };
		return typeof id === 'number' ? id : undefined;
	} catch {
		return undefined;
	}
}

async function textOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString('utf8');
}
