// `npm run scan`: n8n's official scanner over the sources and over what would be published, without a network, and a check
// of what would be published.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packProblems } from './packCheck.mts';
import { pack, unpack } from './real-n8n/package.mts';

interface Scanner {
	SOURCE_FILE_PATTERNS: string[];
	analyzePackage: (
		folder: string,
		patterns: string[],
	) => Promise<{ passed: boolean; message?: string; details?: string }>;
}

/** What the scanner itself looks at in a published package. */
const PUBLISHED_FILE_PATTERNS = ['**/*.js', 'package.json'];

// The scanner comes without types, and the compiler does not look behind a name that is not literal.
const scannerModule = '@n8n/scan-community-package/scanner/scanner.mjs' as string;
const { analyzePackage, SOURCE_FILE_PATTERNS } = (await import(scannerModule)) as Scanner;

const root = fileURLToPath(new URL('..', import.meta.url));
const temporary = await mkdtemp(join(tmpdir(), 'whitelabelcro-scan-'));
try {
	const tarball = await pack(root, temporary);
	const unpacked = join(temporary, 'package');
	const manifest = await unpack(tarball, unpacked);
	const scans = [
		['Scan of the sources', await analyzePackage(root, SOURCE_FILE_PATTERNS)],
		['Scan of the package', await analyzePackage(unpacked, PUBLISHED_FILE_PATTERNS)],
	] as const;
	const problems = await packProblems(tarball, unpacked, manifest, root);

	for (const [name, { passed, message, details }] of scans) {
		report(name, passed ? [] : [message ?? 'failed', details ?? '']);
	}
	report('Contents of the package', problems);
} finally {
	await rm(temporary, { recursive: true, force: true });
}

function report(name: string, problems: string[]) {
	console.log([`${name}: ${problems.length === 0 ? 'passed' : 'FAILED'}`, ...problems].join('\n'));
	if (problems.length > 0) process.exitCode = 1;
}
