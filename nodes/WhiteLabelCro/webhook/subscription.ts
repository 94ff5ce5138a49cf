import type { Subscription } from '../transport/contract';

/** What a trigger wants to hold in the CRM: one enabled subscription at its own URL for exactly these event types. */
export interface WantedSubscription {
	url: string;
	eventTypes: string[];
}

/** What the node's static data keeps of its subscription. The CRM shows the secret once, so it is kept or lost. */
export interface StoredSubscription {
	id: string;
	secret: string;
}

/** What has to be done so that exactly the wanted subscription is held. */
export type Plan = (
	| { action: 'create' }
	/** The healthy one can be kept, or the existing one changed in place. */
	| { action: 'keep' | 'update'; current: Subscription }
) & {
	/** Others of ours, left behind by a lost id, a lost secret or a changed URL: to be deleted. */
	obsolete: Subscription[];
};

/** The subscriptions that are this trigger's own: those with its stored id or at exactly its URL. No other is ever touched. */
export function ownSubscriptions(
	url: string,
	stored: StoredSubscription | undefined,
	held: Subscription[],
): Subscription[] {
	return held.filter((subscription) => subscription.id === stored?.id || subscription.url === url);
}

/** Compares what the CRM holds with what is wanted: id, URL, event types, state, and that its secret is known. */
export function reconcile(
	wanted: WantedSubscription,
	stored: StoredSubscription | undefined,
	held: Subscription[],
): Plan {
	const own = ownSubscriptions(wanted.url, stored, held);
	const current = own.find(({ id, url }) => id === stored?.id && url === wanted.url);
	const obsolete = own.filter((subscription) => subscription !== current);
	if (current === undefined) return { action: 'create', obsolete };
	const healthy = current.enabled && sameTypes(current.eventTypes, wanted.eventTypes);
	return { action: healthy ? 'keep' : 'update', current, obsolete };
}

function sameTypes(a: string[], b: string[]): boolean {
	const [left, right] = [new Set(a), new Set(b)];
	return left.size === right.size && [...left].every((type) => right.has(type));
}
