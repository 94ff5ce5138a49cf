import { getEventListeners } from 'node:events';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { KeyedLock } from '../../nodes/WhiteLabelCro/helpers/keyedLock.ts';

/** One line for all claims, as in a process. */
const lines = new Map<string, Promise<void>>();
const never = new AbortController().signal;
const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('a claim', () => {
	it('comes at once to the first, and to the next when that has left', async () => {
		const [first, second] = [new KeyedLock(lines), new KeyedLock(lines)];
		await first.acquire(['a'], never);
		const waiting = second.acquire(['a'], never);
		await tick();
		expect(second.isWaiting).toBe(true);
		first.release();
		await waiting;
		expect(second.isWaiting).toBe(false);
		second.release();
	});

	it('adds no listener to the signal that ends its wait, since Node warns of more than ten', async () => {
		const { signal } = new AbortController();
		const claims = Array.from({ length: 12 }, () => new KeyedLock(lines));
		const taken = claims.map((claim) => claim.acquire(['many'], signal));
		expect(getEventListeners(signal, 'abort')).toHaveLength(0);
		for (const claim of claims) claim.release();
		await Promise.all(taken);
	});

	it('given up is not left to those behind before those in front have left', async () => {
		const [first, second, third] = [new KeyedLock(lines), new KeyedLock(lines), new KeyedLock(lines)];
		const cancel = new AbortController();
		await first.acquire(['b'], never);
		const given = second.acquire(['b'], cancel.signal);
		const last = third.acquire(['b'], never);
		cancel.abort(new Error('cancelled'));
		await expect(given).rejects.toThrow('cancelled');
		second.release();
		await tick();
		expect(third.isWaiting).toBe(true);
		first.release();
		await last;
		third.release();
	});

	it('is not begun when it comes to one that was cancelled in the same moment', async () => {
		const [first, second] = [new KeyedLock(lines), new KeyedLock(lines)];
		const cancel = new AbortController();
		await first.acquire(['c'], never);
		const waiting = second.acquire(['c'], cancel.signal);
		first.release();
		cancel.abort(new Error('cancelled'));
		await expect(waiting).rejects.toThrow('cancelled');
		second.release();
	});
});

it('whatever keys are taken, no two hold one at the same time, each key is held in the order asked, and nobody waits for ever', async () => {
	const keys = fc.uniqueArray(fc.constantFrom('k1', 'k2', 'k3', 'k4'), { maxLength: 3, size: 'max' });
	const one = fc.record({ keys, pause: fc.nat({ max: 3 }), gaveUp: fc.boolean() });
	await fc.assert(
		fc.asyncProperty(fc.array(one, { maxLength: 15, size: 'max' }), async (ones) => {
			const holders = new Map<string, number>();
			const order = new Map<string, number[]>();
			await Promise.all(
				ones.map(async (each, index) => {
					const claim = new KeyedLock(lines);
					const cancel = new AbortController();
					try {
						const taken = claim.acquire(each.keys, cancel.signal);
						if (each.gaveUp) cancel.abort(new Error('gave up'));
						await taken;
						for (const key of each.keys) {
							expect(holders.has(key)).toBe(false);
							holders.set(key, index);
							order.set(key, [...(order.get(key) ?? []), index]);
						}
						for (let i = 0; i < each.pause; i++) await tick();
						for (const key of each.keys) holders.delete(key);
					} catch (error) {
						if (!each.gaveUp) throw error;
					} finally {
						claim.release();
					}
				}),
			);
			for (const held of order.values()) expect(held).toEqual(held.toSorted((a, b) => a - b));
		}),
		{ numRuns: 200 },
	);
});
