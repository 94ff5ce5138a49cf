// Loaded into the n8n process by `node --import`: at SIGUSR2 it collects all garbage and appends what is left, in bytes, to
// the file that BENCH_MEMORY_FILE names. Resident memory alone also holds what V8 has not yet found worth collecting.
import { appendFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

const file = process.env.BENCH_MEMORY_FILE;
if (isMainThread && file !== undefined) {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc');
	process.on('SIGUSR2', () => {
		collect();
		const { heapUsed, external } = process.memoryUsage();
		appendFileSync(file, `${heapUsed + external}\n`);
	});
}
