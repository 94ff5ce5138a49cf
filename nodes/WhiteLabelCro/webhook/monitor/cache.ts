/** What triggers with one key ask the CRM for once, however many they are. */
import { fetchPage } from '../../api/events';
import { listSubscriptions } from '../../api/subscriptions';
import { accounts } from '../../client/account';
import type { Asked, SubscriptionList } from '../../client/account';
import type { ApiClient } from '../../client/apiClient';
import { CHECK_INTERVAL_MS, EARLY_MS } from './interval';

/** How long an answer serves all triggers with the same key by default: never until the next check. */
const AGE_MS = Math.min(60_000, CHECK_INTERVAL_MS - 2 * EARLY_MS);

/** The account's subscriptions, at most this old. @throws NodeApiError */
export async function listOf(api: ApiClient, ageMs = AGE_MS): Promise<SubscriptionList> {
	const state = accounts.of(api.account);
	const { subscriptions } = state;
	if (subscriptions !== undefined && isFresh(subscriptions, ageMs)) return await subscriptions.answer;
	const at = Date.now();
	const ask = async () => ({ held: await listSubscriptions(api), at, ahead: api.leastDateOffset });
	const asked = { at, answer: ask() };
	state.subscriptions = asked;
	asked.answer.catch(() => {
		if (state.subscriptions === asked) state.subscriptions = undefined;
	});
	return await asked.answer;
}

/** Forgets an account's list, which is changed. */
export function forgetListOf(account: string): void {
	accounts.of(account).subscriptions = undefined;
}

/** Reads the event log's pages, at most this old. */
export class CachedLog {
	/** When the oldest page that was read was asked for, by this process's clock, in milliseconds. */
	askedAt = Infinity;

	constructor(private readonly ageMs = AGE_MS) {}

	/** @throws NodeApiError */
	readonly fetch: typeof fetchPage = async (api, wanted) => {
		const name = JSON.stringify([api.account, wanted]);
		const { eventPages } = accounts;
		const known = eventPages.get(name);
		const isKnown = known !== undefined && isFresh(known, this.ageMs);
		const { at, answer } = isKnown ? known : { at: Date.now(), answer: fetchPage(api, wanted) };
		if (!isKnown) {
			eventPages.set(name, { at, answer });
			answer.catch(() => eventPages.delete(name));
		}
		this.askedAt = Math.min(this.askedAt, at);
		return await answer;
	};
}

function isFresh({ at }: Asked<unknown>, ageMs: number): boolean {
	const now = Date.now();
	return now >= at && now - at < ageMs;
}
