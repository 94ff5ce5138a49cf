// `npm run report -- <file>`: what a report of Account: Check that somebody pasted settles of the contract.
import { readFileSync } from 'node:fs';

import { verdictsOn } from './assumptions.mts';
import { readReport } from './report.mts';

const USAGE = `Usage: npm run -s report -- <file>     ("-" reads what is piped in)

The file holds the field "report" of Account: Check, alone or in the text of an issue.
`;

const [file] = process.argv.slice(2);
if (file === undefined || file === '--help') {
	process.stderr.write(USAGE);
	process.exitCode = file === undefined ? 2 : 0;
} else {
	try {
		const verdicts = verdictsOn(readReport(readFileSync(file === '-' ? 0 : file, 'utf8')));
		const rows = verdicts.flatMap(({ detail, seen, isRead, asAssumed }) =>
			seen === undefined ? [] : [`| ${detail} | ${seen} | ${yesOrNo(isRead)} | ${yesOrNo(asAssumed)} |`],
		);
		const unseen = verdicts.flatMap(({ detail, seen }) => (seen === undefined ? [`- ${detail}`] : []));
		console.log(['| Detail | Seen | Read | As assumed |', '| --- | --- | --- | --- |', ...rows].join('\n'));
		console.log(`\nNothing is seen of:\n\n${unseen.join('\n')}`);
	} catch (error) {
		process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
		process.exitCode = 2;
	}
}

function yesOrNo(answer: boolean | undefined): string {
	return answer === undefined ? '' : answer ? 'yes' : 'no';
}
