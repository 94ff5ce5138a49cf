// Every command that the documentation tells to run is run: here, or as a part of .ci/run, which runs this test too.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { patience } from '../../scripts/real-n8n/patience.mts';
import { pack } from '../../scripts/real-n8n/package.mts';
import { pages } from '../readme.mts';

/** What the slowest command, a benchmark, takes on a quiet machine. */
const COMMAND_MS = 2 * 60_000;

jest.setTimeout(patience(COMMAND_MS));

/** The lines of the fenced shell blocks without their comments, and what stands in the text as `npm …`. */
function commandsOf(page: string): string[] {
	const text = readFileSync(page, 'utf8');
	const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.split('\n'));
	const inline = [...text.replaceAll(/```.*?```/gs, '').matchAll(/`(npm [^`]+)`/g)].map(
		([, command = '']) => command,
	);
	return [...blocks, ...inline].map((line) => line.replace(/\s+#.*$/, '').trim()).filter(Boolean);
}

const documented = [...new Set(pages.flatMap(commandsOf))];

/** Run as parts of .ci/run, with what is said there: one build serves most of them. */
const inCi: Record<string, string> = {
	'npm run build': 'npm run build',
	'npm ci': "gate 'npm ci' npm ci",
	'npm ci && npm start': 'npm start -- --once',
	'npm start': 'npm start -- --once',
	'npm ci && npm test': 'npm test --',
	'npm test': 'npm test --',
	'npm run typecheck': 'npm run typecheck',
	'npm run lint': 'npm run lint',
	'npm run knip': 'npm run knip',
	'npm run test:coverage': 'npm test -- --config jest.coverage.config.mjs',
	'npm run scan': 'npm run scan',
	'npm run test:e2e': 'npm run test:e2e --',
	'npm run test:ui': 'npm run test:ui --',
	'npm run test:queue': 'npm run test:queue --',
	'npm run test:docs': 'npm run test:docs --',
};

/** As the README says it for an installation by hand. */
const GO_TO_NODES = 'mkdir -p ~/.n8n/nodes && cd ~/.n8n/nodes';

let folder: string;

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'documented-'));
});

afterAll(() => {
	rmSync(folder, { recursive: true, force: true });
});

/** Runs a command to its end; rejects unless its exit code is among those given. */
async function run(
	command: string,
	{ cwd = process.cwd(), env = {} as NodeJS.ProcessEnv, codes = [0] } = {},
): Promise<string> {
	const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 16 * 1024 * 1024 };
	try {
		const { stdout, stderr } = await promisify(execFile)('bash', ['-c', command], options);
		return stdout + stderr;
	} catch (error) {
		const { code, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string };
		if (codes.includes(code ?? -1)) return stdout + stderr;
		throw new Error(`"${command}" ended with ${String(code)}:\n${stdout}${stderr}`);
	}
}

/** Starts a command that runs until it is stopped, waits for what it has to say, and hands that to `meanwhile`. */
async function runUntil(
	command: string,
	says: RegExp,
	{ cwd, meanwhile }: { cwd?: string; meanwhile?: (output: string) => Promise<void> } = {},
): Promise<void> {
	const child: ChildProcess = spawn('bash', ['-c', `exec ${command}`], { cwd, detached: true });
	let output = '';
	try {
		await new Promise<void>((resolve, reject) => {
			const read = (chunk: Buffer) => {
				output += chunk.toString();
				if (says.test(output)) resolve();
			};
			child.stdout?.on('data', read);
			child.stderr?.on('data', read);
			child.on('exit', () => {
				reject(new Error(`"${command}" ended by itself:\n${output}`));
			});
		});
		await meanwhile?.(output);
	} finally {
		child.removeAllListeners('exit');
		const ended = once(child, 'exit');
		// Its whole group, since npm runs what it runs in a shell.
		if (child.exitCode === null && child.pid !== undefined) {
			process.kill(-child.pid, 'SIGTERM');
			await ended;
		}
	}
}

/** What a build reads. */
const BUILT = ['credentials', 'icons', 'nodes', 'index.js', 'package.json', 'tsconfig.json'];

/** A copy of a part of this repository, for what changes files: other tests use those that are here. */
function copyOf(names: string[]): string {
	const copy = mkdtempSync(join(folder, 'copy-'));
	for (const name of names) cpSync(name, join(copy, name), { recursive: true });
	symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
	return copy;
}

/** Run here. Benchmarks are run on a small scale, where their bounds say nothing: they may end with 1. */
const here: Record<string, (command: string) => Promise<void>> = {
	'npm run dev': async (command) => {
		await runUntil(command, /Finished 'verify'/, { cwd: copyOf([...BUILT, 'gulpfile.js']) });
	},
	'npm run lint:fix': async (command) => {
		const copy = copyOf([
			...BUILT,
			'.editorconfig',
			'.prettierrc.json',
			'eslint.config.mjs',
			'eslint.strict.config.mjs',
			'tsconfig.tools.json',
			'sandbox/page/tsconfig.json',
		]);
		const file = join(copy, 'credentials/WhiteLabelCroApi.credentials.ts');
		const before = readFileSync(file, 'utf8');
		writeFileSync(file, before.replaceAll('\t', '  '));
		// By the NODE_ENV that jest sets, eslint-plugin-n8n-nodes-base takes every file for one of its own tests, and "fixes" it.
		await run(command, { cwd: copy, env: { NODE_ENV: undefined } });
		expect(readFileSync(file, 'utf8')).toBe(before);
	},
	'npm run test:mutation': async (command) => {
		expect(await run(`${command} -- --mutate nodes/WhiteLabelCro/client/retry.ts`)).toMatch(
			/retry\.ts +\| +\d/,
		);
	},
	'npm run lock': async (command) => {
		const before = readFileSync('package-lock.json', 'utf8');
		expect(await run(command)).toContain('Added to package-lock.json: nothing');
		expect(readFileSync('package-lock.json', 'utf8')).toBe(before);
	},
	'npx tsx scripts/report/wireDoc.mts': async (command) => {
		const before = readFileSync('docs/wire.md', 'utf8');
		await run(command);
		expect(readFileSync('docs/wire.md', 'utf8')).toBe(before);
	},
	'npm run sandbox': async (command) => {
		const meanwhile = async (output: string) => {
			const tries = output.split('\n').filter((line) => line.startsWith('  curl'));
			expect(tries.length).toBeGreaterThan(0);
			for (const line of tries) expect(await run(`${line.trim()} -sSf`)).toMatch(/^[{[]/);
		};
		await runUntil(`${command} -- --port 0`, /Ctrl\+C to stop/, { meanwhile });
	},
	'npm run -s capture:redact -- capture.txt': async (command) => {
		writeFileSync(join(folder, 'capture.txt'), 'POST / HTTP/1.1\r\nx-signature: 0a9b\r\n\r\n{"name":"Jane"}');
		const output = await run(command.replace('capture.txt', join(folder, 'capture.txt')));
		expect(output).toContain('"name": "Aaaa"');
		expect(output).not.toContain('Jane');
	},
	'npm run -s report -- report.txt': async (command) => {
		writeFileSync(join(folder, 'report.txt'), 'Account: Check, report format 1\nBase URL: as documented\n');
		const output = await run(command.replace('report.txt', join(folder, 'report.txt')));
		expect(output).toContain('| Base URL | the documented one | yes | yes |');
	},
	[GO_TO_NODES]: async (command) => {
		await run(command, { env: { HOME: folder } });
	},
	'npm install --legacy-peer-deps n8n-nodes-whitelabelcro': async (command) => {
		// From the tarball that would be published, since this version may not be published yet.
		const tarball = await pack(process.cwd(), folder);
		const install = command.replace('n8n-nodes-whitelabelcro', tarball);
		await run(`${GO_TO_NODES} && ${install}`, { env: { HOME: folder } });
		const installed = readdirSync(join(folder, '.n8n/nodes/node_modules'));
		expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['n8n-nodes-whitelabelcro']);
	},
	'npm run bench -- bulk': async (command) => {
		expect(await run(`${command} limits 10`, { codes: [0, 1] })).toMatch(/WhiteLabelCRO node +\| success/);
	},
	'npm run bench -- latency': async (command) => {
		expect(await run(`${command} 3 once`, { codes: [0, 1] })).toMatch(/Create or Update, 50 at once +\| \d/);
	},
	'npm run bench -- faults': async (command) => {
		expect(await run(`${command} 20`)).toMatch(/50 +\| success/);
	},
	'npm run bench -- trigger': async (command) => {
		expect(await run(`${command} 1 1`, { codes: [0, 1] })).toMatch(/legacy[^]*this package, signed +\| \d/);
	},
	'npm run bench -- verify': async (command) => {
		expect(await run(`${command} 1 20000`, { codes: [0, 1] })).toMatch(
			/this package +\| \d[^]*Deliveries to one trigger[^]*20000 +\| \d/,
		);
	},
	'npm run bench -- watch': async (command) => {
		expect(await run(`${command} 0 2`, { codes: [0, 1] })).toMatch(/0 +\| \d/);
	},
	'npm run bench -- load': async (command) => {
		expect(await run(`${command} 2`, { codes: [0, 1] })).toMatch(/HubSpot +\| \d/);
	},
};

describe('The documentation', () => {
	test('tells no command that is not run', () => {
		expect(documented.filter((command) => !(command in here) && !(command in inCi))).toEqual([]);
	});

	test('tells every command that is run', () => {
		expect(
			[...Object.keys(here), ...Object.keys(inCi)].filter((command) => !documented.includes(command)),
		).toEqual([]);
	});

	test.each(Object.entries(inCi))('says "%s", which .ci/run runs', (_command, part) => {
		expect(readFileSync('.ci/run', 'utf8')).toContain(part);
	});

	test.each(Object.entries(here))('says "%s", which works', async (command, works) => {
		await works(command);
	});

	test.each(pages)('%s links to nothing in this repository that is not there', (page) => {
		const text = readFileSync(page, 'utf8');
		const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
		const broken = targets
			.filter((target) => !/^https?:/.test(target))
			.filter((target) => !resolves(page, target));
		expect(broken).toEqual([]);
	});
});

/** Whether a relative link leads to a file and, with a #, to a heading in it. */
function resolves(page: string, target: string): boolean {
	// `?raw=true` has GitHub give the file itself.
	const [path = '', anchor] = target.replace(/\?raw=true$/, '').split('#');
	try {
		const text = readFileSync(path === '' ? page : join(page, '..', path), 'utf8');
		if (anchor === undefined) return true;
		const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
			heading
				.toLowerCase()
				.replaceAll(/[^\p{L}\p{N} -]/gu, '')
				.replaceAll(' ', '-'),
		);
		return headings.includes(anchor);
	} catch (error) {
		// A folder.
		return (error as NodeJS.ErrnoException).code === 'EISDIR';
	}
}
