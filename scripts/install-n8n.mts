// Fills the cache folder ahead of time, and prints the path of the Node that runs n8n: for CI, which also runs the unit tests on Node 24.
import { ensureN8n } from './real-n8n/install.mts';
import { progressOn } from './real-n8n/progress.mts';

try {
	const { node } = await ensureN8n(progressOn(process.stderr));
	console.log(node);
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
}
