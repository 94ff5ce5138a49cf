// A host of ours that keeps what it was sent.
import { once } from 'node:events';
import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Recorder {
	url: string;
	requests: Array<{ path: string; headers: IncomingHttpHeaders; body: string }>;
	close(): void;
}

/** Starts a host on a port of its own, with what it answers to a request's body. */
export async function startRecorder(
	answer: (body: string) => { status?: number; headers?: Record<string, string>; body: object },
): Promise<Recorder> {
	const requests: Recorder['requests'] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const sent = Buffer.concat(chunks).toString();
			requests.push({ path: request.url ?? '', headers: request.headers, body: sent });
			const { status = 200, headers, body } = answer(sent);
			response.writeHead(status, { 'content-type': 'application/json', ...headers });
			response.end(JSON.stringify(body));
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests,
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
}
