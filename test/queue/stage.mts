// n8n in queue mode with the built package in every process, beside a sandbox CRM.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sandbox, startSandbox } from '../../sandbox/server.mts';
import { type Cluster, startCluster } from '../../scripts/real-n8n/cluster.mts';
import { ensureN8n } from '../../scripts/real-n8n/install.mts';
import { installIntoHome, pack } from '../../scripts/real-n8n/package.mts';
import { slowness } from '../../scripts/real-n8n/patience.mts';
import { progressOn } from '../../scripts/real-n8n/progress.mts';
import { N8nRest } from '../../scripts/real-n8n/rest.mts';
import { type Owner, PACKAGE, signUp } from '../e2e/owner.mts';
import { PLENTY } from '../fixtures.mts';

export interface QueueStage extends Owner {
	sandbox: Sandbox;
	cluster: Cluster;
	/** Ends everything and removes it. */
	strike(): Promise<void>;
}

/** Starts the stage, of the package as it has been built. */
export async function setQueueStage(): Promise<QueueStage> {
	const installation = await ensureN8n(progressOn(process.stderr));
	const folder = await mkdtemp(join(tmpdir(), `${PACKAGE}-queue-`));
	const tarball = await pack(process.cwd(), folder);
	// A failed delivery is tried again after 0.1, 0.2, 0.4 … 51 seconds: ten times as quickly as a real CRM would. It waits for
	// n8n's answers as long as this machine makes it take.
	const dialect = { deliveryConcurrency: 10, backoffBaseMs: 100 };
	const sandbox = await startSandbox({ limits: PLENTY, dialect, timeScale: slowness() });
	const cluster = await startCluster(installation, (home) => installIntoHome(PACKAGE, tarball, home)).catch(
		async (error: unknown) => {
			await sandbox.close();
			throw error;
		},
	);
	return {
		...(await signUp(new N8nRest(cluster.main.url), sandbox)),
		sandbox,
		cluster,
		async strike() {
			await cluster.stop();
			await sandbox.close();
			await rm(folder, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}
