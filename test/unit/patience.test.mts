import { describe, expect, test } from '@jest/globals';
import { patience, slowness } from '../../scripts/real-n8n/patience.mts';
import { until } from '../../scripts/real-n8n/until.mts';

test.each([
	['without a load, or one that is not told', 0, 1],
	['that has a core for each program', 2, 1],
	['with six programs for each core', 12, 6],
])(
	'A machine %s is so many times slower than a quiet one: a load of %d on two cores makes %d',
	(_which, load, times) => {
		expect(slowness([load, 1, 1], 2)).toBe(times);
	},
);

describe('The patience with a step', () => {
	test('is ten times what it takes on a quiet machine, and more on a slow one', () => {
		expect(patience(300, 1)).toBe(3000);
		expect(patience(300, 6)).toBe(18_000);
	});

	test('is never below that, whatever this machine shows', () => {
		expect(patience(300)).toBeGreaterThanOrEqual(3000);
	});
});

describe('A wait', () => {
	test('ends with the answer', async () => {
		let asked = 0;
		expect(await until('the third answer', 100, () => (++asked === 3 ? 'third' : undefined))).toBe('third');
	});

	test('that is a hang ends when patience is out, and says for what it waited', async () => {
		await expect(until('what never comes', 1, () => undefined)).rejects.toThrow(
			/^Gave up waiting for what never comes after \d+ seconds\.$/,
		);
	});
});
