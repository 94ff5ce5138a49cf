// What the scripts have in common that read one file.
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';

/**
 * Runs a script on the file that its command line names; "-" stands for what is piped in.
 * @param usage shown if there is no such file, or `work` throws
 */
export async function onFile(usage: string, work: (content: Buffer) => void): Promise<void> {
	const [file] = process.argv.slice(2);
	if (file === undefined || file === '--help') {
		process.stderr.write(usage);
		process.exitCode = file === undefined ? 2 : 0;
		return;
	}
	try {
		work(file === '-' ? await buffer(process.stdin) : await readFile(file));
	} catch (error) {
		process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
		process.exitCode = 2;
	}
}
