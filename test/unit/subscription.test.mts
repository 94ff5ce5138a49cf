import { describe, expect, it } from '@jest/globals';

import type { Subscription } from '../../nodes/WhiteLabelCro/transport/contract.ts';
import { reconcile } from '../../nodes/WhiteLabelCro/webhook/subscription.ts';

const URL = 'https://n8n.example.com/webhook/1/webhook';
const wanted = { url: URL, eventTypes: ['lead.created', 'client.created'] };
const stored = { id: '7', secret: 's' };
const healthy: Subscription = {
	id: '7',
	url: URL,
	eventTypes: ['client.created', 'lead.created'],
	enabled: true,
};
const foreign: Subscription = {
	id: '9',
	url: 'https://elsewhere.example.com',
	eventTypes: ['lead.created'],
	enabled: true,
};

describe('a subscription is kept', () => {
	it('when id, URL, event set and state are as wanted and its secret is known', () => {
		expect(reconcile(wanted, stored, [foreign, healthy])).toEqual({
			action: 'keep',
			current: healthy,
			obsolete: [],
		});
	});
});

describe('a subscription is changed in place', () => {
	it.each([
		['its events differ', { ...healthy, eventTypes: ['lead.created'] }],
		['it has one event too many', { ...healthy, eventTypes: [...healthy.eventTypes, 'payment.failed'] }],
		['the circuit breaker switched it off', { ...healthy, enabled: false }],
	])('when %s', (_why, current) => {
		expect(reconcile(wanted, stored, [current])).toEqual({ action: 'update', current, obsolete: [] });
	});
});

describe('a new subscription is created', () => {
	it('when there is none', () => {
		expect(reconcile(wanted, undefined, [foreign])).toEqual({ action: 'create', obsolete: [] });
	});

	it('when the stored one is gone from the CRM', () => {
		expect(reconcile(wanted, stored, [])).toMatchObject({ action: 'create', obsolete: [] });
	});

	it('in place of one at our URL whose secret is lost', () => {
		expect(reconcile(wanted, undefined, [healthy])).toMatchObject({ action: 'create', obsolete: [healthy] });
	});

	it('in place of ours at another URL', () => {
		const moved = { ...healthy, url: 'https://old.example.com/webhook' };
		expect(reconcile(wanted, stored, [moved])).toMatchObject({ action: 'create', obsolete: [moved] });
	});
});

describe('a subscription that is not ours', () => {
	it.each([
		['at a URL that only begins like ours', `${URL}/other`],
		['at the test URL', URL.replace('/webhook/', '/webhook-test/')],
		['at our URL in another case', URL.toUpperCase()],
	])('%s is never touched', (_where, url) => {
		expect(reconcile(wanted, stored, [{ ...foreign, url }])).toEqual({ action: 'create', obsolete: [] });
	});
});

it('a left-over at our URL is removed beside the one that is kept', () => {
	const leftOver = { ...healthy, id: '6' };
	expect(reconcile(wanted, stored, [leftOver, healthy])).toEqual({
		action: 'keep',
		current: healthy,
		obsolete: [leftOver],
	});
});
