// A CRM that answers as a test says, for what the sandbox does not do.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** @returns the answer's body, sent as JSON; a `Response` is sent as it is */
export type Handler = (request: { method: string; url: URL; body: string }) => unknown;

/** Lets work talk to a CRM at an address of its own. */
export async function withCrm<T>(handle: Handler, work: (baseUrl: string) => Promise<T>): Promise<T> {
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const { method = 'GET', url = '/' } = request;
			const given = handle({
				method,
				url: new URL(url, 'http://crm'),
				body: Buffer.concat(chunks).toString(),
			});
			const answer = given instanceof Response ? given : Response.json(given);
			response.writeHead(answer.status, Object.fromEntries(answer.headers));
			void answer.text().then((text) => response.end(text));
		});
	});
	await once(server.listen(0, '127.0.0.1'), 'listening');
	try {
		return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	} finally {
		server.closeAllConnections();
		server.close();
	}
}
