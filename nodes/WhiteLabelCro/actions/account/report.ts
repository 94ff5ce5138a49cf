import { isForeign, isWebPage } from '../../transport/answer';
import type { Asked } from './ask';
import type { Findings } from './problems';
import { SCOPES } from '../../transport/contract';
import { inNotation } from './shape';

/**
 * What a check found, as Markdown to paste into an issue: names, shapes and lengths, and no value of the account.
 */
export function reportOf({ answers, scopes, clockAhead, wire }: Omit<Findings, 'owners'>): string {
	return [
		'## What WhiteLabelCRO answered (Account: Check)',
		'',
		'| Detail | Seen | Read | As assumed |',
		'| --- | --- | --- | --- |',
		...wire
			.filter(({ seen }) => seen !== undefined)
			.map(
				({ detail, seen, isRead, asAssumed }) =>
					`| ${detail} | ${seen} | ${yesOrNo(isRead)} | ${yesOrNo(asAssumed)} |`,
			),
		'',
		`Scopes: ${SCOPES.map((scope) => `${scope} ${scopes[scope]}`).join(', ')}`,
		`Clocks: ${clockAhead === undefined ? 'not told' : Math.abs(clockAhead) < 2 ? 'the same' : 'differ'}`,
		'',
		'```',
		...answers.all.map(callLine),
		'```',
	].join('\n');
}

function yesOrNo(answer: boolean | undefined): string {
	return answer === undefined ? '' : answer ? 'yes' : 'no';
}

/** How much of an answer's shape is shown, in characters. */
const SHAPE_SHOWN = 2000;

/** One call: its path is the contract's own, and what was asked for stays out. */
function callLine({ method, path, answer, error }: Asked): string {
	const call = `${method} ${path}`;
	if (answer === undefined) return `${call}: no answer`;
	const shape = isWebPage(answer) ? 'a web page' : inNotation(answer.body);
	const notes = isForeign(answer)
		? ', not from the API'
		: error !== undefined && answer.statusCode < 300
			? ', not read'
			: '';
	const shown = shape.length > SHAPE_SHOWN ? `${shape.slice(0, SHAPE_SHOWN)}…` : shape;
	return `${call}: HTTP ${answer.statusCode}, ${shown}${notes}`;
}
