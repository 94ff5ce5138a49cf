import { readdir, stat } from 'node:fs/promises';

const MAX_BYTES = 100_000;
const SHIPPED = ['CHANGELOG.md', 'LICENSE.md', 'README.md', 'dist', 'index.js', 'package.json'];

/**
 * What is wrong with what would be published: other files than those that ship, run-time dependencies (n8n allows none),
 * or a tarball of 100 kB and more. Takes the tarball and the folder it was unpacked into, with the manifest found there.
 */
export async function packProblems(
	tarball: string,
	folder: string,
	manifest: Record<string, unknown>,
): Promise<string[]> {
	const shipped = (await readdir(folder)).sort();
	const { size } = await stat(tarball);
	return [
		...SHIPPED.filter((name) => !shipped.includes(name)).map((name) => `${name} is missing from the tarball`),
		...shipped.filter((name) => !SHIPPED.includes(name)).map((name) => `${name} must not be in the tarball`),
		...(Object.keys(manifest.dependencies ?? {}).length > 0 ? ['The package has run-time dependencies'] : []),
		...(size >= MAX_BYTES ? [`The tarball has ${size} bytes, the limit is ${MAX_BYTES}`] : []),
	];
}
