import type { IDataObject, IRun, ITriggerFunctions } from 'n8n-workflow';

import { withTimeout } from '../helpers/withTimeout';

/** How long n8n takes at most to say that it cannot start an execution: it waits for its database. */
const REFUSED_WITHIN_MS = 60_000;

/**
 * Starts an execution with one item.
 * @param deduplicationKey by which n8n 2.41 and newer start it once, even after a restart; older ones ignore it
 * @returns whether n8n has it, as far as n8n tells. Told to tell, versions before 2.41 would end with an unhandled rejection.
 */
export async function startExecution(
	context: ITriggerFunctions,
	json: IDataObject,
	deduplicationKey?: string,
): Promise<boolean> {
	const data = [[{ json }]];
	if (context.emit.length < 4) {
		context.emit(data);
		return true;
	}
	const done = context.helpers.createDeferredPromise<IRun>();
	context.emit(data, undefined, done, deduplicationKey);
	try {
		await withTimeout(REFUSED_WITHIN_MS, done.promise);
		return true;
	} catch {
		return false;
	}
}
