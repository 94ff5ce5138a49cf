import type { IDataObject } from 'n8n-workflow';

import type { ApiClient } from '../client/apiClient';
import { inputError } from '../client/errors';
import { newestEventId, readCompanyId, readEventPage } from '../contract/events';
import type { EventPage } from '../contract/events';
import { PATHS } from '../contract/paths';
import { takePage } from './eventCursor';
import type { EventCursor } from './eventCursor';

/** How many events one call asks for. */
const EVENTS_PER_PAGE = 100;
/** After how many pages in a row without a new event the log counts as endless. */
const MAX_BARREN_PAGES = 100;

interface Wanted {
	/** Only these event types; all if empty. */
	types: string[];
	itemIndex?: number;
}

/**
 * The new events of the log from a position on, page by page, until its end or as many as are wanted. The position moves
 * with each page before it is handed out, so that whoever stops in between goes on from there.
 * @param wanted `most`: how many events in all; no limit if left out; `fetch`: what fetches a page
 * @throws NodeApiError if a page cannot be read, NodeOperationError if the log does not come to an end
 */
export async function* readEvents(
	api: ApiClient,
	position: EventCursor,
	{ most = Infinity, fetch = fetchPage, ...wanted }: Wanted & { most?: number; fetch?: typeof fetchPage },
): AsyncGenerator<IDataObject[]> {
	const asked = new Set<string | undefined>();
	let left = most;
	let barren = 0;
	let lastIdBefore: string | undefined;
	for (let hasMore = true; hasMore && left > 0; ) {
		if (asked.has(position.cursor) || barren === MAX_BARREN_PAGES) {
			position.rereading = true;
			throw inputError(
				api.node,
				"WhiteLabelCRO's event log does not come to an end",
				"It repeats itself, or returns page after page without a new event. If you chose 'Event Types', leave it empty and filter the events afterward. If you didn't, tell WhiteLabelCRO's support.",
				wanted.itemIndex,
			);
		}
		asked.add(position.cursor);
		// On a page that is read again, the first events are known already.
		const limit = position.rereading === true ? EVENTS_PER_PAGE : Math.min(EVENTS_PER_PAGE, left);
		const page = await fetch(api, { ...wanted, cursor: position.cursor, limit });
		const lastId = newestEventId(page.events);
		// A server that ignores the cursor gives the same page again.
		const isRepeated = lastId !== undefined && lastId === lastIdBefore;
		if (isRepeated) position.rereading = true;
		barren = lastId === undefined || isRepeated ? barren + 1 : 0;
		lastIdBefore = lastId;
		const taken = takePage(position, page, left);
		left -= taken.events.length;
		hasMore = taken.hasMore;
		yield taken.events;
	}
}

/**
 * Whose log the API key reads, by the first event of its first page that tells it, and whether it holds any event.
 * @throws NodeApiError
 */
export async function identifyLog(
	api: ApiClient,
	fetch = fetchPage,
): Promise<{ companyId?: string; isEmpty: boolean }> {
	const { events } = await fetch(api, { types: [], limit: EVENTS_PER_PAGE });
	const companyId = events.map(readCompanyId).find((id) => id !== undefined);
	return { companyId, isEmpty: events.length === 0 };
}

/** One page of the event log, from a cursor on. @throws NodeApiError */
export async function fetchPage(
	api: ApiClient,
	{ cursor, types, limit, itemIndex }: Wanted & { cursor?: string; limit: number },
): Promise<EventPage> {
	return await api.request({
		method: 'GET',
		path: PATHS.events,
		query: { limit, ...(cursor && { cursor }), ...(types.length > 0 && { types: types.join(',') }) },
		itemIndex,
		read: readEventPage,
	});
}
