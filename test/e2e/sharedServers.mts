// What end-to-end tests share: one n8n of each version for all the test files that leave it as they found it,
// with its owner signed up and all of its modules on, started when the first of them asks.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureN8n } from '../../scripts/real-n8n/install.mts';
import { installIntoHome, pack } from '../../scripts/real-n8n/package.mts';
import { progressOn } from '../../scripts/real-n8n/progress.mts';
import { N8nRest } from '../../scripts/real-n8n/rest.mts';
import { N8nServer } from '../../scripts/real-n8n/server.mts';
import { OWNER, PACKAGE } from './owner.mts';

async function start(version: string, home: string): Promise<N8nServer> {
	const installation = await ensureN8n(progressOn(process.stderr), { version });
	await installIntoHome(PACKAGE, await pack(process.cwd(), home), home);
	const log = join(home, 'log');
	const server = await N8nServer.create({ installation, home, log, defaultModules: true });
	await server.start();
	await new N8nRest(server.url, version).setUpOwner(OWNER);
	return server;
}

/**
 * Test files run in processes of their own: they ask this one for the server of a version, at the address in SHARED_N8N with
 * the version as its path. Returns what ends the servers and removes what they have left.
 */
export async function openReception(): Promise<() => Promise<void>> {
	const folder = await mkdtemp(join(tmpdir(), `${PACKAGE}-shared-`));
	const servers = new Map<string, Promise<N8nServer>>();
	const reception = createServer((request, response) => {
		const version = (request.url ?? '').slice(1);
		const server =
			servers.get(version) ?? mkdtemp(join(folder, 'home-')).then((home) => start(version, home));
		servers.set(version, server);
		server.then(
			({ url }) => response.end(url),
			(error: unknown) => response.writeHead(500).end(String(error)),
		);
	});
	reception.listen(0, '127.0.0.1');
	await once(reception, 'listening');
	process.env.SHARED_N8N = `http://127.0.0.1:${(reception.address() as AddressInfo).port}`;
	return async () => {
		reception.close();
		for (const server of await Promise.allSettled(servers.values())) {
			if (server.status === 'fulfilled') await server.value.stop();
		}
		await rm(folder, { recursive: true, force: true, maxRetries: 5 });
	};
}
