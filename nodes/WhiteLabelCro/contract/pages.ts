import type { IDataObject } from 'n8n-workflow';

import { CURSOR_NAMES, MORE_NAMES } from './events';
import { firstOf, isObject, nameIn, textOf } from './json';

/** A: under which names a page of a list tells the next one, its own place, and how much there is in all. */
export const PAGE_NAMES = {
	next: ['next', 'nextUrl', 'next_url', 'nextLink', 'next_link'],
	nextNumber: ['nextPage', 'next_page'],
	number: ['page', 'pageNumber', 'page_number', 'currentPage', 'current_page'],
	offset: ['offset', 'skip'],
	pages: ['totalPages', 'total_pages', 'pageCount', 'page_count', 'pages'],
	rows: ['total', 'totalCount', 'total_count'],
	/** What `next` may be instead of a text. */
	address: ['href', 'url'],
};

/** A: objects in an answer that may tell it in its place. */
export const PAGE_WRAPPERS = ['pagination', 'paging', 'meta', 'links', '_links'];

/**
 * The query that asks for the next page of a list; undefined if there is none. A: a `Link` header, a cursor, an address, a
 * number, or a flag tells it. Of an address only the query is taken: no key goes where it leads.
 * @param read how many rows were read, those of this page included, and the ID of the last
 */
export function readNextPage(
	body: unknown,
	headers: IDataObject,
	read: { rows: number; lastId?: string },
): IDataObject | undefined {
	const [, link] = /<([^>]*)>\s*;[^,<]*\brel="?next\b/i.exec(textOf(headers.link) ?? '') ?? [];
	if (link !== undefined) return queryOf(link);
	if (!isObject(body)) return undefined;
	const inner = PAGE_WRAPPERS.map((name) => body[name]).filter(isObject);
	const told = Object.assign({}, ...inner, body) as IDataObject;
	const more = firstOf(told, MORE_NAMES);
	if (more === false) return undefined;
	const number = numberIn(told, PAGE_NAMES.number);
	const next = nextIn(told);
	if (next !== undefined) return next;
	if (more !== true && !saysMore(told, read.rows, number)) return undefined;
	if (number !== undefined) return { page: number + 1 };
	const offset = nameIn(told, PAGE_NAMES.offset);
	// A page of events that names no cursor is followed in the same way.
	return offset === undefined ? { cursor: read.lastId } : { [offset]: read.rows };
}

/** The next page, where a page names it. */
function nextIn(told: IDataObject): IDataObject | undefined {
	const cursor = textOf(firstOf(told, CURSOR_NAMES));
	if (cursor !== undefined) return { cursor };
	const next = firstOf(told, PAGE_NAMES.next);
	const text = textOf(isObject(next) ? firstOf(next, PAGE_NAMES.address) : next);
	const number = typeof next === 'number' ? text : textOf(firstOf(told, PAGE_NAMES.nextNumber));
	const address = [text, number].find((each) => each !== undefined && /\?|^https?:/.test(each));
	if (address !== undefined) return queryOf(address);
	if (number !== undefined) return { page: number };
	return text === undefined ? undefined : { cursor: text };
}

/** Whether more follow; a page that tells its number and not how many there are leaves it to the next. */
function saysMore(told: IDataObject, read: number, number: number | undefined): boolean {
	const pages = numberIn(told, PAGE_NAMES.pages);
	if (pages !== undefined && number !== undefined) return number < pages;
	const rows = numberIn(told, PAGE_NAMES.rows);
	return rows === undefined ? number !== undefined : read < rows;
}

function numberIn(told: IDataObject, names: string[]): number | undefined {
	const text = textOf(firstOf(told, names)) ?? '';
	return /^\d+$/.test(text) ? Number(text) : undefined;
}

function queryOf(address: string): IDataObject | undefined {
	const [, query = ''] = /\?([^#]+)/.exec(address) ?? [];
	return query === '' ? undefined : Object.fromEntries(new URLSearchParams(query));
}
