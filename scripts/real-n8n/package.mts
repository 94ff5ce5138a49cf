import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findNpm } from './npm.mts';

const execute = promisify(execFile);

interface PackageManifest {
	name: string;
	version: string;
	[field: string]: unknown;
}

/** Compiles the package in `root` into dist/. Rejects with the build's own output. */
export async function build(root: string): Promise<void> {
	const gulp = join(root, 'node_modules/gulp/bin/gulp.js');
	await execute(process.execPath, [gulp, 'build'], { cwd: root }).catch((error: unknown) => {
		const { stdout, stderr } = error as { stdout: string; stderr: string };
		throw new Error(`The package does not build:\n${stdout}${stderr}`);
	});
}

/**
 * Packs the built package in the folder `what` as it would be published, or fetches the published package of that name and
 * version. Returns the tarball's path in `folder`, which must hold no other.
 */
export async function pack(what: string, folder: string): Promise<string> {
	await execute(process.execPath, [
		findNpm(),
		'pack',
		what,
		'--ignore-scripts',
		'--pack-destination',
		folder,
	]);
	const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
	if (tarball === undefined) throw new Error(`"npm pack" left no tarball in ${folder}`);
	return join(folder, tarball);
}

/** Unpacks a tarball of npm into `folder`, which is created. Returns the manifest found in it. */
export async function unpack(tarball: string, folder: string): Promise<PackageManifest> {
	await mkdir(folder, { recursive: true });
	await execute('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
	return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as PackageManifest;
}

/**
 * Installs the tarball `name` into an n8n home the way n8n's own installer does, less the download: unpacked below
 * .n8n/nodes, the manifest without what is not needed at run time, and an entry in n8n's list of installed packages.
 * Returns the folder that it was unpacked into.
 */
export async function installIntoHome(name: string, tarball: string, home: string): Promise<string> {
	const nodes = join(home, '.n8n/nodes');
	const folder = join(nodes, 'node_modules', name);
	const manifest = await unpack(tarball, folder);
	delete manifest.devDependencies;
	delete manifest.peerDependencies;
	delete manifest.optionalDependencies;
	await writeJson(join(folder, 'package.json'), manifest);
	const ledger = { name: 'installed-nodes', private: true, dependencies: { [name]: manifest.version } };
	await writeJson(join(nodes, 'package.json'), ledger);
	return folder;
}

function writeJson(file: string, value: unknown) {
	return writeFile(file, JSON.stringify(value, null, 2));
}
