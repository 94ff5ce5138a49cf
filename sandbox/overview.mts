// What the sandbox's page shows: the newest of everything, small enough to be asked for every second.
import type { DeliveryAttempt, PendingAttempt } from './deliveries/engine.mts';
import type { ReceivedRequest } from './pipeline.mts';
import type { Sandbox } from './server.mts';
import { amountOf, typesWithAmount } from './store/amounts.mts';
import { type CrmRecord, companyId, eventTypes, fullName, isLead } from './store/model.mts';
import type { Store } from './store/store.mts';

/** How many entries of each list the page shows. */
const SHOWN = 50;
/** How much of a receiver's answer the page shows, in characters: unfolded, and as the result of a delivery. */
const SHOWN_RESPONSE = 300;
const SHOWN_SAID = 200;

export type Overview = ReturnType<typeof overview>;

/** The newest entries of every list with their totals, what is pending, the settings in force, and what a person can choose from. */
export function overview(sandbox: Sandbox) {
	const { store, url, apiKey, dialect } = sandbox;
	const records = store.records.all().filter((record) => record.company_id === companyId);
	const pending = sandbox.pending();
	const retries = new Map(
		pending.filter(({ state }) => state === 'scheduled').map((attempt) => [attemptId(attempt), attempt]),
	);
	const firstTries = pending.filter(({ attempt, state }) => attempt === 1 || state !== 'scheduled');
	return {
		url,
		apiKey,
		eventTypes,
		typesWithAmount,
		statuses: store.statuses.map(({ status_name }) => status_name),
		/** Every lead and client, since any of them can be chosen. */
		people: records.map((record) => ({
			client_id: record.client_id,
			name: fullName(record),
			status: record.status.status_name,
		})),
		leads: newest(records.filter(isLead), person),
		clients: newest(
			records.filter((record) => !isLead(record)),
			person,
		),
		affiliates: newest([...store.affiliates.values()], (affiliate) => ({
			affiliate_id: affiliate.affiliate_id,
			name: fullName(affiliate),
			email: affiliate.email,
			approved: affiliate.approved,
		})),
		notes: newest(store.notes, ({ client_note_id, client_id, text, created_utc }) => ({
			client_note_id,
			client_id,
			text,
			created_utc,
		})),
		events: newest(store.events, (event) => ({ event, amount: amountOf(event) })),
		subscriptions: newest([...store.subscriptions.values()], (subscription) => ({
			id: subscription.id,
			targetUrl: subscription.targetUrl,
			eventTypes: subscription.eventTypes,
			consecutiveFailures: subscription.consecutiveFailures,
			state: subscription.isActive
				? 'Active'
				: subscription.consecutiveFailures >= dialect.breakerFailures
					? 'Breaker tripped'
					: 'Disabled',
		})),
		pending: newest(firstTries, (attempt) => ({ ...attempt, amount: amountAt(store, attempt) })),
		retries: retries.size,
		deliveries: newest(sandbox.deliveries, (attempt) => shownAttempt(attempt, retries, store)),
		requests: newest(sandbox.requests, shownRequest),
		dialect,
		faults: sandbox.faults.list(),
	};
}

function newest<T, Shown>(entries: readonly T[], show: (entry: T) => Shown) {
	return { total: entries.length, newest: entries.slice(-SHOWN).reverse().map(show) };
}

function person(record: CrmRecord) {
	const { client_id, email, phone, status, created_utc } = record;
	return { client_id, name: fullName(record), email, phone, status: status.status_name, created_utc };
}

function attemptId({ deliveryId, attempt }: Pick<PendingAttempt, 'deliveryId' | 'attempt'>): string {
	return `${deliveryId} ${attempt}`;
}

function amountAt(store: Store, { eventId }: Pick<PendingAttempt, 'eventId'>): number | null {
	const event = store.event(eventId);
	return event ? amountOf(event) : null;
}

function shownAttempt(entry: DeliveryAttempt, retries: ReadonlyMap<string, PendingAttempt>, store: Store) {
	const { deliveryId, attempt, at, eventId, eventType, subscriptionId, status, error, signature } = entry;
	const said = wordsOf(entry.responseBody);
	return {
		...{ deliveryId, attempt, at, eventId, eventType, subscriptionId, status, error, signature },
		amount: amountAt(store, entry),
		// What n8n answers when it has taken an event and no workflow runs for it.
		outcome:
			entry.outcome === 'delivered' && said.startsWith('Ignored: ') ? ('ignored' as const) : entry.outcome,
		said: said.slice(0, SHOWN_SAID),
		elapsedMs: Math.round(entry.elapsedMs),
		response: entry.responseBody.slice(0, SHOWN_RESPONSE),
		nextAttemptAt: retries.get(attemptId({ deliveryId, attempt: attempt + 1 }))?.dueAt ?? null,
	};
}

/** What an answer says: the first text of a JSON object, a JSON text, or the answer as it is. */
function wordsOf(answer: string): string {
	try {
		const json: unknown = JSON.parse(answer);
		const values: unknown[] = typeof json === 'object' && json ? Object.values(json) : [json];
		return values.find((value) => typeof value === 'string') ?? answer;
	} catch {
		return answer;
	}
}

/** Without headers, query and body: they can hold keys. */
function shownRequest({ id, at, method, path, status, keyId }: ReceivedRequest) {
	return { id, at, method, path, status, keyId };
}
