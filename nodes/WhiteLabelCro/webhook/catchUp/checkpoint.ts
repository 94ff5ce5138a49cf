import { changeSubscription } from '../../api/subscriptions';
import type { Subscription } from '../../transport/contract';
import type { Api } from '../../transport/request';

/**
 * Until when nothing is missing: every earlier event was received, or the trigger did not want it. It outlives a restart of
 * n8n in the subscription's own description, since n8n stores nothing that a trigger only notes.
 */
export interface SeenWell {
	/** By the CRM's clock, in milliseconds. */
	at: number;
	/** Where in the event log to look for what came later, if that is known. */
	cursor?: string;
	/** The cursor also leads to what came before, which only its time tells. */
	isEarly?: boolean;
}

/** A longer one would leave no room for what the subscription is if the CRM cuts its description off. */
const LONGEST_CURSOR = 100;

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

/** What a description tells, or undefined. It comes first, so that it is there if the rest is cut off. */
export function readSeenWell(description = ''): SeenWell | undefined {
	const [, time = ''] = /^last seen well (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/.exec(description) ?? [];
	const [, word, cursor] = /^last seen well \S+, event log (read to|from) (\S+): /.exec(description) ?? [];
	const at = Date.parse(time);
	return Number.isNaN(at) ? undefined : { at, cursor, isEarly: word === 'from' };
}

/** What else a description says. */
export function withoutSeenWell(description = ''): string {
	return description.replace(/^last seen well [^\s,]+?Z(?:,.*?)?(?:: |$)/, '');
}

/**
 * Keeps it where the subscription is, beside what else is written there.
 * @param purpose what the subscription is, if nothing is written there
 * @returns the moment that it tells, in whole seconds @throws NodeApiError if the API does not let it
 */
export async function writeSeenWell(
	api: Api,
	subscription: Subscription,
	{ at, cursor = '', isEarly }: SeenWell,
	purpose: string,
): Promise<number> {
	const told = crmTime(at, { ahead: 0 });
	const others = withoutSeenWell(subscription.description);
	const time = new Date(told).toISOString().replace('.000', '');
	const place =
		/^\S+$/.test(cursor) && cursor.length <= LONGEST_CURSOR
			? `, event log ${isEarly === true ? 'from' : 'read to'} ${cursor}`
			: '';
	await changeSubscription(api, subscription, {
		description: `last seen well ${time}${place}: ${others || purpose}`,
	});
	return told;
}
