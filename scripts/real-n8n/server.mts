import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { ask } from './ask.mts';
import { type Installation, OLDEST } from './install.mts';
import { patience } from './patience.mts';
import { freePorts } from './ports.mts';
import { endProcess, exitOf, startProcess, tail } from './processes.mts';
import { until } from './until.mts';

/** What it takes on a quiet machine to start with all modules, to answer a request, and to end in order. */
const START_MS = 15_000;
const ANSWER_MS = 1_000;
const END_MS = 2_000;

/** n8n's modules that these nodes have nothing to do with: without them it starts faster and needs less memory. */
const unneededModules = ({ version }: Installation) =>
	[
		'mcp,chat-hub,insights,breaking-changes,dynamic-credentials,quick-connect,source-control,external-secrets',
		'sso-oidc,sso-saml,ldap,log-streaming,provisioning,data-table',
		// n8n does not start with the name of a module that it does not have yet.
		...(version === OLDEST
			? []
			: ['instance-ai,agents,mcp-registry,workflow-builder,oauth-server,otel,token-exchange']),
	].join(',');

/** What n8n needs of this program's environment. The rest stays behind, or a user's own N8N_… settings would change it. */
const INHERITED = [
	'PATH',
	'HOME',
	'USERPROFILE',
	'TMPDIR',
	'TEMP',
	'TMP',
	'SystemRoot',
	'LANG',
	'NODE_EXTRA_CA_CERTS',
];

/** Run inside n8n: it ends in order when this program is gone, however that ended, so that no n8n is ever left behind. */
const END_WITH_PARENT = `data:text/javascript,
	import { isMainThread } from 'node:worker_threads';
	const parent = process.ppid;
	const check = () => { if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM'); };
	if (isMainThread) setInterval(check, 1000).unref();`.replaceAll(/\s+/g, ' ');

interface N8nOptions {
	installation: Installation;
	/** The user folder, below which n8n makes .n8n. */
	home: string;
	/** The file to which n8n's output is appended. */
	log: string;
	/** True leaves all modules on, as they are for n8n's users. */
	defaultModules?: boolean;
	/** Which of n8n's processes it is; `start`, the default, is the one with the editor. */
	command?: 'start' | 'webhook' | 'worker';
	/** Environment variables besides the usual ones, which they win over. */
	variables?: NodeJS.ProcessEnv;
}

/** A real n8n server on the loopback address, which keeps its ports and its encryption key when it is restarted. */
export class N8nServer {
	readonly url: string;

	private process?: ChildProcess;

	private constructor(
		private readonly options: N8nOptions,
		private readonly environment: NodeJS.ProcessEnv,
	) {
		this.url = `http://127.0.0.1:${environment.N8N_PORT ?? ''}`;
	}

	/** An n8n server on free ports, not started yet. */
	static async create(options: N8nOptions): Promise<N8nServer> {
		const [port, brokerPort] = await freePorts(2);
		return new N8nServer(options, {
			...Object.fromEntries(INHERITED.map((name) => [name, process.env[name]])),
			N8N_USER_FOLDER: options.home,
			N8N_HOST: '127.0.0.1',
			N8N_LISTEN_ADDRESS: '127.0.0.1',
			N8N_PORT: String(port),
			N8N_WEBHOOK_URL: `http://127.0.0.1:${String(port)}/`,
			N8N_RUNNERS_BROKER_PORT: String(brokerPort),
			N8N_ENCRYPTION_KEY: randomBytes(16).toString('hex'),
			N8N_SECURE_COOKIE: 'false',
			// While its database, or the machine, takes longer for an answer, n8n turns everybody away. Both versions know this name.
			N8N_DB_PING_TIMEOUT: String(patience(3_000)),
			// Nothing is to be asked of, or told to, n8n's makers.
			N8N_DIAGNOSTICS_ENABLED: 'false',
			N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
			N8N_TEMPLATES_ENABLED: 'false',
			N8N_PERSONALIZATION_ENABLED: 'false',
			N8N_VERIFIED_PACKAGES_ENABLED: 'false',
			N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
			...(options.defaultModules ? {} : { N8N_DISABLED_MODULES: unneededModules(options.installation) }),
			// A worker has nothing but its health check to listen for.
			...(options.command === 'worker' && {
				QUEUE_HEALTH_CHECK_ACTIVE: 'true',
				QUEUE_HEALTH_CHECK_PORT: String(port),
				N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
			}),
			...options.variables,
		});
	}

	/** Resolves when n8n answers; rejects with the end of its log if it ends, or when patience is out. */
	async start(variables: NodeJS.ProcessEnv = {}): Promise<void> {
		const { installation, home, log, command = 'start' } = this.options;
		this.process = startProcess(installation.node, ['--import', END_WITH_PARENT, installation.n8n, command], {
			cwd: home,
			env: { ...this.environment, ...variables },
			log,
		});
		let failure: string | undefined;
		void this.ended().then(
			(output) => (failure = `n8n ended while it was starting:\n${output}`),
			(error: unknown) => (failure = `n8n could not be started: ${String(error)}`),
		);
		const outcome = await until(
			'n8n to answer',
			START_MS,
			async () => failure ?? ((await this.isReady()) ? 'ready' : undefined),
		).catch(async (error: unknown) => `${String(error)}\n${await this.lastWords()}`);
		if (outcome !== 'ready') {
			await this.stop();
			throw new Error(outcome);
		}
	}

	/** Stops n8n and starts it again on the same home, ports and key, with these variables besides its usual ones. */
	async restart(variables: NodeJS.ProcessEnv = {}): Promise<void> {
		await this.stop();
		await this.start(variables);
	}

	/** Ends n8n in order, by force when patience is out. Does nothing if it is not running. */
	async stop(): Promise<void> {
		if (this.process) await endProcess(this.process, patience(END_MS));
	}

	/** Ends n8n as a crash would: at once, without a chance to tidy up. */
	async kill(): Promise<void> {
		if (this.process) await endProcess(this.process, 0);
	}

	/** n8n's process ID, undefined before it was started. */
	get pid(): number | undefined {
		return this.process?.pid;
	}

	/** Resolves when n8n ends, for whatever reason, with the end of its log and where that is. */
	async ended(): Promise<string> {
		if (this.process?.exitCode === null && this.process.signalCode === null) await exitOf(this.process);
		return await this.lastWords();
	}

	private async lastWords(): Promise<string> {
		return `${await tail(this.options.log, 15)}\nIts whole log is in ${this.options.log}`;
	}

	/** The health check answers seconds before the REST API does, so both are asked where there are both. */
	private async isReady(): Promise<boolean> {
		const isMain = (this.options.command ?? 'start') === 'start';
		const signal = AbortSignal.timeout(patience(ANSWER_MS));
		const answers = await Promise.all(
			['/healthz/readiness', ...(isMain ? ['/rest/settings'] : [])].map((path) =>
				ask(this.url + path, { signal })
					.then(async (response) => response.ok && (await response.text()).startsWith('{'))
					.catch(() => false),
			),
		);
		return answers.every(Boolean);
	}
}
