// What an n8n process holds after all garbage was collected, as a probe in it tells.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { until } from '../scripts/real-n8n/until.mts';
import type { BenchN8n } from './n8n.mts';

/** The environment of an n8n with the probe in it, which writes to `file`, and with more options of Node, if any. */
export function probed(file: string, options = ''): NodeJS.ProcessEnv {
	const probe = pathToFileURL(join(import.meta.dirname, 'liveProbe.mjs')).href;
	return { NODE_OPTIONS: `--import=${probe} ${options}`, BENCH_MEMORY_FILE: file };
}

/** Live memory in bytes. */
export async function liveBytes({ server }: BenchN8n, file: string): Promise<number> {
	const lines = async () => (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(0, -1);
	const already = (await lines()).length;
	if (server.pid === undefined) throw new Error('n8n does not run.');
	process.kill(server.pid, 'SIGUSR2');
	return await until("the probe's answer", 3_000, async () => {
		const now = await lines();
		return now.length > already ? Number(now.at(-1)) : undefined;
	});
}
