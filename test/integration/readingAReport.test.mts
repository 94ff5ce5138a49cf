// The worked example in docs/reading-a-report.md is what Account: Check reports, and what `npm run report` says of it.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';

import { checkDialect } from '../../sandbox/dialect.mts';
import { startSandbox } from '../../sandbox/server.mts';
import { readReport } from '../../scripts/report/report.mts';
import { settledBy } from '../../scripts/report/settled.mts';
import { startEngine } from './engine.mts';

const page = readFileSync('docs/reading-a-report.md', 'utf8');
const blocks = [...page.matchAll(/^```text\n(.*?)^```/gms)].map(([, block = '']) =>
	block.trimEnd().split('\n'),
);

let report: string;

beforeAll(async () => {
	const named = /\(`(\w+): '([\w-]+)'`, `(\w+): '([\w-]+)'`\)/.exec(page) ?? [];
	const [, first = '', firstChoice, second = '', secondChoice] = named;
	const dialect = checkDialect({ [first]: firstChoice, [second]: secondChoice });
	const sandbox = await startSandbox({ dialect });
	const engine = await startEngine({ apiKey: sandbox.apiKey, baseUrl: sandbox.url });
	const [item] = await engine.execute({
		resource: 'account',
		operation: 'check',
		includeReport: true,
	});
	report = item?.json.report as string;
	await sandbox.close();
});

describe('docs/reading-a-report.md quotes', () => {
	it('what is reported of a sandbox in the dialect that it names', () => {
		const quoted = blocks.filter(([line]) => !line?.startsWith('|')).flat();
		expect(quoted.length).toBe(3);
		expect(report.split('\n')).toEqual(expect.arrayContaining(quoted));
	});

	it('what the script says of that, with all that is not as assumed', () => {
		const lines = settledBy(report).split('\n');
		const quoted = blocks.filter(([line]) => line?.startsWith('|')).flat();
		expect(lines).toEqual(expect.arrayContaining(quoted));
		expect(quoted).toEqual(expect.arrayContaining(lines.filter((line) => line.endsWith('| no |'))));
	});
});

describe('A report is read', () => {
	it.each([
		['alone', (text: string) => text],
		[
			'out of an issue',
			(text: string) => `### The report\n\n\`\`\`text\n${text}\n\`\`\`\n\n### Anything else\n\nNo: 1\n`,
		],
		['quoted in an answer', (text: string) => text.replaceAll(/^/gm, '> ')],
		['with the line ends of Windows', (text: string) => text.replaceAll('\n', '\r\n')],
		['without its indentation', (text: string) => text.replaceAll(/^ +/gm, '')],
	])('%s', (_how, paste) => {
		expect(readReport(paste(report))).toEqual(readReport(report));
	});
});

describe('What is no report is said to be none:', () => {
	it.each([
		['another text', 'It does not work', /There is no report/],
		['a report of another format', 'Account: Check, report format 2\n', /has format 2/],
		['one that was cut', 'Account: Check, report format 1\nGET /api/v1/events?limit', /no status below/],
		[
			'one that was changed',
			'Account: Check, report format 1\nGET /a\n  HTTP 200\n  {email: Jane}',
			/no shape/,
		],
	])('%s', (_what, text, sentence) => {
		expect(() => settledBy(text)).toThrow(sentence);
	});
});
