import type { EventCursor } from '../../api/eventCursor';

/** No cursor of WhiteLabelCRO's own is taken for one of these. */
const OURS = 'wlcro-position.';

/**
 * A position as a text that a later run can go on from: the CRM's own cursor where that says it all, else one of ours, that
 * also names the last event that was given. Empty at the beginning of the log.
 */
export function toCursorText({ cursor, lastId, rereading }: EventCursor): string {
	if (rereading !== true || lastId === undefined) return cursor ?? '';
	return OURS + Buffer.from(JSON.stringify([lastId, cursor])).toString('base64url');
}

/** The position that a text stands for: one of `toCursorText`, or a cursor of the CRM's. Empty for the beginning of the log. */
export function fromCursorText(text: string): EventCursor {
	const [lastId, cursor] = text.startsWith(OURS) ? parse(text.slice(OURS.length)) : [];
	if (typeof lastId !== 'string') return { cursor: text === '' ? undefined : text };
	return { lastId, cursor: typeof cursor === 'string' ? cursor : undefined, rereading: true };
}

function parse(text: string): unknown[] {
	try {
		const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
		return Array.isArray(value) ? value : [];
	} catch {
		return [];
	}
}
