// What a report of Account: Check settles of the contract, as text.
import { verdictsOn } from './assumptions.mts';
import { readReport } from './report.mts';

/** A row for each detail that the report shows anything of, as Markdown, and the details that it shows nothing of. @throws see readReport */
export function settledBy(text: string): string {
	const verdicts = verdictsOn(readReport(text));
	const rows = verdicts.flatMap(({ detail, seen, isRead, asAssumed }) =>
		seen === undefined ? [] : [`| ${detail} | ${seen} | ${yesOrNo(isRead)} | ${yesOrNo(asAssumed)} |`],
	);
	const unseen = verdicts.flatMap(({ detail, seen }) => (seen === undefined ? [`- ${detail}`] : []));
	return [
		'| Detail | Seen | Read | As assumed |',
		'| --- | --- | --- | --- |',
		...rows,
		'\nNothing is seen of:\n',
		...unseen,
	].join('\n');
}

function yesOrNo(answer: boolean | undefined): string {
	return answer === undefined ? '' : answer ? 'yes' : 'no';
}
