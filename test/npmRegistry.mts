// The package as npm's registry would offer it to an n8n that installs it from its community nodes screen.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { N8N_VERSION, OLDEST } from '../scripts/real-n8n/install.mts';
import { findNpm } from '../scripts/real-n8n/npm.mts';
import { pack, unpack } from '../scripts/real-n8n/package.mts';
import { PACKAGE } from './e2e/owner.mts';

const OFFERED = 'offered.tgz';

export interface NpmRegistry {
	/** What an n8n needs of it in its environment. */
	variables: NodeJS.ProcessEnv;
	/** Offers the built package under a version, with a line at the end of the module that looks after a trigger. */
	offer(version: string, lastLine?: string): Promise<void>;
	close(): Promise<void>;
}

/**
 * Stands in front of `npm`: it answers what an n8n of this version asks of a registry (`view`, `pack`, `outdated`) for the
 * package that was offered last, and has npm do the rest.
 */
export async function startNpmRegistry(n8nVersion = N8N_VERSION): Promise<NpmRegistry> {
	const folder = await mkdtemp(join(tmpdir(), 'npm-registry-'));
	const npm = join(folder, 'npm');
	// n8n 2.8 turns to `npm view` only if it cannot ask the registry itself, and then takes "latest" for an answer to "latest" only.
	const answerToView = n8nVersion === OLDEST ? '${2##*@}' : '$offered';
	await writeFile(
		npm,
		`#!/bin/sh
offered=$(cat '${folder}/version')
case "$1" in
	view) printf '"%s"\\n' "${answerToView}" ;;
	pack) cp '${folder}/${OFFERED}' . && echo ${OFFERED} ;;
	outdated)
		installed=$(sed -nE 's/.*"${PACKAGE}": "([^"]*)".*/\\1/p' package.json)
		if [ "$installed" = "$offered" ]; then echo '{}'; exit 0; fi
		printf '{"${PACKAGE}":{"current":"%s","wanted":"%s","latest":"%s"}}' "$installed" "$installed" "$offered"
		exit 1 ;;
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
			const lookAfter = join(unpacked, 'dist/nodes/WhiteLabelCro/webhook/monitor/healthCheck.js');
			await writeFile(lookAfter, `${await readFile(lookAfter, 'utf8')}\n${lastLine}\n`);
			execFileSync('tar', ['-czf', join(folder, OFFERED), '-C', work, 'package']);
			await writeFile(join(folder, 'version'), version);
		},
		async close() {
			await rm(folder, { recursive: true, force: true });
		},
	};
}
