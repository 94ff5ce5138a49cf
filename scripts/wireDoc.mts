// `npx tsx scripts/wireDoc.mts`: writes docs/wire.md anew, from the list that Account: Check goes by.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { DETAILS } from '../nodes/WhiteLabelCro/actions/account/wire.ts';

export const WIRE_DOC = 'docs/wire.md';

const INTRODUCTION = `# What the vendor does not publish

The vendor's documentation leaves some details of the API open: two of its pages contradict each other (C), or no page says, and this package assumes (A). It reads them tolerantly, in one place: [\`nodes/WhiteLabelCro/transport/contract.ts\`](../nodes/WhiteLabelCro/transport/contract.ts), and for signatures [\`nodes/WhiteLabelCro/webhook/signature.ts\`](../nodes/WhiteLabelCro/webhook/signature.ts).

**Account: Check** shows what your account's server does, detail by detail. A "no" in the last column means that only a write or a delivery would show it. Its \`report\` holds names, shapes and lengths only. Paste it into an issue, and what was assumed becomes known.
`;

/** The page, as prettier would write it. */
export function wireDoc(): string {
	const rows = DETAILS.map(({ detail, mark, does, see }) => [detail, mark, does, see ? 'yes' : 'no']);
	const table = [['Detail', '', 'What this package does', 'Check sees it'], ...rows];
	const widths = [0, 1, 2, 3].map((at) => Math.max(3, ...table.map((row) => row[at]?.length ?? 0)));
	const line = (cells: string[], fill = ' ') =>
		`| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0, fill)).join(' | ')} |`;
	const [head = [], ...body] = table;
	const lines = [line(head), line(['', '', '', ''], '-'), ...body.map((row) => line(row))];
	return `${INTRODUCTION}\n${lines.join('\n')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(WIRE_DOC, wireDoc());
