import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

import { WIRE_DOC, wireDoc } from '../../scripts/report/wireDoc.mts';

test('docs/wire.md is what npx tsx scripts/report/wireDoc.mts writes', () => {
	expect(readFileSync(WIRE_DOC, 'utf8')).toBe(wireDoc());
});
