import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

interface Workflow {
	on: unknown;
	permissions?: Record<string, string>;
	jobs: Record<
		string,
		{ permissions?: Record<string, string>; steps: Array<{ uses?: string; run?: string }> }
	>;
}

const FOLDER = '.github/workflows';
const NODES = 'nodes/WhiteLabelCro';
const CODEX_FILES = readdirSync(NODES)
	.filter((file) => file.endsWith('.node.json'))
	.map((file) => join(NODES, file));
const ISSUE_FORMS = readdirSync('.github/ISSUE_TEMPLATE').map((file) => join('.github/ISSUE_TEMPLATE', file));
const workflows = readdirSync(FOLDER).map((file): [string, Workflow] => [
	file,
	parse(readFileSync(join(FOLDER, file), 'utf8')) as Workflow,
]);
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

describe.each(workflows)('the GitHub workflow %s', (_file, workflow) => {
	it('uses each action at a commit that cannot be moved', () => {
		const used = stepsOf(workflow).flatMap(({ uses }) => uses ?? []);
		expect(used.length).toBeGreaterThan(0);
		for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/);
	});

	it('may read the repository and nothing else, but for the identity that publishing needs', () => {
		expect(workflow.permissions).toEqual({ contents: 'read' });
		for (const [name, { permissions = {} }] of Object.entries(workflow.jobs)) {
			const allowed = name === 'publish' ? ['contents: read', 'id-token: write'] : ['contents: read'];
			const asked = Object.entries(permissions).map(([what, right]) => `${what}: ${right}`);
			expect(allowed).toEqual(expect.arrayContaining(asked));
		}
	});

	it('knows no secret', () => {
		expect(JSON.stringify(workflow)).not.toMatch(/secrets\.|NPM_TOKEN|NODE_AUTH_TOKEN/);
	});
});

describe('publishing', () => {
	const publish = Object.fromEntries(workflows)['publish.yml'];
	const commands = publish === undefined ? [] : stepsOf(publish).flatMap(({ run }) => run ?? []);

	it('starts with a pushed tag only', () => {
		expect(publish?.on).toEqual({ push: { tags: ['*.*.*'] } });
	});

	it('passes every gate first, carries provenance, and is scanned afterward', () => {
		const order = [
			'Fill in',
			'npm ci',
			'npm test',
			'npm run typecheck',
			'npm run lint',
			'npm run scan',
			'npm publish',
			'scan-community-package',
		];
		const places = order.map((command) => commands.findIndex((run) => run.includes(command)));
		expect(places).not.toContain(-1);
		expect(places).toEqual([...places].sort((a, b) => a - b));
		expect(commands.find((run) => run.startsWith('npm publish'))).toContain('--provenance');
	});
});

describe('publishing stops at a placeholder', () => {
	const step = stepsOf(Object.fromEntries(workflows)['publish.yml'] as Workflow).find(({ run }) =>
		run?.includes('Fill in'),
	);
	const FILES = ['package.json', ...CODEX_FILES, ...ISSUE_FORMS];
	let folder: string;

	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), 'publishing-'));
	});

	afterAll(() => {
		rmSync(folder, { recursive: true, force: true });
	});

	/** Runs the step in a copy of the files that have placeholders, after these changes to each. */
	function run(changes: Array<[string, string]>) {
		for (const file of FILES) {
			const text = changes.reduce(
				(before, [from, to]) => before.replaceAll(from, to),
				readFileSync(file, 'utf8'),
			);
			mkdirSync(join(folder, dirname(file)), { recursive: true });
			writeFileSync(join(folder, file), text);
		}
		const env = { ...process.env, GITHUB_REPOSITORY: 'an-office/its-repository' };
		return spawnSync('bash', ['-e', '-c', step?.run ?? 'false'], { cwd: folder, env, encoding: 'utf8' });
	}

	const owner: [string, string] = [
		'n8n-nodes-whitelabelcro/n8n-nodes-whitelabelcro',
		'an-office/its-repository',
	];
	const email: [string, string] = ['maintainers@n8n-nodes-whitelabelcro.example', 'it@an-office.com'];
	const author: [string, string] = ['n8n-nodes-whitelabelcro maintainers', 'An Office'];

	it.each([
		['the repository is not the one it is published from', [email, author]],
		['the email is made up', [owner, author]],
		['nobody is named as the author', [owner, email]],
	])('if %s, and says what to fill in', (_case, changes) => {
		const { status, stdout } = run(changes);
		expect(status).toBe(1);
		expect(stdout).toMatch(/Fill in the maintainer's name and email and this repository's address/);
		expect(stdout).toMatch(/package\.json/);
	});

	it('and at none once they are filled in', () => {
		expect(run([owner, email, author])).toMatchObject({ status: 0, stdout: '' });
	});
});

describe.each(CODEX_FILES)('%s', (file) => {
	it("has the one category that n8n's reviewers take for a CRM", () => {
		const codex = JSON.parse(readFileSync(file, 'utf8')) as object;
		expect(codex).toMatchObject({ categories: ['Sales'] });
		expect(codex).not.toHaveProperty('subcategories');
	});
});

it('CI runs on every supported version of Node.js', () => {
	const ci = Object.fromEntries(workflows)['ci.yml'] as unknown as {
		jobs: { tests: { strategy: { matrix: { node: number[] } } } };
	};
	expect(ci.jobs.tests.strategy.matrix.node).toEqual([20, 22, 24]);
});
