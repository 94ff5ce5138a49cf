import { describe, expect, it } from '@jest/globals';

import { MAX_TRIES, backOffMs, nextStep } from '../../nodes/WhiteLabelCro/transport/retry.ts';
import type { NextStep, Outcome } from '../../nodes/WhiteLabelCro/transport/retry.ts';

const answer = (statusCode: number): Outcome => ({
	kind: 'answer',
	answer: { statusCode, headers: {}, body: undefined },
});
const unreached: Outcome = { kind: 'unreachable', arrived: 'no', failure: undefined };
const lost: Outcome = { kind: 'unreachable', arrived: 'maybe', failure: undefined };

describe('after a first try that failed', () => {
	it.each<[string, Outcome, NextStep, NextStep]>([
		['a refusal with a success status', answer(200), 'fail', 'fail'],
		['a redirect', answer(303), 'fail', 'uncertain'],
		['a timeout', answer(408), 'fail', 'uncertain'],
		['a refused field', answer(422), 'fail', 'fail'],
		['a refused key', answer(401), 'fail', 'fail'],
		['a missing scope', answer(403), 'fail', 'fail'],
		['a missing record', answer(404), 'fail', 'fail'],
		['a used-up rate limit', answer(429), 'wait', 'wait'],
		['an internal error', answer(500), 'retry', 'uncertain'],
		['a gateway error', answer(502), 'retry', 'uncertain'],
		['a call that cannot have arrived', unreached, 'retry', 'retry'],
		['a call whose answer was lost', lost, 'retry', 'uncertain'],
	])('%s leads to the right next step', (_what, outcome, ofRepeatable, ofCreate) => {
		expect(nextStep(true, outcome, 1)).toBe(ofRepeatable);
		expect(nextStep(false, outcome, 1)).toBe(ofCreate);
	});
});

it('after the last try nothing is tried again, but a rate limit is still waited for', () => {
	for (const outcome of [answer(500), unreached, lost])
		expect(nextStep(true, outcome, MAX_TRIES)).toBe('fail');
	expect(nextStep(false, unreached, MAX_TRIES)).toBe('fail');
	expect(nextStep(true, answer(429), 1000)).toBe('wait');
});

it('each back-off is longer than the one before, and none over two seconds', () => {
	for (let round = 0; round < 100; round++) {
		expect(backOffMs(1)).toBeLessThan(backOffMs(2));
		expect(backOffMs(2)).toBeLessThan(2000);
	}
});
