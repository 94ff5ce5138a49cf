import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';

const MAX_BYTES = 116_000;
/** Every module costs n8n's start some 0.2 ms. */
const MAX_MODULES = 86;
const SHIPPED = ['CHANGELOG.md', 'LICENSE.md', 'README.md', 'dist', 'index.js', 'package.json'];

interface Manifest {
	dependencies?: object;
	n8n?: { credentials: string[]; nodes: string[] };
	[field: string]: unknown;
}

/**
 * What is wrong with what would be published: other files than those that ship, run-time dependencies (n8n allows none),
 * a tarball that is too large, or more modules than are to be loaded when n8n starts. Takes the tarball, the folder it was
 * unpacked into, with the manifest found there, and the root of the project, whose build is loaded.
 */
export async function packProblems(
	tarball: string,
	folder: string,
	{ dependencies = {}, n8n }: Manifest,
	root: string,
): Promise<string[]> {
	const shipped = (await readdir(folder)).sort();
	const { size } = await stat(tarball);
	const modules = modulesLoaded(root, [...(n8n?.credentials ?? []), ...(n8n?.nodes ?? [])]);
	return [
		...SHIPPED.filter((name) => !shipped.includes(name)).map((name) => `${name} is missing from the tarball`),
		...shipped.filter((name) => !SHIPPED.includes(name)).map((name) => `${name} must not be in the tarball`),
		...(Object.keys(dependencies).length > 0 ? ['The package has run-time dependencies'] : []),
		...(size >= MAX_BYTES ? [`The tarball has ${size} bytes, the limit is ${MAX_BYTES}`] : []),
		...(modules > MAX_MODULES
			? [`n8n loads ${modules} modules at its start, the limit is ${MAX_MODULES}`]
			: []),
	];
}

/** How many modules of the package n8n loads for these classes when it starts. */
function modulesLoaded(root: string, classes: string[]): number {
	const require = createRequire(join(root, 'package.json'));
	for (const file of classes) require(join(root, file));
	return Object.keys(require.cache).filter((path) => path.startsWith(join(root, 'dist') + sep)).length;
}
