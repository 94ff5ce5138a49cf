import { describe, expect, it } from '@jest/globals';

import type { EventEnvelope } from '../../nodes/WhiteLabelCro/contract/events.ts';
import { readChoices, wasWanted, withChoice } from '../../nodes/WhiteLabelCro/events/choices.ts';
import type { Choice } from '../../nodes/WhiteLabelCro/events/choices.ts';
import type { Filters } from '../../nodes/WhiteLabelCro/events/filters.ts';

const selection = (options: string[], filters: Filters = {}, payloadOnly = false) => ({
	options,
	filters,
	payloadOnly,
});
const lead: EventEnvelope = { id: 1, type: 'lead.created', payload: { client_id: 7 } };
const payment: EventEnvelope = { id: 2, type: 'payment.failed', payload: { client_id: 7 } };
const LEADS = selection(['lead.created']);
const PAYMENTS = selection(['payment.failed']);
const BOTH = selection(['lead.created', 'payment.failed']);

/** The choices of a trigger that was changed a second after the other. */
const changed = (...selections: Array<typeof LEADS>) =>
	selections.reduce<Choice[]>((history, each, index) => withChoice(history, each, index * 1000), []);

describe('a choice', () => {
	it('that is the first one counts for all that happened before', () => {
		const history = withChoice([], LEADS, 5000);
		expect(history).toEqual([{ selection: { options: LEADS.options, filters: {} }, since: 0 }]);
		expect(wasWanted(history, lead, 0)).toBe(true);
		expect(wasWanted(history, lead, -1)).toBe(true);
		expect(wasWanted(history, payment, 6000)).toBe(false);
	});

	it.each([
		['what it is', LEADS],
		['another output', selection(['lead.created'], {}, true)],
	])('does not begin again with %s', (_what, next) => {
		const history = changed(LEADS);
		expect(withChoice(history, next, 9000)).toEqual(history);
	});

	it('does not begin again with its filters in another order, or as JSON writes them', () => {
		const history = withChoice([], selection([], { clientId: '7', minimumAmount: 1 }), 0);
		const same = { minimumAmount: 1, newStatus: undefined, clientId: '7' };
		expect(withChoice(history, selection([], same), 9000)).toEqual(history);
	});

	it('begins again with another filter', () => {
		const history = withChoice([], selection([], { clientId: '7' }), 0);
		expect(withChoice(history, selection([], { clientId: '8' }), 9000)).toHaveLength(2);
	});

	it('that was widened starts nothing that happened before, and goes on with what was wanted', () => {
		const history = changed(LEADS, BOTH);
		expect([999, 1000].map((at) => wasWanted(history, payment, at))).toEqual([false, true]);
		expect([999, 1000].map((at) => wasWanted(history, lead, at))).toEqual([true, true]);
	});

	it('that was narrowed starts nothing that is wanted no more', () => {
		const history = changed(BOTH, LEADS);
		expect([999, 1000].map((at) => wasWanted(history, payment, at))).toEqual([false, false]);
	});

	it('whose filter was widened starts nothing that the filter held back', () => {
		const history = changed(selection(['lead.created'], { clientId: '8' }), LEADS);
		expect([999, 1000].map((at) => wasWanted(history, lead, at))).toEqual([false, true]);
	});

	it('that was changed twice counts where it was in force', () => {
		const history = changed(LEADS, PAYMENTS, BOTH);
		expect([999, 1999, 2000].map((at) => wasWanted(history, payment, at))).toEqual([false, true, true]);
		expect([999, 1999, 2000].map((at) => wasWanted(history, lead, at))).toEqual([true, false, true]);
	});

	it('is the only one that counts for an event that does not say when it happened', () => {
		expect(wasWanted(changed(LEADS, PAYMENTS), payment, undefined)).toBe(true);
		expect(wasWanted(changed(LEADS, PAYMENTS), lead, undefined)).toBe(false);
	});

	it('counts from its time on although the clock was set back meanwhile', () => {
		const history = withChoice(changed(LEADS, PAYMENTS), BOTH, 500);
		expect([499, 500, 1500].map((at) => wasWanted(history, payment, at))).toEqual([false, true, true]);
	});

	it('is one of ten at most', () => {
		const history = changed(...Array.from({ length: 30 }, (_, index) => selection([`type.${index}`])));
		expect(history).toHaveLength(10);
		expect(history.at(-1)).toMatchObject({ selection: { options: ['type.29'] }, since: 29_000 });
	});
});

it('without any choice nothing is wanted', () => {
	expect(wasWanted([], lead, 0)).toBe(false);
});

describe('stored choices', () => {
	it('are read as they were', () => {
		const history = changed(LEADS, selection(['*'], { clientId: '7', newStatus: ['44'] }));
		expect(readChoices(JSON.parse(JSON.stringify(history)))).toEqual(history);
	});

	const good = { selection: { options: ['*'], filters: {} }, since: 1 };

	it.each([
		undefined,
		null,
		'text',
		{},
		[null],
		[{ ...good, since: '1' }],
		[{ ...good, since: null }],
		[{ selection: { options: '*', filters: {} }, since: 1 }],
		[{ selection: { options: [1], filters: {} }, since: 1 }],
		[{ selection: { options: [], filters: [] }, since: 1 }],
	])('are none in %j', (value) => {
		expect(readChoices(value)).toEqual([]);
	});

	it('are kept beside what is none', () => {
		expect(readChoices([{ ...good, since: 'x' }, good])).toEqual([good]);
	});
});
