// The whole state of the CRM, in memory.
import type { Affiliate, ClientStatus, Employee, EventEnvelope, Note, Subscription } from './model.mts';
import { companyId } from './model.mts';
import { RecordBook } from './records.mts';
import { samplePayload } from './samples.mts';
import { seedAffiliates, seedEmployees, seedRecords, seedStatuses } from './seed.mts';

/** The answer of an action, kept so that its idempotency key can replay it. */
export interface Answer {
	status: number;
	/** Sent as JSON; without it the answer has no body. */
	body?: unknown;
	/** Beside those that every answer has. */
	headers?: Record<string, string>;
}

const firstEventId = 45678;
const firstIds = { client: 20001, affiliate: 401, note: 9001, subscription: 501 };

/** Everything the CRM knows. Readable from outside; `reset` brings the seed back. */
export class Store {
	/** Leads and clients together, those of another company included. */
	readonly records = new RecordBook();
	readonly affiliates = new Map<number, Affiliate>();
	readonly employees: readonly Employee[] = seedEmployees;
	readonly statuses: readonly ClientStatus[] = seedStatuses;
	readonly notes: Note[] = [];
	/** The company's event log: append-only, ascending by id without a gap. */
	readonly events: EventEnvelope[] = [];
	/** The logs of other companies at the same host, which count their events alike. */
	readonly #otherLogs = new Map<number, EventEnvelope[]>();
	/** When an event was appended, by this machine's clock. */
	readonly #appendedAt = new WeakMap<EventEnvelope, number>();
	readonly subscriptions = new Map<number, Subscription>();
	/** Answers by API key, route and Idempotency-Key. */
	readonly idempotent = new Map<string, Answer>();
	/** How many answers were replayed instead of done again. */
	idempotentReplays = 0;
	/** How far the CRM's clock is ahead of this machine's, in milliseconds. */
	clockAheadMs = 0;
	#ids = { ...firstIds };

	constructor() {
		this.reset();
	}

	/** Now by the CRM's clock, in milliseconds. */
	now(): number {
		return Date.now() + this.clockAheadMs;
	}

	/** Now by the CRM's clock, in whole seconds and with a Z, as the vendor's sample writes it. */
	utcNow(): string {
		return `${new Date(this.now()).toISOString().slice(0, 19)}Z`;
	}

	/** The next free id of its kind. */
	nextId(kind: keyof typeof firstIds): number {
		return this.#ids[kind]++;
	}

	/** The employee's full name, or null if there is no such employee. */
	employeeName(id: number | null): string | null {
		return this.employees.find((employee) => employee.employee_id === id)?.full_name ?? null;
	}

	/** Appends an event to the company's log and gives its envelope. */
	appendEvent(type: string, payload: object, metadata?: object, company = companyId): EventEnvelope {
		const log = this.eventLog(company);
		const event: EventEnvelope = {
			id: firstEventId + log.length,
			type,
			createdUtc: this.utcNow(),
			companyId: company,
			payload,
			...(metadata && { metadata }),
		};
		log.push(event);
		this.#appendedAt.set(event, Date.now());
		return event;
	}

	/** The event log of a company; that of one which had no event yet is empty. */
	eventLog(company: number): EventEnvelope[] {
		if (company === companyId) return this.events;
		const log = this.#otherLogs.get(company) ?? [];
		this.#otherLogs.set(company, log);
		return log;
	}

	/** The event with this id. */
	event(id: number): EventEnvelope | undefined {
		return this.events[id - firstEventId];
	}

	/**
	 * The events of a company that follow this id, oldest first; all of them without an id. Of a log that lags behind, those that
	 * happened so long ago: the first that it does not show yet hides all after it.
	 */
	shownAfter(company: number, id = firstEventId - 1, delayMs = 0): EventEnvelope[] {
		const events = this.eventLog(company).slice(Math.max(0, id - firstEventId + 1));
		const latest = Date.now() - delayMs;
		const hidden = events.findIndex((event) => (this.#appendedAt.get(event) ?? 0) > latest);
		return delayMs === 0 || hidden < 0 ? events : events.slice(0, hidden);
	}

	/** Back to the seed: its one event is the sample that the vendor publishes (contract section 4). */
	reset(): void {
		for (const part of [this.records, this.affiliates, this.subscriptions, this.idempotent]) part.clear();
		this.notes.length = 0;
		this.events.length = 0;
		this.#otherLogs.clear();
		this.idempotentReplays = 0;
		this.clockAheadMs = 0;
		this.#ids = { ...firstIds };
		for (const record of seedRecords()) this.records.add(record);
		for (const affiliate of seedAffiliates()) this.affiliates.set(affiliate.affiliate_id, affiliate);
		const metadata = { source: 'web_portal', user_id: 7 };
		const sample = this.appendEvent('client.created', samplePayload('client.created'), metadata);
		sample.createdUtc = '2026-01-28T10:30:00Z';
		this.#appendedAt.set(sample, Date.parse(sample.createdUtc));
	}

	/** Everything as plain data, for showing. */
	toJSON(): object {
		const { records, affiliates, employees, statuses, notes, events, subscriptions, idempotentReplays } =
			this;
		return {
			records: records.all(),
			affiliates: [...affiliates.values()],
			employees,
			statuses,
			notes,
			events,
			subscriptions: [...subscriptions.values()],
			idempotentReplays,
		};
	}
}
