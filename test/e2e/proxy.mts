// What stands between the CRM and n8n, as a reverse proxy does, and may drop deliveries.
import { once } from 'node:events';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ask } from '../../scripts/real-n8n/ask.mts';

export interface Proxy {
	url: string;
	/** Where it sends what it does not drop. */
	target: string;
	/** Whether it hangs up on a delivery, told by the id of its event. */
	drops: (eventId: number) => boolean;
	close(): Promise<void>;
}

/** Starts a proxy that drops nothing. */
export async function startProxy(): Promise<Proxy> {
	const server = createServer((request, response) => {
		void (async () => {
			const body = await textOf(request);
			if (proxy.drops((JSON.parse(body) as { id: number }).id)) {
				request.socket.destroy();
				return;
			}
			const { method, url = '', headers } = request;
			const own = ['host', 'connection', 'content-length', 'transfer-encoding'];
			const passedOn = Object.entries(headers).filter(([name]) => !own.includes(name));
			const answer = await ask(proxy.target + url, {
				method,
				headers: passedOn.map(([name, value]) => [name, String(value)] as [string, string]),
				body,
			});
			response.writeHead(answer.status).end(await answer.text());
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
		async close() {
			server.close();
			await once(server, 'close');
		},
	};
	return proxy;
}

async function textOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString('utf8');
}
