import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import {
	MAX_IDS,
	MAX_TRIGGERS,
	accept as acceptMissed,
	arrive,
	lookUp,
} from '../../nodes/WhiteLabelCro/webhook/deduplication.ts';

const accept = (trigger: string, id: string) => {
	const arrival = arrive(trigger, id);
	if (arrival.known === 'no') arrival.end(200);
	return arrival.known;
};

describe('the memory of deliveries', () => {
	it(`keeps the newest ${MAX_IDS} ids of a trigger`, () => {
		for (let id = 0; id <= MAX_IDS; id++) expect(accept('bounded', String(id))).toBe('no');
		expect(accept('bounded', String(MAX_IDS))).toBe('accepted');
		expect(accept('bounded', '1')).toBe('accepted');
		expect(accept('bounded', '0')).toBe('no');
	});

	it(`keeps the ${MAX_TRIGGERS} triggers used last`, () => {
		accept('old', '1');
		accept('busy', '1');
		for (let n = 0; n < MAX_TRIGGERS - 1; n++) {
			accept(`other-${n}`, '1');
			expect(accept('busy', '1')).toBe('accepted');
		}
		expect(accept('old', '1')).toBe('no');
	});

	it('tells an event in flight from one that was accepted', async () => {
		const first = arrive('flight', '1');
		const second = arrive('flight', '1');
		if (first.known !== 'no' || second.known !== 'in flight')
			throw new Error('It is taken for something else');
		first.end(201);
		expect(await second.ending).toBe(201);
		expect(arrive('flight', '1').known).toBe('accepted');
	});

	it.each([undefined, 199, 300, 500])(
		'forgets an event that ended with %s, so that its next try runs',
		(ending) => {
			const first = arrive('failing', String(ending));
			if (first.known === 'no') first.end(ending);
			expect(arrive('failing', String(ending)).known).toBe('no');
		},
	);

	it.each([200, 299])('takes an event that ended with %i for accepted', (ending) => {
		const first = arrive('successful', String(ending));
		if (first.known === 'no') first.end(ending);
		expect(arrive('successful', String(ending)).known).toBe('accepted');
	});

	it('is looked up without noting an arrival', () => {
		expect([lookUp('looking', '1'), lookUp('looking', '1')]).toEqual(['no', 'no']);
		const first = arrive('looking', '1');
		expect(lookUp('looking', '1')).toBe('in flight');
		if (first.known === 'no') first.end(200);
		expect(lookUp('looking', '1')).toBe('accepted');
		expect(lookUp('looking', '2')).toBe('no');
	});

	it('knows an event that no delivery brought', () => {
		acceptMissed('missed', '1');
		expect(lookUp('missed', '1')).toBe('accepted');
		expect(arrive('missed', '1').known).toBe('accepted');
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

	/** The module as n8n loads it anew. */
	async function loaded() {
		jest.resetModules();
		return await import('../../nodes/WhiteLabelCro/webhook/deduplication.ts');
	}

	it('since this process began, of every trigger', async () => {
		const memory = await loaded();
		jest.setSystemTime(at(60));
		memory.accept('known', '1');
		expect([memory.remembersSince('known'), memory.remembersSince('unknown')]).toEqual([START, START]);
	});

	it('since its oldest event where there is no room for an older one', async () => {
		const memory = await loaded();
		memory.accept('full', '0');
		jest.setSystemTime(at(1));
		for (let id = 1; id < MAX_IDS - 1; id++) memory.accept('full', String(id));
		expect(memory.remembersSince('full')).toBe(START);
		jest.setSystemTime(at(2));
		memory.accept('full', 'the last');
		memory.accept('full', 'one too many');
		expect(memory.remembersSince('full')).toBe(at(1));
	});

	it('since now where there is room for none that has ended', async () => {
		const memory = await loaded();
		for (let id = 0; id < MAX_IDS; id++) memory.arrive('busy', String(id));
		jest.setSystemTime(at(5));
		expect(memory.remembersSince('busy')).toBe(at(5));
	});

	it('since another had to be forgotten, where it may be that one', async () => {
		const memory = await loaded();
		for (let count = 0; count < MAX_TRIGGERS; count++) memory.accept(`trigger ${count}`, '1');
		jest.setSystemTime(at(5));
		memory.accept('trigger 1', '2');
		expect([memory.remembersSince('trigger 0'), memory.remembersSince('unknown')]).toEqual([START, START]);
		memory.accept('one too many', '1');
		const since = ['trigger 0', 'one too many', 'trigger 1'].map((trigger) => memory.remembersSince(trigger));
		expect(since).toEqual([at(5), at(5), START]);
	});

	it("by this process's clock, when that was set back, too", async () => {
		const memory = await loaded();
		memory.accept('known', '1');
		jest.setSystemTime(at(-60));
		expect(memory.remembersSince('known')).toBe(at(-60));
		jest.setSystemTime(at(-30));
		expect(memory.remembersSince('known')).toBe(at(-60));
		jest.setSystemTime(at(-40));
		expect(memory.remembersSince('known')).toBe(at(-70));
	});

	describe('after an update of the package', () => {
		it('as before, with what was received since', async () => {
			const old = await loaded();
			old.accept('trigger', 'old');
			const before = old.goOnReceiving('trigger', undefined);
			expect(old.goOnReceiving('trigger', before)).toBe(before);
			jest.setSystemTime(at(60));
			const memory = await loaded();
			memory.accept('trigger', 'new');
			expect(memory.remembersSince('trigger')).toBe(at(60));
			expect(memory.goOnReceiving('trigger', before)).toBe(before);
			expect(memory.remembersSince('trigger')).toBe(START);
			expect(['old', 'new', 'other'].map((id) => memory.lookUp('trigger', id))).toEqual([
				'accepted',
				'accepted',
				'no',
			]);
		});

		it('since another had to be forgotten meanwhile', async () => {
			const before = (await loaded()).goOnReceiving('trigger', undefined);
			const memory = await loaded();
			jest.setSystemTime(at(60));
			for (let count = 0; count <= MAX_TRIGGERS; count++) memory.accept(`trigger ${count}`, '1');
			memory.goOnReceiving('trigger', before);
			expect(memory.remembersSince('trigger')).toBe(at(60));
		});
	});
});
