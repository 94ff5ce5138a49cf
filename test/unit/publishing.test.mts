import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
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

	it('passes every gate first, carries provenance, and is scanned afterwards', () => {
		const order = [
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

it('CI runs on every supported version of Node.js', () => {
	const ci = Object.fromEntries(workflows)['ci.yml'] as unknown as {
		jobs: { tests: { strategy: { matrix: { node: number[] } } } };
	};
	expect(ci.jobs.tests.strategy.matrix.node).toEqual([20, 22, 24]);
});
