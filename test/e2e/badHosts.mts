// Hosts that are not the API, or answer as no API should: what a wrong Base URL leads to.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface BadHosts {
	/** As a Base URL: a web page, whatever is asked. */
	website: string;
	/** As a Base URL: a redirect to the web page. */
	redirect: string;
	/** As a Base URL: errors with this HTTP status whose text repeats the API key that was sent. */
	echo(status: number): string;
	close(): void;
}

export async function startBadHosts(): Promise<BadHosts> {
	const server = createServer((request, response) => {
		const [, kind = ''] = (request.url ?? '').split('/');
		const key = String(request.headers['x-api-key']);
		if (kind === 'website') {
			response.setHeader('content-type', 'text/html').end(`<!doctype html><title>${key}</title>`);
		} else if (kind === 'redirect') {
			response.writeHead(302, { location: '/website' }).end(key);
		} else {
			response.writeHead(Number(kind), { 'content-type': 'application/json' });
			response.end(JSON.stringify({ message: `Refused: ${key}`, errors: { [key]: [`Key ${key} again`] } }));
		}
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {
		website: `${url}/website`,
		redirect: `${url}/redirect`,
		echo: (status) => `${url}/${status}`,
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
}
