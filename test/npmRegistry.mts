// The package as npm's registry would offer it to an n8n that installs it from its community nodes screen.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { findNpm } from '../scripts/real-n8n/npm.mts';
import { pack, unpack } from '../scripts/real-n8n/package.mts';

const OFFERED = 'offered.tgz';

export interface NpmRegistry {
	/** What an n8n needs of it in its environment. */
	variables: NodeJS.ProcessEnv;
	/** Offers the built package under a version, with a line at the end of the module that looks after a trigger. */
	offer(version: string, lastLine?: string): Promise<void>;
	close(): Promise<void>;
}

/**
 * Stands in front of `npm`: it answers what n8n asks of a registry (`view`, `pack`) for the package that was offered last,
 * and has npm do the rest.
 */
export async function startNpmRegistry(): Promise<NpmRegistry> {
	const folder = await mkdtemp(join(tmpdir(), 'npm-registry-'));
	const npm = join(folder, 'npm');
	await writeFile(
		npm,
		`#!/bin/sh
case "$1" in
	view) cat '${folder}/version.json' ;;
	pack) cp '${folder}/${OFFERED}' . && echo ${OFFERED} ;;
	*) exec '${process.execPath}' '${findNpm()}' "$@" ;;
esac
`,
	);
	await chmod(npm, 0o755);
	return {
		variables: {
			PATH: [folder, process.env.PATH].join(delimiter),
			// n8n asks the real registry first, which may know the package or not.
			HTTPS_PROXY: 'http://127.0.0.1:9',
		},
		async offer(version, lastLine = '') {
			const work = join(folder, version);
			await mkdir(work);
			const tarball = await pack(process.cwd(), work);
			const unpacked = join(work, 'package');
			const manifest = await unpack(tarball, unpacked);
			await writeFile(join(unpacked, 'package.json'), JSON.stringify({ ...manifest, version }));
			const lookAfter = join(unpacked, 'dist/nodes/WhiteLabelCro/webhook/lookAfter.js');
			await writeFile(lookAfter, `${await readFile(lookAfter, 'utf8')}\n${lastLine}\n`);
			execFileSync('tar', ['-czf', join(folder, OFFERED), '-C', work, 'package']);
			await writeFile(join(folder, 'version.json'), JSON.stringify(version));
		},
		async close() {
			await rm(folder, { recursive: true, force: true });
		},
	};
}
