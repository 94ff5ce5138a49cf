/**
 * What this process knows of accounts, that is of a Base URL and a key: the only state of the package beside the triggers'.
 *
 * - It holds the 1,000 accounts used last, each by a digest of Base URL and key, never by the key: its queues, where its
 *   searches are, its list of subscriptions (for a minute), and where its event log ended. The one that was not used the
 *   longest goes; what is in use is used with every call.
 * - What may be large is bounded for all accounts together: the IDs that creations got, the IDs that Create or Update wrote
 *   lately (they count for ten seconds), the runs that Retry On Fail may repeat, pages of event logs (for a minute), where
 *   polling triggers got to, and what they were set to.
 * - Locks of records are by Base URL, since two keys may be one company's. Each goes with the last that waits for it, as a poll
 *   goes with its end.
 * - A restart of n8n, and a reload of this module when n8n updates the package, forget all of it: then a search is found again,
 *   answers are asked for again, and runs that are under way keep apart from later ones. Each n8n process has its own.
 */
import type { IDataObject } from 'n8n-workflow';

import type { EventPage } from '../contract/events';
import type { Bucket } from '../contract/paths';
import type { Subscription } from '../contract/subscriptions';
import { BoundedMap } from '../helpers/boundedMap';
import type { UnconfirmedWrite } from './errors';
import { RateLimiter } from './rateLimiter';
import type { KeyWindows } from './rateLimiter';
import { RequestQueue } from './requestQueue';

const MAX_ACCOUNTS = 1000;
const MAX_WRITTEN = 10_000;
/** Each holds the results of its own items only. */
const MAX_RETRY_RUNS = 100;
const MAX_PAGES = 50;
const MAX_POLLING_TRIGGERS = 10_000;

/** What is known of one account. */
interface AccountState {
	/** The calls that wait for its rate limit, and what is known of that; all executions of this process share them. */
	queues: Map<Bucket, RequestQueue>;
	/** Of all its queues, since windows of all buckets of a key are of one length (D): whichever hears of it tells the others. */
	windows: KeyWindows;
	/** How far the CRM's clock was ahead of this process's by its last answer, in milliseconds, to a second or two. */
	clockAhead?: number;
	/** Whether the API itself has done what it was asked with these: the Base URL is right. */
	hasAnswered?: true;
	/** At which path each kind of record was last searched for with success, by kind: most likely it still is. */
	searchPaths: Map<string, string>;
	/** Whether its search for clients finds leads, too, once that is known, and how often a new lead was searched for to know it. */
	clientSearchFindsLeads?: boolean;
	clientSearchTries: number;
	subscriptions?: Asked<SubscriptionList>;
	logEnd?: LogEnd;
}

/** What was asked for, and when. */
export interface Asked<T> {
	at: number;
	answer: Promise<T>;
}

/** The subscriptions of an account. */
export interface SubscriptionList {
	/** When it was asked for, by this process's clock, and how far the CRM's was ahead at least: in milliseconds. */
	at: number;
	ahead: number;
	held: Subscription[];
}

/** Where an event log ended, and when: by the CRM's clock, in milliseconds. */
interface LogEnd {
	cursor: string;
	at: number;
}

/** What the tries of one run of a node have done, while n8n may still run the node again. */
export interface RetryRun {
	outcomes: Map<string, ItemOutcome>;
	/** The IDs of the records that its items have written, by the keys they were matched by. */
	upsertedIds: Map<string, number>;
}

/**
 * What became of an item: what it gave, or a write that may have taken effect, with its error's own words: a run that fails
 * adds to them how far it came.
 */
type ItemOutcome =
	| { results: IDataObject[] }
	| { unconfirmed: UnconfirmedWrite; description: UnconfirmedWrite['description'] };

class Accounts {
	private readonly states = new BoundedMap<string, AccountState>(MAX_ACCOUNTS);

	/** The records that creations of this process got, by account and ID: none of them is another creation's. */
	readonly createdIds = new BoundedMap<string, true>(MAX_WRITTEN);

	/** What this process wrote lately: ID and time, by a digest of account and key. */
	readonly upsertedIds = new BoundedMap<string, { id: number; at: number }>(MAX_WRITTEN);

	/** By the run's name. */
	readonly retryRuns = new BoundedMap<string, RetryRun>(MAX_RETRY_RUNS);

	/** By account and what was asked for. */
	readonly eventPages = new BoundedMap<string, Asked<EventPage>>(MAX_PAGES);

	/** For each key of a record the end of the last that waits for it (see KeyedLock). */
	readonly locks = new Map<string, Promise<void>>();

	/** Where each polling trigger got to, by its key (see position.ts). */
	readonly pollPositions = new BoundedMap<string, { saves?: number }>(MAX_POLLING_TRIGGERS);

	/** What each polling trigger was set to, and when, by its key (see polling/choices.ts). */
	readonly pollChoices = new BoundedMap<string, Array<{ since: number }>>(MAX_POLLING_TRIGGERS);

	/** The polling triggers that read an event log now: n8n starts a poll although the last one still reads, and both would emit the same. */
	readonly polls = new Set<string>();

	/** The state of an account. @param account see Api.account */
	of(account: string): AccountState {
		const state = this.states.get(account) ?? {
			queues: new Map<Bucket, RequestQueue>(),
			windows: {},
			searchPaths: new Map<string, string>(),
			clientSearchTries: 0,
		};
		this.states.set(account, state);
		return state;
	}

	/** The queue of one bucket of an account. */
	queueOf(account: string, bucket: Bucket): RequestQueue {
		const { queues, windows } = this.of(account);
		// People only read and publish: workflows need not wait for them when they write.
		const queue = queues.get(bucket) ?? new RequestQueue(new RateLimiter(bucket !== 'write', windows));
		queues.set(bucket, queue);
		return queue;
	}
}

export const accounts = new Accounts();
