// Redis and PostgreSQL of one's own, from Debian's packages: on free ports of the loopback address, with nothing kept.
import { execFile } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { patience } from './patience.mts';
import { freePorts } from './ports.mts';
import { endProcess, run, startProcess, tail } from './processes.mts';
import { until } from './until.mts';

const execute = promisify(execFile);

const POSTGRES_VERSIONS = '/usr/lib/postgresql';
const MISSING =
	'is not installed. On Debian: apt-get install --no-install-recommends redis-server postgresql';
/** What it takes on a quiet machine to begin and to end. */
const BEGIN_MS = 2_000;
const END_MS = 500;

export interface Database {
	/** What n8n has to be told to use it. */
	variables: Record<string, string>;
	/** Ends it and removes its files. */
	stop(): Promise<void>;
}

export async function startRedis(): Promise<Database> {
	const [port] = await freePorts(1);
	const folder = await mkdtemp(join(tmpdir(), 'redis-'));
	const log = join(folder, 'log');
	await execute('redis-server', ['--version']).catch(() => {
		throw new Error(`Redis ${MISSING}`);
	});
	const keepNothing = ['--save', '', '--appendonly', 'no'];
	const args = ['redis-server', '--port', String(port), '--bind', '127.0.0.1', ...keepNothing];
	const server = startProcess('setpriv', ['--pdeathsig', 'TERM', ...args], {
		cwd: folder,
		env: process.env,
		log,
	});
	return await whenReady(
		'Redis',
		{ server, folder, log, signal: 'SIGTERM' },
		{
			command: 'redis-cli',
			args: ['-h', '127.0.0.1', '-p', String(port), 'ping'],
			variables: { QUEUE_BULL_REDIS_HOST: '127.0.0.1', QUEUE_BULL_REDIS_PORT: String(port) },
		},
	);
}

export interface Postgres extends Database {
	/** Runs a statement. */
	execute(sql: string): Promise<void>;
}

export async function startPostgres(): Promise<Postgres> {
	const [port] = await freePorts(1);
	const bin = await postgresPrograms();
	const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
	const log = `${folder}.log`;
	// PostgreSQL refuses to run as root.
	const isRoot = process.getuid?.() === 0;
	if (isRoot) await chown(folder, await idOf('-u'), await idOf('-g'));
	const asItsUser = isRoot ? ['--reuid', 'postgres', '--regid', 'postgres', '--init-groups'] : [];
	const options = { cwd: folder, env: process.env, log };

	const data = ['-D', join(folder, 'data')];
	const initdb = [join(bin, 'initdb'), ...data, '-U', 'n8n', '-A', 'trust', '-E', 'UTF8', '--no-locale'];
	await run('setpriv', [...asItsUser, ...initdb, '--no-sync'], options).catch(async (error: unknown) => {
		throw new Error(`PostgreSQL could not be set up: ${String(error)}\n${await tail(log, 15)}`);
	});
	const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
	const set = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
	const postgres = [join(bin, 'postgres'), ...data, '-p', String(port), ...set];
	const server = startProcess('setpriv', [...asItsUser, '--pdeathsig', 'INT', ...postgres], options);
	const client = ['-h', '127.0.0.1', '-p', String(port), '-U', 'n8n', '-d', 'postgres'];
	// SIGINT ends it without waiting for its clients.
	const database = await whenReady(
		'PostgreSQL',
		{ server, folder, log, signal: 'SIGINT' },
		{
			command: join(bin, 'pg_isready'),
			args: client,
			variables: {
				DB_TYPE: 'postgresdb',
				DB_POSTGRESDB_HOST: '127.0.0.1',
				DB_POSTGRESDB_PORT: String(port),
				DB_POSTGRESDB_DATABASE: 'postgres',
				DB_POSTGRESDB_USER: 'n8n',
				DB_POSTGRESDB_PASSWORD: 'n8n',
			},
		},
	);
	return {
		...database,
		async execute(sql) {
			await execute(join(bin, 'psql'), [...client, '-v', 'ON_ERROR_STOP=1', '-c', sql]);
		},
	};
}

interface Running {
	server: ChildProcess;
	folder: string;
	log: string;
	signal: NodeJS.Signals;
}

/** Waits until the check succeeds. Rejects with the end of the log if it does not. */
async function whenReady(
	name: string,
	{ server, folder, log, signal }: Running,
	{ command, args, variables }: { command: string; args: string[]; variables: Record<string, string> },
): Promise<Database> {
	const stop = async () => {
		await endProcess(server, patience(END_MS), signal);
		await rm(folder, { recursive: true, force: true, maxRetries: 3 });
		await rm(log, { force: true });
	};
	const isReady = () =>
		execute(command, args).then(
			() => true,
			() => undefined,
		);
	try {
		await until(name, BEGIN_MS, isReady);
	} catch (error) {
		const lastWords = await tail(log, 15);
		await stop();
		throw new Error(`${String(error)}\n${lastWords}`);
	}
	return { variables, stop };
}

/** Debian keeps PostgreSQL's server programs by version and out of PATH; the newest is taken. */
async function postgresPrograms(): Promise<string> {
	const versions = existsSync(POSTGRES_VERSIONS) ? await readdir(POSTGRES_VERSIONS) : [];
	const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
	if (newest === undefined) throw new Error(`PostgreSQL ${MISSING}`);
	return join(POSTGRES_VERSIONS, newest, 'bin');
}

async function idOf(what: '-u' | '-g'): Promise<number> {
	const { stdout } = await execute('id', [what, 'postgres']);
	return Number(stdout);
}
