// Polling the event log and making test events (contract section 4).
import type { Dialect } from '../dialect.mts';
import { type FieldErrors, invalid } from '../errors.mts';
import type { EventEnvelope } from '../store/model.mts';
import { isEventType } from '../store/samples.mts';
import { Fields } from './fields.mts';
import type { Call, Crm, Route } from './route.mts';

/** The two event routes. */
export function eventRoutes(crm: Crm): Route[] {
	return [
		{
			method: 'GET',
			path: '/api/v1/events',
			scope: 'events:read',
			bucket: 'read',
			handle: (call) => ({ status: 200, body: page(crm, call) }),
		},
		{
			method: 'POST',
			path: '/api/v1/events/test',
			scope: 'admin',
			bucket: 'admin',
			handle({ body }) {
				const fields = new Fields(body);
				const type = fields.requiredText('type');
				const payload = fields.object('payload');
				const unknown = unknownTypes([type], crm.dialect);
				if (type && unknown) fields.problem('type', unknown);
				fields.check();
				const event = crm.raise(type, payload, { source: 'test' });
				return { status: 201, body: event };
			},
		},
	];
}

/** Why these event types are refused; nothing if every one is known or the dialect takes any. */
export function unknownTypes(types: readonly string[], dialect: Dialect): string | undefined {
	const unknown = types.filter((type) => !isEventType(type));
	if (unknown.length === 0 || dialect.unknownEventTypes === 'accepted') return undefined;
	return `unknown event type ${unknown.join(', ')}`;
}

/** One page of the log; the cursor stands behind the last event that was looked at, wanted or not. */
function page({ store, dialect }: Crm, { query, companyId }: Call): unknown {
	const { after, limit, types } = readQuery(query, dialect);
	const events = store.shownAfter(companyId, after, dialect.eventLogDelayMs);
	const isWanted = ({ type }: EventEnvelope) => types.length === 0 || types.includes(type);
	const filteredFirst = dialect.eventsFiltered === 'before-paging';
	const candidates = filteredFirst ? events.filter(isWanted) : events;
	const paged = candidates.slice(0, limit);
	const items = paged.filter(isWanted);
	if (dialect.eventsList === 'array') return items;
	const hasMore = candidates.length > paged.length;
	const position = (hasMore ? paged : events).at(-1)?.id ?? after;
	const ended = !hasMore && dialect.eventsCursorAtEnd === 'null';
	const cursor = ended || position === undefined ? null : makeCursor(position, dialect.cursorEpoch);
	return {
		[dialect.eventsList]: items,
		[dialect.eventsCursorKey]: cursor,
		...(dialect.eventsMoreKey !== 'none' && { [dialect.eventsMoreKey]: hasMore }),
	};
}

function readQuery(query: Call['query'], dialect: Dialect) {
	const problems: FieldErrors = {};
	const limit = Number(query.limit ?? dialect.eventsPageSize);
	if (!Number.isInteger(limit) || limit < 1) problems.limit = ['must be a whole number above zero'];
	const types = (query.types ?? '').split(',').filter((type) => type !== '');
	const unknown = unknownTypes(types, dialect);
	if (unknown) problems.types = [unknown];
	const after = query.cursor ? readCursor(query.cursor, dialect) : undefined;
	if (query.cursor && after === undefined) problems.cursor = ['is not valid or has expired'];
	if (Object.keys(problems).length > 0) throw invalid(problems);
	const honored = dialect.eventsLimit === 'honored' ? limit : Infinity;
	return { after, limit: Math.min(honored, dialect.eventsPageSize), types };
}

function makeCursor(afterId: number, epoch: number): string {
	return Buffer.from(`${epoch}:${afterId}`).toString('base64url');
}

/** The id that the cursor stands behind; undefined for a cursor that was never made here or has expired. */
function readCursor(cursor: string, dialect: Dialect): number | undefined {
	// A bare array carries no cursor: the last event's id is the only position that its reader can know.
	if (dialect.eventsList === 'array' && /^\d+$/.test(cursor)) return Number(cursor);
	const id = Number(Buffer.from(cursor, 'base64url').toString().split(':')[1]);
	return Number.isInteger(id) && makeCursor(id, dialect.cursorEpoch) === cursor ? id : undefined;
}
