import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import * as deduplication from '../../nodes/WhiteLabelCro/webhook/deduplication.ts';
import { MAX_IDS, MAX_RECEIVERS, registry } from '../../nodes/WhiteLabelCro/webhook/monitor/registry.ts';
import type { Monitor } from '../../nodes/WhiteLabelCro/webhook/monitor/registry.ts';

/** The same by the trigger's key. */
const begin = (key: string, id: string) => deduplication.begin(registry.of(key), id);
const statusOf = (key: string, id: string) => deduplication.statusOf(registry.of(key), id);
const accept = (key: string, id: string) => {
	const arrival = begin(key, id);
	if (arrival.known === 'no') arrival.end(200);
	return arrival.known;
};

describe('Deliveries', () => {
	it(`are remembered by the newest ${MAX_IDS} ids of a trigger`, () => {
		for (let id = 0; id <= MAX_IDS; id++) expect(accept('bounded', String(id))).toBe('no');
		expect(accept('bounded', String(MAX_IDS))).toBe('accepted');
		expect(accept('bounded', '1')).toBe('accepted');
		expect(accept('bounded', '0')).toBe('no');
	});

	it(`are remembered of the ${MAX_RECEIVERS} triggers used last`, () => {
		accept('old', '1');
		accept('busy', '1');
		for (let n = 0; n < MAX_RECEIVERS - 1; n++) {
			accept(`other-${n}`, '1');
			expect(accept('busy', '1')).toBe('accepted');
		}
		expect(accept('old', '1')).toBe('no');
	});

	it('that fail when their trigger has been forgotten to make room leave nothing behind', () => {
		const arrival = begin('forgotten', '1');
		if (arrival.known !== 'no') throw new Error('It is taken for something else');
		for (let n = 0; n < MAX_RECEIVERS; n++) accept(`newer-${n}`, '1');
		arrival.end(500);
		expect(statusOf('forgotten', '1')).toBe('no');
	});

	it('that are in flight are told from those that were accepted', async () => {
		const first = begin('flight', '1');
		const second = begin('flight', '1');
		if (first.known !== 'no' || second.known !== 'in flight')
			throw new Error('It is taken for something else');
		first.end(201);
		expect(await second.ending).toBe(201);
		expect(begin('flight', '1').known).toBe('accepted');
	});

	it.each([undefined, 199, 300, 500])(
		'that ended with %s are forgotten, so that the next try runs',
		(ending) => {
			const first = begin('failing', String(ending));
			if (first.known === 'no') first.end(ending);
			expect(begin('failing', String(ending)).known).toBe('no');
		},
	);

	it.each([200, 299])('that ended with %i are accepted', (ending) => {
		const first = begin('successful', String(ending));
		if (first.known === 'no') first.end(ending);
		expect(begin('successful', String(ending)).known).toBe('accepted');
	});

	it('are looked up without noting an arrival', () => {
		expect([statusOf('looking', '1'), statusOf('looking', '1')]).toEqual(['no', 'no']);
		const first = begin('looking', '1');
		expect(statusOf('looking', '1')).toBe('in flight');
		if (first.known === 'no') first.end(200);
		expect(statusOf('looking', '1')).toBe('accepted');
		expect(statusOf('looking', '2')).toBe('no');
	});

	it('count as accepted where none brought the event', () => {
		deduplication.markAccepted(registry.of('missed'), '1');
		expect(statusOf('missed', '1')).toBe('accepted');
		expect(begin('missed', '1').known).toBe('accepted');
	});
});

describe('what a trigger accepted is remembered', () => {
	const START = Date.UTC(2026, 0, 28, 10, 30);
	const at = (seconds: number) => START + seconds * 1000;

	beforeEach(() => {
		jest.useFakeTimers({ now: START });
	});
	afterEach(() => {
		jest.useRealTimers();
	});

	/** The modules as n8n loads them anew. */
	async function loaded() {
		jest.resetModules();
		const { begin, markAccepted, statusOf } = await import(
			'../../nodes/WhiteLabelCro/webhook/deduplication.ts'
		);
		const { registry } = await import('../../nodes/WhiteLabelCro/webhook/monitor/registry.ts');
		return {
			arrive: (key: string, id: string) => begin(registry.of(key), id),
			accept: (key: string, id: string) => {
				markAccepted(registry.of(key), id);
			},
			statusOf: (key: string, id: string) => statusOf(registry.of(key), id),
			retainedSince: (key: string) => registry.retainedSince(registry.of(key)),
			/** A trigger is published here, and has received nothing yet. */
			publish: (key: string): Monitor => {
				const trigger = registry.of(key);
				registry.deliveriesOf(trigger);
				return (trigger.monitor = { trigger, startedAt: Date.now() } as unknown as Monitor);
			},
			current: (monitor: Monitor) => registry.current(monitor),
		};
	}

	it('since this process began, of every trigger', async () => {
		const memory = await loaded();
		jest.setSystemTime(at(60));
		memory.accept('known', '1');
		expect([memory.retainedSince('known'), memory.retainedSince('unknown')]).toEqual([START, START]);
	});

	it('since its oldest event where there is no room for an older one', async () => {
		const memory = await loaded();
		memory.accept('full', '0');
		jest.setSystemTime(at(1));
		for (let id = 1; id < MAX_IDS - 1; id++) memory.accept('full', String(id));
		expect(memory.retainedSince('full')).toBe(START);
		jest.setSystemTime(at(2));
		memory.accept('full', 'the last');
		memory.accept('full', 'one too many');
		expect(memory.retainedSince('full')).toBe(at(1));
	});

	it('since now where there is room for none that has ended', async () => {
		const memory = await loaded();
		for (let id = 0; id < MAX_IDS; id++) memory.arrive('busy', String(id));
		jest.setSystemTime(at(5));
		expect(memory.retainedSince('busy')).toBe(at(5));
	});

	it('since another had to be forgotten, where it may be that one', async () => {
		const memory = await loaded();
		for (let count = 0; count < MAX_RECEIVERS; count++) memory.accept(`trigger ${count}`, '1');
		jest.setSystemTime(at(5));
		memory.accept('trigger 1', '2');
		expect([memory.retainedSince('trigger 0'), memory.retainedSince('unknown')]).toEqual([START, START]);
		memory.accept('one too many', '1');
		const since = ['trigger 0', 'one too many', 'trigger 1'].map((trigger) => memory.retainedSince(trigger));
		expect(since).toEqual([at(5), at(5), START]);
	});

	it("by this process's clock, when that was set back, too", async () => {
		const memory = await loaded();
		memory.accept('known', '1');
		jest.setSystemTime(at(-60));
		expect(memory.retainedSince('known')).toBe(at(-60));
		jest.setSystemTime(at(-30));
		expect(memory.retainedSince('known')).toBe(at(-60));
		jest.setSystemTime(at(-40));
		expect(memory.retainedSince('known')).toBe(at(-70));
	});

	it('of a trigger that is published here, however many others receive', async () => {
		const memory = await loaded();
		memory.publish('published');
		memory.accept('published', '1');
		for (let count = 0; count <= MAX_RECEIVERS; count++) memory.accept(`trigger ${count}`, '1');
		expect(memory.statusOf('published', '1')).toBe('accepted');
		expect(memory.statusOf('trigger 0', '1')).toBe('no');
	});

	describe('after an update of the package', () => {
		it('with what was received before, once its monitor is back', async () => {
			const old = await loaded();
			const monitor = old.publish('trigger');
			old.accept('trigger', 'old');
			expect(old.current(monitor)).toBe(monitor);
			jest.setSystemTime(at(60));
			const memory = await loaded();
			memory.accept('trigger', 'new');
			expect(memory.current(monitor)).toBe(monitor);
			expect(memory.retainedSince('trigger')).toBe(at(60));
			const ids = ['old', 'new', 'other'];
			expect(ids.map((id) => memory.statusOf('trigger', id))).toEqual(['accepted', 'accepted', 'no']);
		});

		it('by the newest monitor, whichever ticks first', async () => {
			const old = await loaded();
			const older = old.publish('trigger');
			jest.setSystemTime(at(1));
			const newer = old.publish('trigger');
			expect(old.current(older)).toBe(newer);
			const memory = await loaded();
			expect(memory.current(older)).toBe(newer);
			expect(memory.current(newer)).toBe(newer);
		});
	});
});
