import { describe, expect, it } from '@jest/globals';

import { MAX_IDS, MAX_TRIGGERS, arrive } from '../../nodes/WhiteLabelCro/webhook/memory.ts';

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
});
