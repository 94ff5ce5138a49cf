// n8n in queue mode with the built package in every process, beside a sandbox CRM.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sandbox, startSandbox } from '../../sandbox/server.mts';
import { type Cluster, startCluster } from '../../scripts/real-n8n/cluster.mts';
import { ensureN8n } from '../../scripts/real-n8n/install.mts';
import { installIntoHome, pack } from '../../scripts/real-n8n/package.mts';
import { progressOn } from '../../scripts/real-n8n/progress.mts';
import { N8nRest, type Workflow, type WorkflowDefinition } from '../../scripts/real-n8n/rest.mts';
import { withCredential } from '../../scripts/real-n8n/workflow.mts';
import { PACKAGE } from '../e2e/stage.mts';

const UNLIMITED = { read: 1_000_000, write: 1_000_000, admin: 1_000_000 };

export interface QueueStage {
	sandbox: Sandbox;
	cluster: Cluster;
	n8n: N8nRest;
	/** Creates a workflow with the sandbox's credential in it. */
	create(workflow: WorkflowDefinition): Promise<Workflow>;
	/** Ends everything and removes it. */
	strike(): Promise<void>;
}

/** Starts the stage; the package has been built before by `npm run test:queue`. */
export async function setQueueStage(): Promise<QueueStage> {
	const installation = await ensureN8n(progressOn(process.stderr));
	const folder = await mkdtemp(join(tmpdir(), `${PACKAGE}-queue-`));
	const tarball = await pack(process.cwd(), folder);
	// A failed delivery is tried again after 0.1, 0.2, 0.4 … 51 seconds: ten times as quickly as a real CRM would.
	const dialect = { deliveryConcurrency: 10, backoffBaseMs: 100 };
	const sandbox = await startSandbox({ limits: UNLIMITED, dialect });
	const cluster = await startCluster(installation, (home) => installIntoHome(PACKAGE, tarball, home)).catch(
		async (error: unknown) => {
			await sandbox.close();
			throw error;
		},
	);
	const n8n = new N8nRest(cluster.main.url);
	await n8n.setUpOwner({ email: 'owner@example.com', password: 'OnlyForTests1' });
	const data = { apiKey: sandbox.apiKey, baseUrl: sandbox.url };
	const credential = await n8n.createCredential('Sandbox', 'whiteLabelCroApi', data);

	return {
		sandbox,
		cluster,
		n8n,
		create: (definition) => n8n.createWorkflow(withCredential(definition, PACKAGE, credential)),
		async strike() {
			await cluster.stop();
			await sandbox.close();
			await rm(folder, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}
