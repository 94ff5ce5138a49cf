import { describe, expect, it } from '@jest/globals';

import type { Subscription } from '../../nodes/WhiteLabelCro/contract/subscriptions.ts';
import {
	afterUpdate,
	leftBehind,
	ownSubscriptions,
	reconcile,
} from '../../nodes/WhiteLabelCro/webhook/subscription/plan.ts';

const URL = 'https://n8n.example.com/webhook/1/webhook';
const here = { url: URL, baseUrl: 'https://api.example.com', account: 'a' };
const wanted = { ...here, eventTypes: ['lead.created', 'client.created'] };
const stored = { id: '7', secret: 's', place: here };
/** As an early version kept it. */
const placeless = { id: '7', secret: 's' };
/** Kept while n8n was elsewhere, or by the n8n whose database was copied. */
const elsewhere = { ...stored, place: { ...here, url: 'https://old.example.com/webhook/1/webhook' } };
const otherAccount = { ...stored, place: { ...here, account: 'b' } };
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

it('a subscription that an early version stored is kept too', () => {
	expect(reconcile(wanted, placeless, [healthy])).toMatchObject({ action: 'keep', current: healthy });
});

describe('a subscription is changed in place', () => {
	it.each([
		['its events differ', { ...healthy, eventTypes: ['lead.created'] }],
		['one of its events is another', { ...healthy, eventTypes: ['lead.created', 'payment.failed'] }],
		['it has one event too many', { ...healthy, eventTypes: [...healthy.eventTypes, 'payment.failed'] }],
		['the circuit breaker switched it off', { ...healthy, enabled: false }],
		['its state is not understood', { ...healthy, enabled: undefined }],
	])('when %s', (_why, current) => {
		expect(reconcile(wanted, stored, [current])).toEqual({ action: 'update', current, obsolete: [] });
	});
});

describe('a new subscription is created', () => {
	it('when there is none', () => {
		expect(reconcile(wanted, undefined, [foreign])).toEqual({ action: 'create', obsolete: [] });
	});

	it('when the stored one is gone from the CRM, or its list is cut short: then that one goes', () => {
		for (const held of [[], [foreign]])
			expect(reconcile(wanted, stored, held)).toMatchObject({ action: 'create', obsolete: [stored.id] });
	});

	it('in place of one at our URL whose secret is lost', () => {
		expect(reconcile(wanted, undefined, [healthy])).toMatchObject({
			action: 'create',
			obsolete: [healthy.id],
		});
	});

	it('in place of one at our URL that another account gave the same id, and another secret', () => {
		expect(reconcile(wanted, otherAccount, [healthy])).toEqual({ action: 'create', obsolete: [healthy.id] });
	});
});

describe('a change that was tried', () => {
	it('and has made all as wanted needs no other', () => {
		const plan = { action: 'keep' as const, current: healthy, obsolete: [foreign.id] };
		expect(afterUpdate(wanted, plan)).toBe(plan);
	});

	it.each([
		['its events are still others', { ...healthy, eventTypes: ['lead.created'] }],
		['it is still off', { ...healthy, enabled: false }],
		[
			'its events are still others and its state is not understood',
			{ ...healthy, eventTypes: [], enabled: undefined },
		],
	])('ends in a replacement if %s', (_why, current) => {
		expect(afterUpdate(wanted, { action: 'update', current, obsolete: [foreign.id] })).toEqual({
			action: 'create',
			obsolete: [foreign.id, current.id],
		});
	});

	it('ends there if only its state is not understood, since that of a new one would not be either', () => {
		const current = { ...healthy, enabled: undefined };
		expect(afterUpdate(wanted, { action: 'update', current, obsolete: [] })).toEqual({
			action: 'keep',
			current,
			obsolete: [],
		});
	});
});

describe('a URL written in another way is ours', () => {
	it.each([
		['with a slash at its end', `${URL}/`],
		['with the host in capitals', URL.replace('n8n.example.com', 'N8N.Example.COM')],
		['with the default port', URL.replace('.com', '.com:443')],
	])('%s', (_how, url) => {
		const current = { ...healthy, url };
		expect(reconcile(wanted, stored, [current])).toMatchObject({ action: 'keep', current });
	});

	it('and so it is if the CRM does not say it, of the very id that was made here with this key', () => {
		const unsaid = { ...healthy, url: '' };
		expect(reconcile(wanted, stored, [unsaid])).toMatchObject({ action: 'keep', current: unsaid });
		for (const other of [undefined, placeless, elsewhere, otherAccount, { ...stored, id: '8' }]) {
			expect(reconcile(wanted, other, [unsaid])).toMatchObject({ action: 'create' });
			expect(ownSubscriptions(wanted, other, [unsaid])).toEqual([]);
		}
	});
});

describe('of the very id that was made here with this key, the shown text is ours', () => {
	it.each([
		['with its end masked', URL.replace('/1/webhook', '/***')],
		['with its middle masked', URL.replace('/1/', '/…/')],
		['with dots for its end', URL.replace('/1/webhook', '/...')],
		['masked as a whole', '••••••'],
		['cut', URL.slice(0, -3)],
		['in capitals', URL.toUpperCase()],
		['with http for https', URL.replace('https', 'http')],
		['without a scheme, with a slash at its end', `${URL.replace('https://', '')}/`],
		['with the default port, masked', `${URL.slice(0, -10).replace('.com', '.COM')}***`],
	])('%s', (_how, url) => {
		const at = { ...wanted, url: URL.replace('.com', '.com:443') };
		const shown = { ...healthy, url };
		expect(reconcile(wanted, stored, [shown])).toMatchObject({ action: 'keep', current: shown });
		expect(reconcile(at, stored, [shown])).toMatchObject({ action: 'keep', current: shown });
		expect(leftBehind(here, stored, [shown])).toBeUndefined();
		for (const other of [undefined, placeless, elsewhere, otherAccount, { ...stored, id: '8' }]) {
			expect(ownSubscriptions(wanted, other, [shown])).toEqual([]);
		}
	});

	it.each([
		['of another trigger', URL.replace('/1/', '/2/')],
		['of another trigger, in capitals, with http for https', 'HTTP://N8N.EXAMPLE.COM/WEBHOOK/2/WEBHOOK'],
		['of another trigger, cut', URL.replace('/1/webhook', '/2/web')],
		['of another host, masked', 'https://elsewhere.example.com/***'],
		['that goes on after ours', `${URL}/more`],
		['that goes on after ours, masked', `${URL}/more/***`],
	])('but not if it is one %s: a CRM that was reset gives old ids again', (_what, url) => {
		const shown = { ...healthy, url };
		expect(ownSubscriptions(wanted, stored, [shown])).toEqual([]);
		expect(reconcile(wanted, stored, [shown])).toMatchObject({ action: 'create', obsolete: [] });
		expect(leftBehind(here, stored, [shown])).toMatchObject({ why: 'other address' });
	});
});

describe('a subscription that is not ours', () => {
	it.each([
		['at a URL that only begins like ours', `${URL}/other`],
		['at the test URL', URL.replace('/webhook/', '/webhook-test/')],
		['at our path in another case', URL.replace('/webhook/', '/Webhook/')],
		['at our URL with a query', `${URL}?to=1`],
		['at our URL with two slashes at its end', `${URL}//`],
		['at our URL with a fragment', `${URL}#1`],
		['at our URL over plain HTTP', URL.replace('https', 'http')],
		['at our URL on another port', URL.replace('.com', '.com:8443')],
		['at our URL with a user', URL.replace('https://', 'https://user@')],
		['at a host that ends like ours', URL.replace('n8n.', 'my-n8n.')],
		['at what is no URL', 'n8n'],
		['at no URL at all', ''],
	])('%s is never touched, whatever its id', (_where, url) => {
		for (const id of ['7', '9']) {
			for (const known of [undefined, placeless, elsewhere, otherAccount]) {
				expect(reconcile(wanted, known, [{ ...foreign, id, url }])).toMatchObject({
					action: 'create',
					obsolete: [],
				});
			}
		}
	});

	it('is not one whose URL the CRM does not say, where ours is unknown', () => {
		expect(reconcile({ ...wanted, url: '' }, undefined, [{ ...foreign, url: '' }])).toMatchObject({
			obsolete: [],
		});
	});
});

describe('what is left alone and told', () => {
	const moved = { ...healthy, url: elsewhere.place.url };

	it('is a subscription at the address where n8n was, or where the original of its database is', () => {
		for (const known of [
			elsewhere,
			placeless,
			{ ...elsewhere, place: { ...elsewhere.place, account: 'b' } },
		]) {
			const left = { id: '7', why: 'other address', url: moved.url };
			expect(leftBehind(here, known, [moved])).toEqual(left);
			expect(reconcile(wanted, known, [moved])).toEqual({ action: 'create', obsolete: [], leftBehind: left });
		}
	});

	it('is one that was made with another key and is not here, whoever has its id here', () => {
		const left = { id: '7', why: 'other account', baseUrl: here.baseUrl };
		expect(leftBehind(here, otherAccount, [])).toEqual(left);
		expect(leftBehind(here, otherAccount, [{ ...foreign, id: '7' }])).toEqual(left);
	});

	it('is one of this account that no longer has our URL', () => {
		expect(leftBehind(here, stored, [{ ...healthy, url: foreign.url }])).toMatchObject({
			why: 'other address',
		});
	});

	it('is none that is at our URL, or gone', () => {
		for (const known of [undefined, stored, placeless, otherAccount]) {
			expect(leftBehind(here, known, [healthy])).toBeUndefined();
		}
		for (const known of [undefined, stored, placeless, elsewhere]) {
			expect(leftBehind(here, known, [foreign])).toBeUndefined();
		}
	});
});

it('a left-over at our URL is removed beside the one that is kept', () => {
	const leftOver = { ...healthy, id: '6' };
	expect(reconcile(wanted, stored, [leftOver, healthy])).toEqual({
		action: 'keep',
		current: healthy,
		obsolete: [leftOver.id],
	});
});
