// A real n8n with this package and an empty trigger in it, the CRM's sandbox, and as much of GitHub as GithubTrigger asks for.
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sandbox, startSandbox } from '../../sandbox/server.mts';
import { ensureN8n } from '../../scripts/real-n8n/install.mts';
import { installIntoHome, pack } from '../../scripts/real-n8n/package.mts';
import { progressOn } from '../../scripts/real-n8n/progress.mts';
import { N8nRest } from '../../scripts/real-n8n/rest.mts';
import { N8nServer } from '../../scripts/real-n8n/server.mts';

export const PACKAGE = 'n8n-nodes-whitelabelcro';
export const EMPTY_PACKAGE = 'n8n-nodes-empty-trigger';

export interface Stage {
	url: string;
	rest: N8nRest;
	nodeVersion: string;
	sandbox: Sandbox;
	github: Github;
	/** Ends everything and removes it. */
	stop(): Promise<void>;
}

/** @param variables of n8n's environment, besides the usual ones */
export async function startStage(variables: NodeJS.ProcessEnv): Promise<Stage> {
	const installation = await ensureN8n(progressOn(process.stderr));
	const home = await mkdtemp(join(tmpdir(), `${PACKAGE}-bench-`));
	const log = `${home}.log`;
	await installIntoHome(PACKAGE, await pack(process.cwd(), home), home);
	await installEmptyTrigger(home);
	const sandbox = await startSandbox();
	const github = await startGithub();
	const server = await N8nServer.create({ installation, home, log, defaultModules: true });
	const stop = async () => {
		await server.stop();
		await sandbox.close();
		await github.close();
		await rm(home, { recursive: true, force: true, maxRetries: 5 });
		await rm(log, { force: true });
	};
	try {
		await server.start(variables);
		const rest = new N8nRest(server.url);
		await rest.setUpOwner({ email: 'owner@example.com', password: 'OnlyForTests1' });
		const settings = JSON.parse(await rest.text('/rest/settings')) as { data: { nodeJsVersion: string } };
		return { url: server.url, rest, nodeVersion: settings.data.nodeJsVersion, sandbox, github, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

/**
 * A community trigger that hands on the body and does nothing else. Its version is 1, as that of this package's: n8n
 * evaluates an expression more for every request to a trigger of version 1.
 */
const EMPTY_TRIGGER = `
class EmptyTrigger {
	description = {
		displayName: 'Empty Trigger', name: 'emptyTrigger', group: ['trigger'], version: 1, description: '',
		defaults: { name: 'Empty Trigger' }, inputs: [], outputs: ['main'], properties: [],
		credentials: [{ name: 'whiteLabelCroApi', required: false }],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', responseData: 'OK', path: 'webhook' }],
	};
	async webhook() {
		return { workflowData: [[{ json: this.getBodyData() }]] };
	}
}
module.exports = { EmptyTrigger };
`;

async function installEmptyTrigger(home: string): Promise<void> {
	const folder = join(home, '.n8n/nodes/node_modules', EMPTY_PACKAGE);
	await mkdir(folder, { recursive: true });
	const n8n = { n8nNodesApiVersion: 1, nodes: ['EmptyTrigger.node.js'] };
	const manifest = { name: EMPTY_PACKAGE, version: '1.0.0', n8n };
	await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
	await writeFile(join(folder, 'EmptyTrigger.node.js'), EMPTY_TRIGGER);
}

/** The hook that GithubTrigger has made. */
export interface Github {
	server: string;
	hook?: { url: string; secret: string };
	close(): Promise<void>;
}

async function startGithub(): Promise<Github> {
	const server = createServer((request, response) => {
		let text = '';
		request.on('data', (chunk: Buffer) => {
			text += chunk.toString();
		});
		request.on('end', () => {
			if (request.method === 'POST') github.hook = (JSON.parse(text) as { config: Github['hook'] }).config;
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify({ id: 1, active: true, events: ['*'], config: github.hook }));
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const github: Github = {
		server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		async close() {
			server.closeAllConnections();
			await once(server.close(), 'close');
		},
	};
	return github;
}
