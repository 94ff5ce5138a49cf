// `npm run report -- <file>`: what a report of Account: Check that somebody pasted settles of the contract.
import { onFile } from '../onFile.mts';
import { settledBy } from './settled.mts';

const USAGE = `Usage: npm run -s report -- <file>     ("-" reads what is piped in)

The file holds the field "report" of Account: Check, alone or in the text of an issue.
`;

await onFile(USAGE, (content) => {
	console.log(settledBy(content.toString('utf8')));
});
