// `npx tsx scripts/report/wireDoc.mts`: writes docs/wire.md anew, from the table of what is assumed.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { table } from '../../bench/report.mts';
import { ASSUMPTIONS } from './assumptions.mts';

export const WIRE_DOC = 'docs/wire.md';

const INTRODUCTION = `# What the vendor does not publish

The vendor's documentation leaves some details of the API open: two of its pages contradict each other (C), or no page says, and this package makes an assumption (A). It reads them tolerantly, in one place: [\`nodes/WhiteLabelCro/contract\`](../nodes/WhiteLabelCro/contract), and for signatures [\`nodes/WhiteLabelCro/webhook/signature.ts\`](../nodes/WhiteLabelCro/webhook/signature.ts).

The \`report\` of **Account: Check**, with **Include Report** on, shows what your account's server does. It holds names, shapes, and lengths only. Paste it into an issue, and assumptions become facts: [From a report to a fact](reading-a-report.md). A "no" in the last column means that only a write or a delivery would show it.
`;

/** The page, as prettier would write it. */
export function wireDoc(): string {
	const rows = ASSUMPTIONS.map(({ detail, mark, does, observe }) => [
		detail,
		mark,
		does,
		observe ? 'yes' : 'no',
	]);
	return `${INTRODUCTION}\n${table(['Detail', 'Mark', 'What this package does', 'A report shows it'], rows)}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(WIRE_DOC, wireDoc());
