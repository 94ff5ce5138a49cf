// What the sandbox's page shows: the newest of everything, small enough to be asked for every second.
import type { DeliveryAttempt, PendingAttempt } from './deliveries/engine.mts';
import { type Dialect, defaultDialect, dialectChoices, smallestOf } from './dialect.mts';
import { deliveryKinds, requestKinds } from './faults.mts';
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
/** The lists of the overview. */
export type ListName = {
	[Name in keyof Overview]: Overview[Name] extends { newest: unknown } ? Name : never;
}[keyof Overview];

/** The newest entries of every list with their totals, what is pending, the settings in force, and what a person can choose from. */
export function overview(sandbox: Sandbox) {
	const { store, url, apiKey, dialect } = sandbox;
	const records = store.records.all().filter((record) => record.company_id === companyId);
	const statuses = store.statuses.map(({ status_name }) => status_name);
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
		statuses,
		/** Every lead and client by name, since any of them can be chosen; with the status that is offered as the new one. */
		people: records
			.map((record) => ({
				id: record.client_id,
				name: fullName(record),
				status: record.status.status_name,
				nextStatus: statuses[(statuses.indexOf(record.status.status_name) + 1) % statuses.length],
			}))
			.sort((a, b) => a.name.localeCompare(b.name)),
		leads: newest(records.filter(isLead), person),
		clients: newest(
			records.filter((record) => !isLead(record)),
			person,
		),
		affiliates: newest([...store.affiliates.values()], (affiliate) => ({
			id: affiliate.affiliate_id,
			name: fullName(affiliate),
			email: affiliate.email,
			approved: affiliate.approved,
		})),
		notes: newest(store.notes, ({ client_note_id, client_id, text, created_utc }) => ({
			id: client_note_id,
			client_id,
			text,
			created_utc,
		})),
		events: newest(store.events, (event) => ({ id: event.id, event, amount: amountOf(event) })),
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
		retries: retries.size,
		/** What is under way or waits for its first try, and then every try that is over. */
		deliveries: {
			total: firstTries.length + sandbox.deliveries.length,
			newest: [
				...newest(firstTries, (attempt) => shownPending(attempt, store)).newest,
				...newest(sandbox.deliveries, (attempt) => shownAttempt(attempt, retries, store)).newest,
			],
		},
		requests: newest(sandbox.requests, shownRequest),
		settings: settings(dialect),
		faults: sandbox.faults.list().map(faultInWords),
		faultKinds: { delivery: deliveryKinds, request: requestKinds },
	};
}

function newest<T, Shown>(entries: readonly T[], show: (entry: T) => Shown) {
	return { total: entries.length, newest: entries.slice(-SHOWN).reverse().map(show) };
}

function person(record: CrmRecord) {
	const { client_id, email, phone, status, created_utc } = record;
	return { id: client_id, name: fullName(record), email, phone, status: status.status_name, created_utc };
}

function attemptId({ deliveryId, attempt }: Pick<PendingAttempt, 'deliveryId' | 'attempt'>): string {
	return `${deliveryId} ${attempt}`;
}

function amountAt(store: Store, { eventId }: Pick<PendingAttempt, 'eventId'>): number | null {
	const event = store.event(eventId);
	return event ? amountOf(event) : null;
}

function shownPending(entry: PendingAttempt, store: Store) {
	const { eventId, eventType, subscriptionId, attempt, state, dueAt } = entry;
	return {
		id: `${attemptId(entry)} pending`,
		...{ at: dueAt, eventId, eventType, subscriptionId, attempt, nextAttemptAt: dueAt },
		amount: amountAt(store, entry),
		outcome: state,
		result: { 'under-way': 'Sending', queued: 'Waiting its turn', scheduled: 'Held back' }[state],
		said: '',
		answer: null,
	};
}

function shownAttempt(entry: DeliveryAttempt, retries: ReadonlyMap<string, PendingAttempt>, store: Store) {
	const { deliveryId, attempt, at, eventId, eventType, subscriptionId, status, error, signature } = entry;
	const said = wordsOf(entry.responseBody);
	// What n8n answers when it has taken an event and no workflow runs for it.
	const isIgnored = entry.outcome === 'delivered' && said.startsWith('Ignored: ');
	const words = {
		delivered: 'Delivered',
		'will-retry': 'Failed',
		'given-up': 'Given up',
		'breaker-tripped': 'Breaker tripped',
		dropped: 'Dropped',
	}[entry.outcome];
	return {
		id: attemptId(entry),
		...{ at, eventId, eventType, subscriptionId, attempt },
		nextAttemptAt: retries.get(attemptId({ deliveryId, attempt: attempt + 1 }))?.dueAt ?? null,
		amount: amountAt(store, entry),
		outcome: isIgnored ? ('ignored' as const) : entry.outcome,
		result: isIgnored ? 'Ignored' : `${words}: ${status ?? error ?? 'no answer'}`,
		said: said.slice(0, SHOWN_SAID),
		answer: {
			elapsedMs: Math.round(entry.elapsedMs),
			text: entry.responseBody.slice(0, SHOWN_RESPONSE),
			signature,
		},
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

/** Every setting with its value, its default, and its choices, which a number has none of. */
function settings(dialect: Dialect) {
	const choices: Record<string, readonly (string | number | boolean)[] | undefined> = dialectChoices;
	const defaults = new Map<string, unknown>(Object.entries(defaultDialect()));
	return Object.entries(dialect).map(([name, value]) => ({
		name,
		value: value as string | number | boolean,
		isDefault: value === defaults.get(name),
		choices: choices[name],
		smallest: smallestOf(name),
	}));
}

function faultInWords(fault: ReturnType<Sandbox['faults']['list']>[number]): string {
	const { kind, route, struck, times } = fault as Record<string, string | number | undefined>;
	const on = route === 'delivery' ? 'deliveries' : route;
	return `${kind} on ${on}: struck ${struck}${times === undefined ? '' : ` of ${times}`} times`;
}
