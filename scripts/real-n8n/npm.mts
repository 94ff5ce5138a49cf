import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join } from 'node:path';

/**
 * The path of the system's npm-cli.js, to be run with a Node of one's choice. It is looked for where `npm run` says,
 * then on PATH, then beside the running Node.
 */
export function findNpm(): string {
	const folders = [...(process.env.PATH ?? '').split(delimiter), dirname(process.execPath)].filter(Boolean);
	const candidates = [
		process.env.npm_execpath ?? '',
		...folders.flatMap((folder) => [
			// On Linux and macOS `npm` is a link to npm-cli.js; on Windows, and where it is a wrapper script, npm lies in one of the others.
			join(folder, 'npm'),
			join(folder, 'node_modules/npm/bin/npm-cli.js'),
			join(folder, '../lib/node_modules/npm/bin/npm-cli.js'),
		]),
	];
	for (const candidate of candidates) {
		if (!existsSync(candidate)) continue;
		const file = realpathSync(candidate);
		if (basename(file) === 'npm-cli.js') return file;
	}
	throw new Error('npm was not found. Install Node.js together with npm, or run this with "npm start".');
}

/** The path of the node-gyp that comes with an npm. */
export function nodeGypOf(npmCli: string): string {
	return createRequire(npmCli).resolve('node-gyp/bin/node-gyp.js');
}
