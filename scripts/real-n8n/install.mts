import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { explainInstallFailure } from './installFailure.mts';
import { findNpm } from './npm.mts';
import { run } from './processes.mts';
import type { Progress } from './progress.mts';
import { ensureSqlite } from './sqlite.mts';

interface Release {
	/** The Node that runs it, as the Node packages on npm are called. */
	node: string;
	/** Dependencies of other versions than it asks for. */
	overrides?: Record<string, string>;
}

/** The n8n that this package is tested with first. */
export const NEWEST = '2.41.1';
/** The oldest n8n that this package is for. */
export const OLDEST = '2.8.4';
/** The versions of n8n that this package is tested with. */
const RELEASES: Record<string, Release> = {
	[NEWEST]: { node: '24.21.0' },
	// Its own choice of xlsx is not on npm.
	[OLDEST]: { node: '20.20.2', overrides: { xlsx: '0.18.5' } },
};
const BY_NAME: Record<string, string> = { newest: NEWEST, oldest: OLDEST };
const ASKED_FOR = process.env.N8N_VERSION ?? 'newest';
/** The one that is installed and run: what the environment variable says (a version, "newest", or "oldest"), or the newest. */
export const N8N_VERSION = BY_NAME[ASKED_FOR] ?? ASKED_FOR;

const HEARTBEAT_MS = 5_000;
const ABANDONED_AFTER_MS = 30_000;

export interface Installation {
	/** The version of n8n. */
	version: string;
	/** Path of the Node that runs n8n. */
	node: string;
	/** Path of n8n's start script. */
	n8n: string;
}

interface InstallOptions {
	/** The one of `N8N_VERSION`, if none is named. */
	version?: string;
	signal?: AbortSignal;
}

/**
 * The installation of n8n in the cache folder, made first if it is not there yet (some 4 minutes, 3 GB).
 * Safe against interruption and against other starts at the same time. Rejects with a message for the user, which
 * names the log file and the likely cause.
 */
export async function ensureN8n(
	progress: Progress,
	{ version = N8N_VERSION, signal }: InstallOptions = {},
): Promise<Installation> {
	const release = RELEASES[version];
	if (release === undefined)
		throw new Error(`N8N_VERSION can be ${Object.keys(RELEASES).join(' or ')}, not "${version}".`);
	const nodeVersion = runningNodeFits(release) ? process.versions.node : release.node;
	const name = `n8n-${version}-node-${nodeVersion}-${process.platform}-${process.arch}`;
	const folder = join(cacheFolder(), name);
	const log = `${folder}.log`;
	try {
		await installOnce({ version, release, folder, log, progress, signal });
	} catch (error) {
		signal?.throwIfAborted();
		throw new Error(await explainInstallFailure(error, log));
	}
	return {
		version,
		node: nodeOf(release, folder),
		n8n: join(folder, 'node_modules/n8n/bin/n8n'),
	};
}

/** Downloads weigh gigabytes and belong to the user, not to this repository: the customary cache folder, or the one named. */
function cacheFolder(): string {
	return (
		process.env.N8N_NODES_WHITELABELCRO_CACHE ??
		join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'n8n-nodes-whitelabelcro')
	);
}

/**
 * n8n's native parts are built for one major version of Node. Where this program runs on it already, that one is used: npm
 * does not offer the pinned version for every platform, so that having such a Node installed is the way that works everywhere.
 */
function runningNodeFits(release: Release) {
	return process.versions.node.split('.')[0] === release.node.split('.')[0];
}

function nodePackage() {
	return `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

function nodeOf(release: Release, folder: string) {
	if (runningNodeFits(release)) return process.execPath;
	const executable = process.platform === 'win32' ? 'node.exe' : 'node';
	return join(folder, 'node_modules', nodePackage(), 'bin', executable);
}

interface Job {
	version: string;
	release: Release;
	/** Where the installation belongs. */
	folder: string;
	log: string;
	progress: Progress;
	signal: AbortSignal | undefined;
}

async function installOnce(job: Job): Promise<void> {
	const { version, folder, progress, signal } = job;
	if (existsSync(folder)) return;
	await mkdir(dirname(folder), { recursive: true });
	await progress.during('Looking for another start that is installing', clearTheWay(folder, signal));
	if (existsSync(folder)) return;
	progress.line(`n8n ${version} is installed once, into ${folder}. It takes some minutes and 3 GB.`);
	await install(job);
}

const partialPrefix = (folder: string) => `${basename(folder)}.partial-`;

/** Waits while another start is installing, and removes what interrupted ones have left. */
async function clearTheWay(folder: string, signal?: AbortSignal): Promise<void> {
	while (!existsSync(folder)) {
		const siblings = await readdir(dirname(folder));
		const partials = siblings.filter((name) => name.startsWith(partialPrefix(folder)));
		let othersAreAtWork = false;
		for (const partial of partials.map((name) => join(dirname(folder), name))) {
			// One that has just been renamed or removed by its owner counts as gone.
			const lastBeat = await stat(partial)
				.then(({ mtimeMs }) => mtimeMs)
				.catch(() => 0);
			if (Date.now() - lastBeat < ABANDONED_AFTER_MS) othersAreAtWork = true;
			else await rm(partial, { recursive: true, force: true, maxRetries: 3 });
		}
		if (!othersAreAtWork) return;
		await sleep(1000, undefined, { signal });
	}
}

/** Installs beside the final folder and renames at the end, so that the final folder is either whole or absent. */
async function install(job: Job): Promise<void> {
	const { folder, log } = job;
	const partial = await mkdtemp(join(dirname(folder), partialPrefix(folder)));
	const heartbeat = setInterval(() => {
		utimes(partial, new Date(), new Date()).catch(() => undefined);
	}, HEARTBEAT_MS);
	try {
		await rm(log, { force: true });
		await fill({ ...job, folder: partial });
		await rename(partial, folder).catch((error: unknown) => {
			// Another start was quicker; its installation is as good as this one.
			if (!existsSync(folder)) throw error;
		});
		await rm(log, { force: true });
	} finally {
		clearInterval(heartbeat);
		await rm(partial, { recursive: true, force: true, maxRetries: 3 });
	}
}

async function fill({ version, release, folder, log, progress, signal }: Job): Promise<void> {
	const npmCli = findNpm();
	const node = nodeOf(release, folder);
	const npmInstall = (runner: string, what: string) => {
		const options = ['--prefix', folder, '--save-exact', '--ignore-scripts', '--no-audit', '--no-fund'];
		const env = installEnvironment(node);
		return run(runner, [npmCli, 'install', what, ...options, '--loglevel=error'], {
			cwd: folder,
			env,
			log,
			signal,
		});
	};

	const manifest = { private: true, overrides: release.overrides };
	await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, '\t'));
	if (!runningNodeFits(release)) {
		const what = `${nodePackage()}@${release.node}`;
		await progress.during(`Downloading Node ${release.node}`, npmInstall(process.execPath, what));
	}
	await progress.during(`Downloading n8n ${version}`, npmInstall(node, `n8n@${version}`));
	const env = installEnvironment(node);
	await progress.during("Preparing n8n's database", ensureSqlite({ folder, node, npmCli, env, log, signal }));
}

/** The user's settings, except that native parts are built for the Node that runs n8n, not for one that npm was told of. */
function installEnvironment(node: string): NodeJS.ProcessEnv {
	const nodeFolder = dirname(dirname(node));
	const hasHeaders = existsSync(join(nodeFolder, 'include/node/node_api.h'));
	return {
		...process.env,
		PATH: [dirname(node), process.env.PATH].join(delimiter),
		npm_config_nodedir: hasHeaders ? nodeFolder : undefined,
	};
}
