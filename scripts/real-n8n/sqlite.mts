import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeGypOf } from './npm.mts';
import { run } from './processes.mts';

interface SqliteOptions {
	/** The folder whose node_modules holds n8n and sqlite3. */
	folder: string;
	node: string;
	npmCli: string;
	env: NodeJS.ProcessEnv;
	log: string;
	signal?: AbortSignal;
}

const PREBUILT_TIMEOUT_MS = 60_000;

/**
 * n8n is installed without install scripts, and sqlite3 is the one dependency that needs its own: it fetches a prebuilt
 * binary, and compiles where none is to be had (no network beyond the npm registry, an old C library).
 */
export async function ensureSqlite({ folder, node, npmCli, env, log, signal }: SqliteOptions): Promise<void> {
	const sqlite = join(folder, 'node_modules/sqlite3');
	const inSqlite = { cwd: sqlite, env, log, signal };
	const load = () => run(node, ['-e', 'require(".")'], inSqlite);

	const prebuildInstall = join(folder, 'node_modules/prebuild-install/bin.js');
	try {
		await run(node, [prebuildInstall, '-r', 'napi'], { ...inSqlite, timeoutMs: PREBUILT_TIMEOUT_MS });
		await load();
	} catch {
		signal?.throwIfAborted();
		// The system's own SQLite spares over a minute of compiling.
		const system = existsSync('/usr/include/sqlite3.h') ? ['--sqlite=/usr'] : [];
		await run(node, [nodeGypOf(npmCli), 'rebuild', '-j', 'max', ...system], inSqlite);
		await load();
	}
}
