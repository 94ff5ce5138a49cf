// The README and the other pages, read by the tests that hold them against the package.
import { readFileSync, readdirSync } from 'node:fs';

/** All of the documentation's pages. */
export const pages = [
	'README.md',
	'CONTRIBUTING.md',
	'SECURITY.md',
	...pagesIn('docs'),
	...pagesIn('examples'),
];

function pagesIn(folder: string): string[] {
	return readdirSync(folder)
		.filter((name) => name.endsWith('.md'))
		.map((name) => `${folder}/${name}`);
}

/** The cells of the rows of the table under a heading of a page, without its head. */
export function tableUnder(heading: string, page = 'README.md'): string[][] {
	const [, section = ''] = readFileSync(page, 'utf8').split(`\n## ${heading}\n`);
	const [untilNext = ''] = section.split('\n## ');
	const rows = untilNext.split('\n').filter((line) => line.startsWith('|'));
	return rows.slice(2).map((row) =>
		row
			.slice(1, -1)
			.split('|')
			.map((cell) => cell.trim()),
	);
}

/** Each operation as `Resource: Operation` with the scopes that the README says it needs; an optional one ends in ¹ or ². */
export function documentedScopes(): Map<string, string[]> {
	return new Map(
		tableUnder('Credential').flatMap(([what = '', scopes = '']) =>
			what.split(';').flatMap((group) => {
				const [owners = '', operations = ''] = group.split(':');
				const needed = [...scopes.matchAll(/`([a-z:]+)`([¹²]?)/g)].map(
					([, scope = '', mark = '']) => scope + mark,
				);
				return owners
					.split(' and ')
					.flatMap((owner) =>
						operations
							.split(',')
							.map((operation): [string, string[]] => [`${owner.trim()}: ${operation.trim()}`, needed]),
					);
			}),
		),
	);
}
