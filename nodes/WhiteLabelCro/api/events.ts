import { PATHS, readEventPage } from '../transport/contract';
import type { EventPage } from '../transport/contract';
import type { Api } from '../transport/request';

/** How many events one call asks for. */
export const EVENTS_PER_PAGE = 100;

/**
 * One page of the event log.
 * @param wanted `cursor`: where it begins, the beginning of the log if left out; `types`: only these, all if empty
 * @throws NodeApiError
 */
export async function fetchEvents(
	api: Api,
	wanted: { cursor?: string; types: string[]; limit: number; itemIndex?: number },
): Promise<EventPage> {
	const { cursor, types, limit, itemIndex } = wanted;
	return await api.request({
		method: 'GET',
		path: PATHS.events,
		query: { limit, ...(cursor && { cursor }), ...(types.length > 0 && { types: types.join(',') }) },
		itemIndex,
		read: (body) => readEventPage(body, limit),
	});
}
