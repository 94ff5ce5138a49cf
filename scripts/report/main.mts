// `npm run report -- <file>`: what a report of Account: Check that somebody pasted settles of the contract.
import { readFileSync } from 'node:fs';

import { settledBy } from './settled.mts';

const USAGE = `Usage: npm run -s report -- <file>     ("-" reads what is piped in)

The file holds the field "report" of Account: Check, alone or in the text of an issue.
`;

const [file] = process.argv.slice(2);
if (file === undefined || file === '--help') {
	process.stderr.write(USAGE);
	process.exitCode = file === undefined ? 2 : 0;
} else {
	try {
		console.log(settledBy(readFileSync(file === '-' ? 0 : file, 'utf8')));
	} catch (error) {
		process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
		process.exitCode = 2;
	}
}
