import type { IPollFunctions } from 'n8n-workflow';

import { resetCursor } from '../api/eventCursor';
import type { EventCursor } from '../api/eventCursor';
import { accounts } from '../client/account';
import { isObject } from '../contract/json';
import { triggerKey } from '../events/context';

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
export type Position = EventCursor & LogOwner & { /** How often it was saved. */ saves?: number };

/**
 * The position after the last poll, or undefined before the first. Other nodes may have put back an older one into the
 * static data. So the newest that n8n ever gave back goes: it was stored with the events before it, as one that was only saved
 * may not have been.
 */
export function loadPosition(context: IPollFunctions): Position | undefined {
	const { position } = context.getWorkflowStaticData('node');
	const stored = isObject(position) ? (position as unknown as Position) : undefined;
	const key = triggerKey(context);
	const known = accounts.pollPositions.get(key);
	const newest = (known?.saves ?? 0) > (stored?.saves ?? 0) ? (known as Position) : stored;
	if (newest === undefined) return undefined;
	accounts.pollPositions.set(key, { ...newest });
	return { ...newest };
}

export function savePosition(context: IPollFunctions, position: Position): void {
	const known = accounts.pollPositions.get(triggerKey(context));
	const saves = Math.max(position.saves ?? 0, known?.saves ?? 0) + 1;
	context.getWorkflowStaticData('node').position = { ...position, saves };
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
