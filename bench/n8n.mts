// A real n8n with the built package, on its default settings as its users run it, and one measured execution in it.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INode } from 'n8n-workflow';
import { ensureN8n } from '../scripts/real-n8n/install.mts';
import { installIntoHome, pack } from '../scripts/real-n8n/package.mts';
import { progressOn } from '../scripts/real-n8n/progress.mts';
import { N8nRest, type Workflow } from '../scripts/real-n8n/rest.mts';
import { N8nServer } from '../scripts/real-n8n/server.mts';

export const PACKAGE = 'n8n-nodes-whitelabelcro';

/** Seldom, so that asking does not slow down what is measured; when an execution ended is n8n's own word. */
const POLL_MS = 500;

export interface BenchN8n {
	server: N8nServer;
	rest: N8nRest;
	/** Ends n8n and removes its home. */
	stop(): Promise<void>;
}

/**
 * Starts an n8n with the package from dist/ and an owner logged in.
 * @param variables of its environment, besides the usual ones
 * @param furnish puts into its user folder what else it is to find there
 */
export async function startN8n(
	variables: NodeJS.ProcessEnv = {},
	furnish: (home: string) => Promise<void> = async () => {},
): Promise<BenchN8n> {
	const installation = await ensureN8n(progressOn(process.stderr));
	const home = await mkdtemp(join(tmpdir(), `${PACKAGE}-bench-`));
	const log = `${home}.log`;
	await installIntoHome(PACKAGE, await pack(process.cwd(), home), home);
	await furnish(home);
	const server = await N8nServer.create({ installation, home, log, defaultModules: true });
	const stop = async () => {
		await server.stop();
		await rm(home, { recursive: true, force: true, maxRetries: 5 });
		await rm(log, { force: true });
	};
	try {
		await server.start(variables);
		const rest = new N8nRest(server.url);
		await rest.setUpOwner({ email: 'owner@example.com', password: 'OnlyForTests1' });
		return { server, rest, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

/** The versions of all that takes part, the server's own words where it has any. */
export async function versionsLine({ rest }: BenchN8n): Promise<string> {
	const { data } = JSON.parse(await rest.text('/rest/settings')) as {
		data: { versionCli: string; nodeJsVersion: string };
	};
	return `n8n ${data.versionCli} on Node ${data.nodeJsVersion}, benchmark on Node ${process.versions.node}`;
}

/** A published workflow that a request with `{items: […]}` starts: one node works on the items. */
export interface Bench {
	workflow: Workflow;
	url: string;
}

export async function publish({ server, rest }: BenchN8n, worker: INode): Promise<Bench> {
	const path = randomUUID();
	const nodes: INode[] = [
		{
			...worker,
			id: 'start',
			name: 'Start',
			type: 'n8n-nodes-base.webhook',
			typeVersion: 2,
			parameters: { path, httpMethod: 'POST' },
			credentials: {},
			retryOnFail: false,
			webhookId: path,
		},
		{
			...worker,
			id: 'items',
			name: 'Items',
			type: 'n8n-nodes-base.splitOut',
			typeVersion: 1,
			parameters: { fieldToSplitOut: 'body.items' },
			credentials: {},
			retryOnFail: false,
		},
		worker,
	];
	const to = (node: string) => ({ main: [[{ node, type: 'main' as const, index: 0 }]] });
	const workflow = await rest.createWorkflow({
		name: worker.name,
		nodes,
		connections: { Start: to('Items'), Items: to(worker.name) },
		settings: { executionOrder: 'v1' },
	});
	await rest.publish(workflow);
	return { workflow, url: `${server.url}/webhook/${path}` };
}

/** One execution, timed from the request that started it to the end that n8n recorded. */
export interface Timed {
	id: string;
	status: string;
	startedAt: number;
	elapsedMs: number;
}

interface Listed {
	id: string;
	status: string;
	stoppedAt: string | null;
}

/** Starts the workflow with these items and waits until the execution has ended. Rejects after `timeoutMs`. */
export async function execute(
	{ rest }: BenchN8n,
	{ workflow, url }: Bench,
	items: object[],
	timeoutMs: number,
): Promise<Timed> {
	const filter = encodeURIComponent(JSON.stringify({ workflowId: workflow.id }));
	const list = async () => {
		const answer = JSON.parse(await rest.text(`/rest/executions?limit=10&filter=${filter}`)) as {
			data: { results: Listed[] };
		};
		return answer.data.results;
	};
	const before = new Set((await list()).map(({ id }) => id));
	const body = JSON.stringify({ items });
	const startedAt = Date.now();
	const headers = { 'content-type': 'application/json' };
	const answer = await fetch(url, { method: 'POST', headers, body });
	if (!answer.ok) throw new Error(`n8n answered the start of ${workflow.id} with ${answer.status}`);
	while (Date.now() < startedAt + timeoutMs) {
		await sleep(POLL_MS);
		const ended = (await list()).find(({ id, stoppedAt }) => !before.has(id) && stoppedAt !== null);
		if (ended?.stoppedAt) {
			const elapsedMs = Date.parse(ended.stoppedAt) - startedAt;
			return { id: ended.id, status: ended.status, startedAt, elapsedMs };
		}
	}
	throw new Error(`The execution of workflow ${workflow.id} did not end within ${timeoutMs / 1000} seconds.`);
}
