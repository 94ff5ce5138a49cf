import type { IPollFunctions } from 'n8n-workflow';

import { resetCursor } from '../api/eventCursor';
import type { EventCursor } from '../api/eventCursor';
import { isObject } from '../contract/json';

/** Whose event log it is. */
export interface LogOwner {
	/** The API it is read from: another's log has other events. */
	baseUrl: string;
	/** A digest of the API and the key. An older version did not store it. */
	account?: string;
	/** The company that its events belong to; undefined as long as no event told it. */
	companyId?: string;
}

/** Where in which event log a polling trigger stands. It is kept in the node's static data between polls. */
export type Position = EventCursor & LogOwner;

/** The stored position, or undefined before the first poll. */
export function loadPosition(context: IPollFunctions): Position | undefined {
	const { position } = context.getWorkflowStaticData('node');
	return isObject(position) ? { ...(position as unknown as Position) } : undefined;
}

export function savePosition(context: IPollFunctions, position: Position): void {
	context.getWorkflowStaticData('node').position = { ...position };
}

/**
 * The position to go on from in a log that is read with another credential than before, or for the first time.
 * With a renewed key, no event may be lost or repeated. The log of another company starts over.
 * @param now the moment from which on its events count, in milliseconds by the CRM's clock
 */
export function positionIn(
	{ isEmpty, ...log }: LogOwner & { isEmpty: boolean },
	stored: Position | undefined,
	now: number,
	fromBeginning: boolean,
): Position {
	if (stored?.baseUrl !== log.baseUrl) return { ...log, since: fromBeginning ? undefined : now };
	if (stored.account === undefined) return { ...stored, ...log };
	// Whoever owns it, an empty log has nothing to lose or repeat.
	if (stored.companyId === undefined || (log.companyId === undefined && !isEmpty)) {
		// Nobody knows whose cursor it is. In a new reading, ids and times tell what was read before.
		const position = { ...stored, ...log };
		resetCursor(position);
		return position;
	}
	return stored.companyId === log.companyId ? { ...stored, ...log } : { ...log, since: now };
}
