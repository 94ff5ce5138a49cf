// What a route of the API is, and what it may use.
import type { Dialect } from '../dialect.mts';
import type { Scope } from '../keys.mts';
import type { Bucket } from '../limits.mts';
import type { EventEnvelope } from '../store/model.mts';
import type { Answer, Store } from '../store/store.mts';

/** What every route works on. */
export interface Crm {
	readonly store: Store;
	/** The dialect in force; read it at each call, since it can change. */
	readonly dialect: Readonly<Dialect>;
	/** Appends an event and sets its deliveries going; the payload defaults to the type's sample. */
	raise(type: string, payload?: object, metadata?: object): EventEnvelope;
}

/** A JSON object as it was sent. */
export type Body = Readonly<Record<string, unknown>>;

/** One request that has been let in. */
export interface Call {
	params: Readonly<Record<string, string>>;
	query: Readonly<Record<string, string>>;
	/** Empty if nothing was sent. */
	body: Body;
	/** The company of the key. */
	companyId: number;
}

/** One method and path of the contract. */
export interface Route {
	method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
	/** With `:name` for a variable part. */
	path: string;
	scope: Scope;
	bucket: Bucket;
	/** Whether this dialect serves the route at all; yes without it. */
	served?(): boolean;
	/** Does the work and answers; throws an ApiError otherwise. */
	handle(call: Call): Answer;
}
