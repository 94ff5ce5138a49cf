import { expect, it } from '@jest/globals';

import { accounts } from '../../nodes/WhiteLabelCro/client/account.ts';

it('each account has a state of its own, and of 1,001 accounts the one that was not used the longest is forgotten', () => {
	const first = accounts.of('first');
	const second = accounts.of('second');
	expect(second).not.toBe(first);
	for (let i = 0; i < 998; i++) accounts.of(`another ${i}`);
	expect(accounts.of('first')).toBe(first);
	accounts.of('one more');
	expect(accounts.of('first')).toBe(first);
	expect(accounts.of('second')).not.toBe(second);
});
