/** What triggers with one key ask the CRM for once, however many they are. */
import { fetchPage } from '../../api/events';
import { listSubscriptions } from '../../api/subscriptions';
import { BoundedMap } from '../../helpers/boundedMap';
import type { EventPage, Subscription } from '../../transport/contract';
import type { Api } from '../../transport/request';
import { CHECK_INTERVAL_MS, EARLY_MS } from './interval';

/** How long an answer serves all triggers with the same key by default: never until the next check. */
const AGE_MS = Math.min(60_000, CHECK_INTERVAL_MS - 2 * EARLY_MS);
const MAX_ACCOUNTS = 1000;
const MAX_PAGES = 50;

/** The subscriptions of an account. */
export interface SubscriptionList {
	/** When it was asked for, by this process's clock, and how far the CRM's was ahead at least: in milliseconds. */
	at: number;
	ahead: number;
	held: Subscription[];
}

/** Where an event log ended, and when: by the CRM's clock, in milliseconds. */
export interface LogEnd {
	cursor: string;
	at: number;
}

/** What was asked for, and when. */
interface Asked<T> {
	at: number;
	answer: Promise<T>;
}

const lists = new BoundedMap<string, Asked<SubscriptionList>>(MAX_ACCOUNTS);
const pages = new BoundedMap<string, Asked<EventPage>>(MAX_PAGES);
const ends = new BoundedMap<string, LogEnd>(MAX_ACCOUNTS);

/** The account's subscriptions, at most this old. @throws NodeApiError */
export async function listOf(api: Api, ageMs = AGE_MS): Promise<SubscriptionList> {
	const ask = async (at: number) => {
		const held = await listSubscriptions(api);
		return { at, ahead: api.leastDateOffset, held };
	};
	return await shared(lists, api.account, ageMs, ask).answer;
}

/** Forgets an account's list, which is changed. */
export function forgetListOf(account: string): void {
	lists.delete(account);
}

/** Reads the event log's pages, at most this old. */
export class CachedLog {
	/** When the oldest page that was read was asked for, by this process's clock, in milliseconds. */
	askedAt = Infinity;

	constructor(private readonly ageMs = AGE_MS) {}

	/** @throws NodeApiError */
	readonly fetch: typeof fetchPage = async (api, wanted) => {
		const name = JSON.stringify([api.account, wanted]);
		const { at, answer } = shared(pages, name, this.ageMs, () => fetchPage(api, wanted));
		this.askedAt = Math.min(this.askedAt, at);
		return await answer;
	};
}

function shared<T>(
	known: Map<string, Asked<T>>,
	name: string,
	ageMs: number,
	ask: (now: number) => Promise<T>,
): Asked<T> {
	const last = known.get(name);
	const now = Date.now();
	if (last !== undefined && now >= last.at && now - last.at < ageMs) return last;
	const asked = { at: now, answer: ask(now) };
	known.set(name, asked);
	asked.answer.catch(() => known.delete(name));
	return asked;
}

/** Notes where the log of an account ends, for a trigger that wants only what comes after. */
export function noteEnd(account: string, end: LogEnd): void {
	ends.set(account, end);
}

/** Where the log of an account ended at a moment or before; undefined if that is not known. */
export function endBefore(account: string, at: number): LogEnd | undefined {
	const end = ends.get(account);
	return end !== undefined && end.at <= at ? end : undefined;
}
