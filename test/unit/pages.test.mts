import { expect, it } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import { listSubscriptions } from '../../nodes/WhiteLabelCro/api/subscriptions.ts';
import type { ApiClient, ApiRequest } from '../../nodes/WhiteLabelCro/client/apiClient.ts';
import { readNextPage } from '../../nodes/WhiteLabelCro/contract/pages.ts';

const ADDRESS = 'https://elsewhere.example.com/api/v1/webhooks/subscriptions?page=2&size=20#top';
const asked = { page: '2', size: '20' };
const read = { rows: 40, lastId: '540' };

it.each<[string, unknown, IDataObject, IDataObject]>([
	['a header', [], { link: '</a?page=1>; rel="first", </a?page=3>; title="x"; rel=next' }, { page: '3' }],
	['a cursor', { nextCursor: 'a=' }, {}, { cursor: 'a=' }],
	['a cursor in snake_case, beside a flag', { next_cursor: 7, has_more: true }, {}, { cursor: '7' }],
	['a cursor in a wrapper', { meta: { cursor: 'x' } }, {}, { cursor: 'x' }],
	['a cursor under `next`', { next: 'x' }, {}, { cursor: 'x' }],
	['an address', { next: ADDRESS }, {}, asked],
	['a relative address', { next_page: '?page=2&size=20' }, {}, asked],
	['an address in links', { links: { self: '/a', next: '/a?cursor=b%3D' } }, {}, { cursor: 'b=' }],
	['an address as an object', { _links: { next: { href: ADDRESS } } }, {}, asked],
	['a number', { next: 2 }, {}, { page: '2' }],
	['a number that is named so', { nextPage: '2' }, {}, { page: '2' }],
	['its own number and how many pages there are', { page: 2, totalPages: 3 }, {}, { page: 3 }],
	['its own number and how many rows there are', { pagination: { page: 2, total: 41 } }, {}, { page: 3 }],
	['its own number alone', { page: 2, pageSize: 20 }, {}, { page: 3 }],
	['its own number and a flag', { page: 2, hasMore: true, totalPages: 2 }, {}, { page: 3 }],
	['where it begins and how many rows there are', { offset: 20, total: 41 }, {}, { offset: 40 }],
	['a flag alone', { hasMore: true }, {}, { cursor: '540' }],
])('the next page is asked for as %s tells it', (_what, body, headers, query) => {
	expect(readNextPage(body, headers, read)).toEqual(query);
});

it.each<[string, unknown, IDataObject]>([
	['a list', [], {}],
	['a list with a header of others', [], { link: '</a?page=1>; rel="prev", </a?page=2>; rel="last"' }],
	['nothing', null, {}],
	['an object that tells nothing', { data: [], count: 99 }, {}],
	['a flag, whatever the cursor', { hasMore: false, cursor: 'x', page: 1 }, {}],
	['no cursor', { nextCursor: null }, {}],
	['no address', { next: null, previous: ADDRESS }, {}],
	['an address without a query', { next: 'https://elsewhere.example.com/page/2' }, {}],
	['its number, which is the last', { page: 3, totalPages: 3, total: 99 }, {}],
	['how many rows there are: all were read', { page: 2, total: 40 }, {}],
])('there is none after %s', (_what, body, headers) => {
	expect(readNextPage(body, headers, read)).toBeUndefined();
});

/** The IDs on a CRM's pages, and how many of those were asked for. */
async function listed(page: (query: IDataObject | undefined, count: number) => unknown) {
	let calls = 0;
	const tryRequest = ({ query, read: reader }: ApiRequest<unknown>) =>
		Promise.resolve({ value: reader(page(query, ++calls), {}) });
	const held = await listSubscriptions({ tryRequest } as unknown as ApiClient);
	return { ids: held.map(({ id }) => id), calls };
}

it('a list that gives the same page again and again is read twice', async () => {
	const same = { items: [{ id: 1 }, { id: 2 }], hasMore: true };
	expect(await listed(() => same)).toEqual({ ids: ['1', '2'], calls: 2 });
});

it('a list without an end is read for 50 pages', async () => {
	const { ids, calls } = await listed((_query, count) => ({ items: [{ id: count }], nextCursor: count }));
	expect([ids.length, calls]).toEqual([50, 50]);
});
