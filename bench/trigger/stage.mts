// A real n8n with this package and an empty trigger in it, the CRM's sandbox, and as much of GitHub as GithubTrigger asks for.
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Sandbox, startSandbox } from '../../sandbox/server.mts';
import { type BenchN8n, startN8n } from '../n8n.mts';

export const EMPTY_PACKAGE = 'n8n-nodes-empty-trigger';

export interface Stage extends BenchN8n {
	sandbox: Sandbox;
	github: Github;
}

/** @param variables of n8n's environment, besides the usual ones */
export async function startStage(variables: NodeJS.ProcessEnv): Promise<Stage> {
	const n8n = await startN8n(variables, installEmptyTrigger);
	const sandbox = await startSandbox();
	const github = await startGithub();
	const stop = async () => {
		await n8n.stop();
		await sandbox.close();
		await github.close();
	};
	return { ...n8n, sandbox, github, stop };
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
interface Github {
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
