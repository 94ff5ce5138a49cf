// n8n in queue mode, as it runs in production: one process with the editor, one for webhooks, two workers.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Postgres, startPostgres, startRedis } from './databases.mts';
import type { Installation } from './install.mts';
import { patience } from './patience.mts';
import { N8nServer } from './server.mts';

/**
 * A killed worker's jobs count as stalled after seconds, where users' n8n takes a minute: but not so soon that those of a
 * worker that lives count too, whose machine is busy.
 */
const quickToNotice = () => ({
	QUEUE_WORKER_LOCK_DURATION: String(patience(1_000)),
	QUEUE_WORKER_LOCK_RENEW_TIME: '2000',
	QUEUE_WORKER_STALLED_INTERVAL: '4000',
});

interface Worker {
	server: N8nServer;
	log: string;
}

export interface Cluster {
	main: N8nServer;
	/** Takes the deliveries: the main process answers none. */
	webhook: N8nServer;
	workers: [Worker, Worker];
	postgres: Pick<Postgres, 'execute'>;
	/** Ends everything and removes it. */
	stop(): Promise<void>;
}

/** Starts Redis, PostgreSQL and four n8n processes. `prepare` fills each one's user folder before it starts. */
export async function startCluster(
	installation: Installation,
	prepare: (home: string) => Promise<unknown>,
): Promise<Cluster> {
	const folder = await mkdtemp(join(tmpdir(), 'n8n-cluster-'));
	/** What has to be undone at the end, in reverse order. */
	const cleanUps: Array<() => Promise<unknown>> = [
		() => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
	];
	const stop = async () => {
		for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
	};
	try {
		const postgres = await startPostgres();
		cleanUps.push(() => postgres.stop());
		const redis = await startRedis();
		cleanUps.push(() => redis.stop());
		const servers: N8nServer[] = [];
		cleanUps.push(() => Promise.all(servers.map((server) => server.stop())));
		let shared: NodeJS.ProcessEnv = {
			...postgres.variables,
			...redis.variables,
			...quickToNotice(),
			EXECUTIONS_MODE: 'queue',
			N8N_ENCRYPTION_KEY: randomBytes(16).toString('hex'),
			N8N_DISABLE_PRODUCTION_MAIN_PROCESS: 'true',
		};
		const create = async (name: string, command: 'start' | 'webhook' | 'worker') => {
			const home = join(folder, name);
			await prepare(home);
			const log = join(folder, `${name}.log`);
			const options = { installation, home, log, command, variables: shared, defaultModules: true };
			const server = await N8nServer.create(options);
			servers.push(server);
			return { server, log };
		};

		const { server: webhook } = await create('webhook', 'webhook');
		// The address that subscribers are told is the webhook process's own.
		shared = { ...shared, N8N_WEBHOOK_URL: `${webhook.url}/` };
		const { server: main } = await create('main', 'start');
		const workers: [Worker, Worker] = [
			await create('worker-1', 'worker'),
			await create('worker-2', 'worker'),
		];
		// The main process makes the tables that the others need.
		await main.start();
		await Promise.all([webhook, ...workers.map(({ server }) => server)].map((server) => server.start()));
		return { main, webhook, workers, postgres, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}
