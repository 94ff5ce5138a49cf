// A real n8n with the built package installed, beside a sandbox CRM: what every end-to-end test plays on.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { INode, INodeExecutionData } from 'n8n-workflow';
import { type Sandbox, startSandbox } from '../../sandbox/server.mts';
import { N8N_VERSION, ensureN8n } from '../../scripts/real-n8n/install.mts';
import { installIntoHome, pack } from '../../scripts/real-n8n/package.mts';
import { progressOn } from '../../scripts/real-n8n/progress.mts';
import { patience, slowness } from '../../scripts/real-n8n/patience.mts';
import { type Execution, N8nRest, type WorkflowDefinition } from '../../scripts/real-n8n/rest.mts';
import { N8nServer } from '../../scripts/real-n8n/server.mts';
import { OWNER, type Owner, PACKAGE, ownerOf, signUp } from './owner.mts';
import { type Times, setTimes } from './times.mts';

/** For the hook that calls `setStage`: n8n itself may have to be installed first, which takes some 4 minutes. */
export const SET_UP_TIMEOUT_MS = patience(5 * 60_000);

/** With two starts of n8n in it. */
const TEST_MS = 60_000;

jest.setTimeout(patience(TEST_MS));

/** An n8n at which nobody has signed up yet. */
export interface EmptyStage {
	n8n: N8nRest;
	sandbox: Sandbox;
	server: N8nServer;
	/** n8n's user folder, below which it keeps .n8n. */
	home: string;
	/** The file that holds n8n's output. */
	log: string;
	/** Ends everything and removes it. */
	strike(): Promise<void>;
}

/** A sandbox and workflows of one's own, on an n8n that other test files use meanwhile. */
export interface SharedStage extends Owner {
	sandbox: Sandbox;
	server: Pick<N8nServer, 'url'>;
	strike(): Promise<void>;
}

export interface Stage extends Owner, Omit<EmptyStage, 'n8n'> {}

interface EmptyStageOptions {
	/** The version of n8n: that of N8N_VERSION, if none is named. */
	version?: string;
	/** Whether the package is there when n8n starts. */
	hasPackage: boolean;
	defaultModules?: boolean;
	/** Other times of the package than those that ship. */
	times?: Times;
	/** Environment variables of n8n besides the usual ones. */
	variables?: NodeJS.ProcessEnv;
}

interface StageOptions extends Omit<EmptyStageOptions, 'hasPackage'> {
	/** The version that n8n itself installs, as from its community nodes screen, with the npm on the PATH among the `variables`. */
	installs?: string;
}

/** Starts a stage of its own for a test file, of the package as it has been built. */
export async function setStage({ installs, ...options }: StageOptions = {}): Promise<Stage> {
	const stage = await setEmptyStage({ ...options, hasPackage: installs === undefined });
	return { ...stage, ...(await signUp(stage.n8n, stage.sandbox, installs)) };
}

/** The same before its owner signs up. */
export async function setEmptyStage({
	version,
	hasPackage,
	times = {},
	...options
}: EmptyStageOptions): Promise<EmptyStage> {
	const installation = await ensureN8n(progressOn(process.stderr), { version });
	const home = await mkdtemp(join(tmpdir(), `${PACKAGE}-e2e-`));
	const log = `${home}.log`;
	if (hasPackage) {
		const folder = await installIntoHome(PACKAGE, await pack(process.cwd(), home), home);
		await setTimes(folder, times);
	}

	// A CRM that waits for n8n's answers as long as this machine makes it take.
	const sandbox = await startSandbox({ timeScale: slowness() });
	const server = await N8nServer.create({ installation, home, log, ...options });
	await server.start();
	return {
		n8n: new N8nRest(server.url, version, options.variables),
		sandbox,
		server,
		home,
		log,
		async strike() {
			await server.stop();
			await sandbox.close();
			await rm(home, { recursive: true, force: true, maxRetries: 5 });
			await rm(log);
		},
	};
}

/** Joins the n8n of all test files that leave it as they found it. It has all of its modules on, as users have it. */
export async function joinStage(): Promise<SharedStage> {
	await ensureN8n(progressOn(process.stderr));
	const { SHARED_N8N } = process.env;
	if (SHARED_N8N === undefined) throw new Error('This test is run by `npm run test:e2e`.');
	const answer = await fetch(`${SHARED_N8N}/${N8N_VERSION}`);
	const url = await answer.text();
	if (!answer.ok) throw new Error(url);
	const sandbox = await startSandbox({ timeScale: slowness() });
	const n8n = new N8nRest(url);
	await n8n.logIn(OWNER);
	const owner = await ownerOf(n8n, sandbox);
	return {
		...owner,
		sandbox,
		server: { url },
		async strike() {
			await owner.takeBack();
			await sandbox.close();
		},
	};
}

/** A workflow in which each node feeds the next. */
export function chain(name: string, nodes: INode[]): WorkflowDefinition {
	const connections = Object.fromEntries(
		nodes
			.slice(1)
			.map((node, index) => [
				nodes[index]?.name ?? '',
				{ main: [[{ node: node.name, type: 'main' as const, index: 0 }]] },
			]),
	);
	return { name, nodes, connections, settings: { executionOrder: 'v1' } };
}

export function node(
	name: string,
	type: string,
	parameters: INode['parameters'],
	more: Partial<INode> = {},
): INode {
	return { id: name, name, type, typeVersion: 1, position: [0, 0], parameters, ...more };
}

/** The items that a node of an execution gave out of one of its outputs. */
export function itemsOf(execution: Execution, nodeName: string, output = 0): INodeExecutionData[] {
	return execution.data.resultData.runData[nodeName]?.[0]?.data?.main?.[output] ?? [];
}
