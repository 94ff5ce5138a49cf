// The worked example in docs/reading-a-report.md is what Account: Check reports.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

import { checkDialect } from '../../sandbox/dialect.mts';
import { startSandbox } from '../../sandbox/server.mts';
import { startEngine } from './engine.mts';

it('docs/reading-a-report.md quotes what is reported of a sandbox in the dialect that it names', async () => {
	const page = readFileSync('docs/reading-a-report.md', 'utf8');
	const named = /\(`(\w+): '([\w-]+)'`, `(\w+): '([\w-]+)'`\)/.exec(page) ?? [];
	const [, first = '', firstChoice, second = '', secondChoice] = named;
	const dialect = checkDialect({ [first]: firstChoice, [second]: secondChoice });
	const sandbox = await startSandbox({ dialect });
	try {
		const engine = await startEngine({ apiKey: sandbox.apiKey, baseUrl: sandbox.url });
		const [item] = await engine.execute({ resource: 'account', operation: 'check' });
		const report = (item?.json.report as string).split('\n');
		const quoted = [...page.matchAll(/^```\n(.*?)^```/gms)].flatMap(([, block = '']) =>
			block.trim().split('\n'),
		);
		expect(quoted.length).toBeGreaterThan(4);
		expect(report).toEqual(expect.arrayContaining(quoted));
		// All that was not as assumed is quoted.
		expect(quoted).toEqual(expect.arrayContaining(report.filter((line) => line.endsWith('| no |'))));
	} finally {
		await sandbox.close();
	}
});
