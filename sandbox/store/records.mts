// Leads and clients, found at once by any of the four search criteria.
import type { CrmRecord } from './model.mts';

/** The criteria of a search (contract section 3); all that are given must match exactly, e-mail in any case. */
export interface SearchCriteria {
	client_id?: number;
	email?: string | null;
	phone?: string | null;
	external_id?: string | null;
}

/** Every lead and client, indexed by client_id, email, phone and external_id. */
export class RecordBook {
	readonly #byId = new Map<number, CrmRecord>();
	readonly #index = new Map<string, Set<CrmRecord>>();

	get size(): number {
		return this.#byId.size;
	}

	get(clientId: number): CrmRecord | undefined {
		return this.#byId.get(clientId);
	}

	/** Every record in the order of its making. */
	all(): CrmRecord[] {
		return [...this.#byId.values()];
	}

	add(record: CrmRecord): void {
		this.#byId.set(record.client_id, record);
		this.#enter(record);
	}

	/** Changes the record in place and keeps it findable. */
	update(record: CrmRecord, change: Partial<Omit<CrmRecord, 'client_id'>>): void {
		for (const key of searchKeys(record)) this.#index.get(key)?.delete(record);
		Object.assign(record, change);
		this.#enter(record);
	}

	/** The records that match every given criterion, ascending by client_id; none without a criterion. */
	find(criteria: SearchCriteria): CrmRecord[] {
		const [first, ...others] = searchKeys(criteria).map((key) => this.#index.get(key));
		const hits = [...(first ?? [])].filter((record) => others.every((set) => set?.has(record)));
		return hits.sort((a, b) => a.client_id - b.client_id);
	}

	clear(): void {
		this.#byId.clear();
		this.#index.clear();
	}

	#enter(record: CrmRecord): void {
		for (const key of searchKeys(record)) {
			const set = this.#index.get(key);
			if (set) set.add(record);
			else this.#index.set(key, new Set([record]));
		}
	}
}

function searchKeys({ client_id, email, phone, external_id }: SearchCriteria): string[] {
	const pairs = { client_id, email: email?.toLowerCase(), phone, external_id };
	return Object.entries(pairs).flatMap(([name, value]) =>
		value === undefined || value === null ? [] : [`${name}:${value}`],
	);
}
