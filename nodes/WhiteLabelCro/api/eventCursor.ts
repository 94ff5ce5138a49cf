import type { IDataObject } from 'n8n-workflow';

import { isExactId, newestEventId, readEventTime } from '../contract/events';
import type { EventPage } from '../contract/events';

/** Where a reader of the event log stands: plain data, to be stored between two readings. */
export interface EventCursor {
	/** Where the next page begins; undefined for the beginning of the log. */
	cursor?: string;
	/** The newest event that was read. D: ids are integers. A: they ascend. */
	lastId?: string;
	/** The cursor points before events that were read already: those up to `lastId` are passed over. */
	rereading?: boolean;
	/** Events created before this moment are passed over, for good. In milliseconds, by the CRM's clock. */
	since?: number;
}

/**
 * Takes the new events out of the page that was read from a position, and moves the position past them.
 * @param most how many are wanted at most; the others stay for the next reading
 * @returns the new events, oldest first, and whether more may wait behind the page
 */
export function takePage(
	position: EventCursor,
	page: EventPage,
	most: number,
): { events: IDataObject[]; hasMore: boolean } {
	const { nextCursor, hasMore } = page;
	const moved = nextCursor !== undefined && nextCursor !== position.cursor;
	// Handed back the cursor it was asked with, the reader may be given the same events again.
	if (nextCursor !== undefined && !moved) position.rereading = true;
	const fresh = page.events.filter((row) => isNew(position, row));
	if (fresh.length > most) {
		// The page is longer than wanted, and its cursor would skip what is cut off: it is read once more.
		const events = fresh.slice(0, most);
		noteNewest(position, events);
		position.rereading = true;
		return { events, hasMore: false };
	}

	noteNewest(position, page.events);
	if (moved) position.cursor = nextCursor;
	if (!moved && page.events.length > 0) {
		position.rereading = true;
	} else if (nextCursor !== undefined && (hasMore === false || !moved)) {
		// The end of the log, with a cursor to wait there: whatever comes after it is new.
		position.rereading = undefined;
	}
	// A page that does not say whether more follow is the last if it is empty or leads nowhere.
	const mayFollow = hasMore ?? (moved && page.events.length > 0);
	return { events: fresh, hasMore: mayFollow && nextCursor !== undefined };
}

/** Back to the beginning of the log, to pass over what was read before. */
export function resetCursor(position: EventCursor): void {
	position.cursor = undefined;
	position.rereading = true;
}

function isNew({ rereading, lastId, since }: EventCursor, row: IDataObject): boolean {
	if (lastId !== undefined) {
		const id = newestEventId([row]);
		// A cursor may point at the last event, or behind it. An id below it tells nothing: one may be committed late.
		if (id === lastId && isExactId(row.id)) return false;
		if (rereading === true && !isLater(id, lastId)) return false;
	}
	// An event that does not say when it was created is given, not lost.
	return since === undefined || (readEventTime(row) ?? since) >= since;
}

function noteNewest(position: EventCursor, rows: IDataObject[]): void {
	const newest = newestEventId(rows);
	if (newest === undefined || (position.lastId !== undefined && !isLater(newest, position.lastId))) return;
	position.lastId = newest;
	position.rereading = undefined;
}

/** Ids may be too wide for a number: of two, the longer is the later one, as of whole numbers. A row without an id is not later. */
function isLater(id: string | undefined, than: string): boolean {
	if (id === undefined) return false;
	return id.length === than.length ? id > than : id.length > than.length;
}
