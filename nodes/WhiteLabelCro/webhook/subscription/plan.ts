import type { Subscription } from '../../contract/subscriptions';

/** Where a subscription belongs: the address it delivers to, and the account that holds it. */
export interface Place {
	url: string;
	baseUrl: string;
	/** A digest of Base URL and API key: ids and secrets of one account mean nothing in another. */
	account: string;
}

/** What a trigger wants to hold in the CRM: one enabled subscription at its own URL for exactly these event types. */
export interface WantedSubscription extends Place {
	eventTypes: string[];
}

/** What is kept of a trigger's subscription. The CRM shows the secret once, so it is kept or lost. */
export interface StoredSubscription {
	id: string;
	/** Undefined if the CRM told none that could be read: then each delivery is confirmed by the event log. */
	secret?: string;
	/** Where it was registered; early versions of this package did not keep it. */
	place?: Place;
}

/** A stored subscription that nothing proves to be this trigger's now: it is left alone, and a person must be told. */
export type LeftBehind = { id: string } & (
	| { why: 'other address'; url: string }
	/** It was made with another API key, in whose account it may still be. */
	| { why: 'other account'; baseUrl: string }
);

/** What stands for the part of a URL that is kept secret. */
const MASK = /[*…•]|\.{3}/;

/** What has to be done so that exactly the wanted subscription is held. */
export type Plan = (
	| { action: 'create'; leftBehind?: LeftBehind }
	/** The healthy one can be kept, or the existing one changed in place. */
	| { action: 'keep' | 'update'; current: Subscription }
) & {
	/** The ids of others of ours, left behind by a lost id or a lost secret, or not listed: to be deleted. */
	obsolete: string[];
};

/**
 * The subscriptions that are this trigger's own: those that deliver to exactly its URL, and the one that this very key
 * registered there if what is shown of its URL may be ours. No other is ever touched, not even under the stored id: of another
 * account that is somebody else's, and of a copied database it is the original's.
 */
export function ownSubscriptions(
	here: Place,
	stored: StoredSubscription | undefined,
	held: Subscription[],
): Subscription[] {
	return held.filter((subscription) => isOwn(here, stored, subscription));
}

/**
 * The stored subscription, if it is not this trigger's own now and may still be held. Whether n8n has moved from the
 * address it was registered at, or is a copy of the one that still runs there, cannot be told from here.
 */
export function leftBehind(
	here: Place,
	stored: StoredSubscription | undefined,
	held: Subscription[],
): LeftBehind | undefined {
	if (stored === undefined) return undefined;
	const { id, place } = stored;
	const found = held.find((subscription) => subscription.id === id);
	if (found !== undefined && isOwn(here, stored, found)) return undefined;
	const isOfAnotherKey = place !== undefined && place.account !== here.account;
	if (isOfAnotherKey && !(found !== undefined && sameUrl(found.url, place.url))) {
		return { id, why: 'other account', baseUrl: place.baseUrl };
	}
	return found && { id, why: 'other address', url: found.url };
}

/**
 * The ids of subscriptions that this very key registered at this very URL and that a list does not show: it may be cut
 * short, or behind the times.
 */
export function unlisted(
	here: Place,
	stored: StoredSubscription | undefined,
	held: Subscription[],
): string[] {
	if (stored === undefined || !wasRegistered(here, stored)) return [];
	return held.some(({ id }) => id === stored.id) ? [] : [stored.id];
}

/** Compares what the CRM holds with what is wanted: id, URL, event types, state, and that its secret is known. */
export function reconcile(
	wanted: WantedSubscription,
	stored: StoredSubscription | undefined,
	held: Subscription[],
): Plan {
	const own = ownSubscriptions(wanted, stored, held);
	const isSecretKnown = stored?.place === undefined || stored.place.account === wanted.account;
	const current = own.find(({ id }) => isSecretKnown && id === stored?.id);
	const obsolete = [
		...own.filter((subscription) => subscription !== current).map(({ id }) => id),
		...unlisted(wanted, stored, held),
	];
	if (current === undefined) {
		return { action: 'create', obsolete, leftBehind: leftBehind(wanted, stored, held) };
	}
	const healthy = current.enabled === true && sameTypes(current.eventTypes, wanted.eventTypes);
	return { action: healthy ? 'keep' : 'update', current, obsolete };
}

/**
 * What is left to do once the change that a plan asked for was tried and a new plan made: what is still not as wanted is
 * replaced. One whose only fault is an unknown word for its state is kept: its successor would likely have it too.
 */
export function afterUpdate(wanted: WantedSubscription, plan: Plan): Plan {
	if (plan.action !== 'update') return plan;
	const { current, obsolete } = plan;
	if (current.enabled === undefined && sameTypes(current.eventTypes, wanted.eventTypes)) {
		return { action: 'keep', current, obsolete };
	}
	return { action: 'create', obsolete: [...obsolete, current.id] };
}

function isOwn(here: Place, stored: StoredSubscription | undefined, { id, url }: Subscription): boolean {
	if (sameUrl(url, here.url)) return true;
	// A CRM that was reset may give an old id to another subscription.
	return id === stored?.id && wasRegistered(here, stored) && mayBe(url, here.url);
}

/** Whether a stored subscription was registered with this very key at this very URL. */
function wasRegistered(here: Place, { place }: StoredSubscription): boolean {
	return place?.account === here.account && sameUrl(place.url, here.url);
}

/** Whether what a server shows of a URL may be this one: nothing, its beginning, masked, in another case or scheme. */
function mayBe(shown: string, url: string): boolean {
	const [beginning = ''] = bare(shown).split(MASK);
	return [url, normalUrl(url)].some((each) => bare(each).startsWith(beginning));
}

function bare(url: string): string {
	return url.toLowerCase().replace(/^https?:\/\/|\/$/g, '');
}

/**
 * Whether two URLs name the same address, however a server writes it: the host's case, a default port and one slash at the
 * end of the path do not count. What is no URL is the same as nothing.
 */
export function sameUrl(a: string, b: string): boolean {
	return URL.canParse(a) && URL.canParse(b) && normalUrl(a) === normalUrl(b);
}

function normalUrl(text: string): string {
	const url = new URL(text);
	url.pathname = url.pathname.replace(/\/$/, '');
	return url.href;
}

function sameTypes(a: string[], b: string[]): boolean {
	const [left, right] = [new Set(a), new Set(b)];
	return left.size === right.size && [...left].every((type) => right.has(type));
}
