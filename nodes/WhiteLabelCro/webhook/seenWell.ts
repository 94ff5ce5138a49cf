import type { ITriggerFunctions, IHookFunctions } from 'n8n-workflow';

import { changeSubscription } from '../api/subscriptions';
import type { Subscription } from '../transport/contract';
import type { Api } from '../transport/request';

/**
 * Up to when nothing is missing: every event created before was accepted, or the trigger did not want it. It outlives a
 * restart of n8n in the subscription's own description, since n8n stores nothing that a trigger only notes.
 */
export interface SeenWell {
	/** By the CRM's clock, in milliseconds. */
	at: number;
	/** Where in the event log to look for what came later, if that is known. */
	cursor?: string;
}

/**
 * The CRM's time now, in milliseconds, rather a second or two too early than too late.
 * @param ahead how far its clock is ahead of this process's at least, as its answers tell
 */
export function crmNow({ ahead }: { ahead: number }): number {
	return crmTime(Date.now(), { ahead });
}

/** The same for another moment. */
export function crmTime(ms: number, { ahead }: { ahead: number }): number {
	return Math.floor((ms + ahead) / 1000) * 1000;
}

/** A longer one makes the description unreadable, or the CRM may cut it off. */
const LONGEST_CURSOR = 100;

/** What a subscription is described as, for the people who see it in the CRM. */
export function describe(context: IHookFunctions | ITriggerFunctions, seenWell?: SeenWell): string {
	const { id: workflowId = 'unsaved', name = 'unnamed' } = context.getWorkflow();
	const purpose = context.getMode() === 'manual' ? 'test' : 'production';
	const description = `n8n workflow "${name}" (${workflowId}), ${purpose}`;
	if (seenWell === undefined) return description;
	const { at, cursor = '' } = seenWell;
	const time = new Date(at).toISOString().replace(/\.\d+/, '');
	const place =
		/^\S+$/.test(cursor) && cursor.length <= LONGEST_CURSOR ? `, event log read to ${cursor}` : '';
	return `${description}, last seen well ${time}${place}`;
}

/** What a description tells, or undefined. */
export function readSeenWell(description = ''): SeenWell | undefined {
	const [, time = '', cursor] =
		/, last seen well (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)(?:, event log read to (\S+))?$/.exec(description) ??
		[];
	const at = Date.parse(time);
	return Number.isNaN(at) ? undefined : { at, cursor };
}

/** Keeps it where the subscription is. @throws NodeApiError if the API does not let it */
export async function writeSeenWell(
	context: ITriggerFunctions,
	api: Api,
	subscription: Subscription,
	seenWell: SeenWell,
): Promise<void> {
	await changeSubscription(api, subscription, { description: describe(context, seenWell) });
}
