import { describe, expect, it, jest } from '@jest/globals';

import { CONFIRM_AFTER_MS, MAX_TRIES, backOffMs, nextStep } from '../../nodes/WhiteLabelCro/client/retry.ts';
import type { NextStep, Outcome } from '../../nodes/WhiteLabelCro/client/retry.ts';

const answer = (statusCode: number): Outcome => ({
	kind: 'answer',
	answer: { statusCode, headers: {}, body: undefined },
});
const unreached: Outcome = { kind: 'networkError', arrived: 'no', failure: undefined };
const lost: Outcome = { kind: 'networkError', arrived: 'maybe', failure: undefined };

describe('after a first try that failed', () => {
	it.each<[string, Outcome, NextStep, NextStep]>([
		['a refusal with a success status', answer(200), 'fail', 'fail'],
		['the last success status', answer(299), 'fail', 'fail'],
		['the first redirect', answer(300), 'fail', 'unconfirmed'],
		['a redirect', answer(303), 'fail', 'unconfirmed'],
		['a bad request', answer(400), 'fail', 'fail'],
		['a timeout', answer(408), 'fail', 'unconfirmed'],
		['a refused field', answer(422), 'fail', 'fail'],
		['a refused key', answer(401), 'fail', 'fail'],
		['a missing scope', answer(403), 'fail', 'fail'],
		['a missing record', answer(404), 'fail', 'fail'],
		['a used-up rate limit', answer(429), 'wait', 'wait'],
		['an internal error', answer(500), 'retry', 'unconfirmed'],
		['a gateway error', answer(502), 'retry', 'unconfirmed'],
		['a call that cannot have arrived', unreached, 'retry', 'retry'],
		['a call whose answer was lost', lost, 'retry', 'unconfirmed'],
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

it.each([
	[1, 450, 750],
	[2, 900, 1500],
])('after try %i the back-off is %i to %i ms', (tries, least, most) => {
	const random = jest.spyOn(Math, 'random');
	try {
		random.mockReturnValue(0);
		expect(backOffMs(tries)).toBe(least);
		random.mockReturnValue(1);
		expect(backOffMs(tries)).toBe(most);
	} finally {
		random.mockRestore();
	}
});

it('what a lost creation may have made is looked for again when a gateway has given up, six seconds later', () => {
	expect(CONFIRM_AFTER_MS.reduce((sum, ms) => sum + ms, 0)).toBe(6000);
	expect(CONFIRM_AFTER_MS).toHaveLength(2);
});
