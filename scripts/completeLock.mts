// `npm run lock`, after a change of devDependencies: a registry that holds a part of all packages only makes npm leave the
// packages of other platforms out of the lock file, and `npm ci` then refuses it, on this platform too. This adds what is
// missing: optional packages whose exact version their parent names, and whose platform stands in their own name.
import { readFile, writeFile } from 'node:fs/promises';

interface LockedPackage {
	version?: string;
	cpu?: string[];
	dev?: boolean;
	devOptional?: boolean;
	libc?: string[];
	optional?: boolean;
	os?: string[];
	optionalDependencies?: Record<string, string>;
}

const PLATFORM =
	/(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-([a-z0-9_]+?)(?:-(gnu|musl|\w+))?$/;
const LIBC: Record<string, string> = { gnu: 'glibc', musl: 'musl' };

const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
	packages: Record<string, LockedPackage>;
};
const added: string[] = [];
for (const [parent, { optionalDependencies = {}, ...flags }] of Object.entries(lock.packages)) {
	for (const [name, version] of Object.entries(optionalDependencies)) {
		if (isLocked(parent, name)) continue;
		const [, os, cpu, abi = ''] = PLATFORM.exec(name) ?? [];
		if (os === undefined || cpu === undefined || !/^\d/.test(version)) continue;
		lock.packages[`node_modules/${name}`] = {
			version,
			cpu: [cpu],
			...(flags.dev && { dev: true }),
			...(flags.devOptional && { devOptional: true }),
			...(LIBC[abi] && { libc: [LIBC[abi]] }),
			optional: true,
			os: [os],
		};
		added.push(name);
	}
}
// In npm's own order.
lock.packages = Object.fromEntries(
	Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')),
);
await writeFile('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`Added to package-lock.json: ${added.length === 0 ? 'nothing' : added.join(', ')}`);

/** Whether the lock file has a package where Node would look for it from another's folder. */
function isLocked(from: string, name: string): boolean {
	for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
		if (`${folder}${folder && '/'}node_modules/${name}` in lock.packages) return true;
		if (folder === '') return false;
	}
}
