// Fills the cache folder ahead of time, for CI.
import { ensureN8n } from './real-n8n/install.mts';
import { progressOn } from './real-n8n/progress.mts';

try {
	await ensureN8n(progressOn(process.stderr));
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
}
