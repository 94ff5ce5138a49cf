// What the README and docs/reliability.md say of the package, held against the package.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { resources } from '../../nodes/WhiteLabelCro/actions/resources.ts';
import { documentedScopes, tableUnder } from '../readme.mts';

function sources(folder: string): string {
	return readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.ts'))
		.map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
		.join('\n');
}

test('The README lists every operation of every resource, and no other', () => {
	const listed = tableUnder('Operations').map(([resource = '', operations = '']) => [
		resource,
		operations
			.replaceAll(/ \([^)]*\)/g, '')
			.split(', ')
			.sort(),
	]);
	expect(listed.sort()).toEqual(
		resources
			.map(({ name, operations }) => [name, operations.map((operation) => operation.name).sort()])
			.sort(),
	);
});

describe('docs/reliability.md explains a message that the package has:', () => {
	// Some quotation marks are escaped there.
	const code = [sources('nodes'), sources('credentials')].join('\n').replaceAll(/\\?'/g, '');
	test.each(
		tableUnder('Errors and what to do about them', 'docs/reliability.md').map(([message = '']) => message),
	)('%s', (message) => {
		// A value stands in the place of each ellipsis.
		const parts = message.replaceAll("'", '').split('…');
		expect(parts.filter((part) => !code.includes(part.trim()))).toEqual([]);
	});
});

test('The README names the scopes of every operation', () => {
	const all = resources.flatMap(({ name, operations }) =>
		operations.map((operation) => `${name}: ${operation.name}`),
	);
	const documented = documentedScopes();
	expect(all.filter((operation) => !documented.has(operation))).toEqual([]);
});

test('The README is read in some minutes: it has at most 1,500 words', () => {
	const words = readFileSync('README.md', 'utf8')
		.split(/\s+/)
		.filter((word) => /[a-z]/i.test(word));
	expect(words.length).toBeLessThanOrEqual(1500);
});
