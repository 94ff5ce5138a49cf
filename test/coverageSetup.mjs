// Compiles what was built once more, with source maps: by these the coverage is that of the sources.
import { execFileSync } from 'node:child_process';
import setUp from './setup.mjs';

export default function setUpCoverage() {
	const compiler = 'node_modules/typescript/bin/tsc';
	execFileSync(process.execPath, [compiler, '-p', 'tsconfig.json', '--inlineSourceMap'], {
		stdio: 'inherit',
	});
	setUp();
}
