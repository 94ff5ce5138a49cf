import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';

import { CHECK_INTERVAL_MS, EARLY_MS } from '../../nodes/WhiteLabelCro/webhook/monitor/interval.ts';

const INTERVAL = '../../nodes/WhiteLabelCro/webhook/monitor/interval.ts';
const START = Date.UTC(2026, 0, 28, 10, 30);
const SECOND_MS = 1000;

describe.each([1, 2, 3, 5, 10, 15, 20, 30])('With a check every %i minutes', (minutes) => {
	const intervalMs = minutes * 60_000;
	let state: typeof import('../../nodes/WhiteLabelCro/webhook/catchUp/state.ts');

	beforeEach(async () => {
		jest.resetModules();
		jest.doMock(INTERVAL, () => ({
			CHECK_INTERVAL_MS: intervalMs,
			EARLY_MS: (EARLY_MS / CHECK_INTERVAL_MS) * intervalMs,
		}));
		state = await import('../../nodes/WhiteLabelCro/webhook/catchUp/state.ts');
	});

	/** What is known after checks with these pauses between them, in shares of the interval, that all found it well. */
	const checked = (pauses: number[]) => {
		let now = START;
		const known = state.initialState({ account: 'account' }, 0, { at: START });
		for (const pause of pauses) {
			now += pause * intervalMs;
			state.markHealthy(known, now, now);
		}
		return { known, now };
	};

	it('no two ticks that n8n skips make an outage', () => {
		const pauses = fc.array(fc.double({ min: 0, max: 3.1, noNaN: true }), { size: 'max', maxLength: 100 });
		fc.assert(
			fc.property(pauses, (some) => {
				const { known, now } = checked(some);
				expect(state.isInOutage(known, now, now)).toBe(false);
			}),
		);
	});

	it('a longer pause is an outage: what happened in it was missed, and what comes later was not', () => {
		const pauses = fc.array(fc.double({ min: 0, max: 3.1, noNaN: true }), { size: 'max', maxLength: 30 });
		fc.assert(
			fc.property(pauses, fc.double({ min: 3.3, max: 300, noNaN: true }), (some, long) => {
				const { known, now } = checked([...some, long]);
				expect(state.isInOutage(known, now, now - (long * intervalMs) / 2)).toBe(true);
				expect(state.isInOutage(known, now + intervalMs, now + 10 * SECOND_MS)).toBe(false);
			}),
		);
	});
});
