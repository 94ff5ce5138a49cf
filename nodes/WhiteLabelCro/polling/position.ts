import type { IPollFunctions } from 'n8n-workflow';

import { isObject, readEnvelope } from '../transport/contract';
import type { EventEnvelope, EventPage } from '../transport/contract';

/** Where in the event log a polling trigger stands. It is kept in the node's static data between polls. */
export interface Position {
	/** The API it was read from: another's log has other events. */
	baseUrl?: string;
	/** Where the next page begins; undefined for the beginning of the log. */
	cursor?: string;
	/** The newest event that was read. D: ids are integers. A: they ascend. */
	lastId?: string;
	/** The cursor points before events that were read already: those up to `lastId` are passed over. */
	rereading?: boolean;
	/** Until the end of the log is first reached, events created before this moment (milliseconds) are passed over. */
	since?: number;
}

/** The stored position; the one to begin with if there is none, or only one in the log of another API. */
export function loadPosition(context: IPollFunctions, baseUrl: string): Position {
	const { position } = context.getWorkflowStaticData('node');
	return isObject(position) && position.baseUrl === baseUrl ? { ...(position as Position) } : { baseUrl };
}

export function savePosition(context: IPollFunctions, position: Position): void {
	context.getWorkflowStaticData('node').position = { ...position };
}

/** Whether an event was neither emitted before nor created before the trigger was first published. */
export function isNew({ rereading, lastId, since }: Position, { id, createdUtc }: EventEnvelope): boolean {
	if (rereading === true && lastId !== undefined && !isLater(String(id), lastId)) return false;
	// An event that does not say when it was created is rather emitted than lost.
	return since === undefined || !(Date.parse(createdUtc ?? '') < since);
}

/** Moves the position behind a page. @returns whether more wait behind it */
export function movePast(position: Position, { events, nextCursor, hasMore }: EventPage): boolean {
	// A row that is no event has no id to go by.
	const last = readEnvelope(events.findLast((row) => readEnvelope(row) !== undefined));
	if (last !== undefined && (position.lastId === undefined || isLater(String(last.id), position.lastId))) {
		position.lastId = String(last.id);
		position.rereading = undefined;
	}
	const moved = nextCursor !== undefined && nextCursor !== position.cursor;
	if (moved) position.cursor = nextCursor;
	if (hasMore && moved) return true;
	// The end of the log: from here on everything is new, but for a last page that gives no cursor behind it.
	position.since = undefined;
	if (moved) position.rereading = undefined;
	else if (events.length > 0) position.rereading = true;
	return false;
}

/** Back to the beginning of the log, to pass over what was read before. */
export function rewind(position: Position): void {
	position.cursor = undefined;
	position.rereading = true;
}

/** Ids are 64 bits wide, so they are compared as such; others by length and text. */
function isLater(id: string, than: string): boolean {
	if (/^\d+$/.test(id) && /^\d+$/.test(than)) return BigInt(id) > BigInt(than);
	return id.length === than.length ? id > than : id.length > than.length;
}
