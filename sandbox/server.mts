// Starts the sandbox: puts the parts together and hands out the handle that tests and tools hold.
import { randomUUID } from 'node:crypto';

import Fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';

import { type DeliveryAttempt, DeliveryEngine, type PendingAttempt } from './deliveries/engine.mts';
import { checkDialect, defaultDialect, type Dialect } from './dialect.mts';
import { ApiError, errorAnswer } from './errors.mts';
import { FaultBox } from './faults.mts';
import { allScopesKey, KeyRing, type Scope } from './keys.mts';
import { type Bucket, defaultLimits, type Limits, RateLimiter, type RateWindow } from './limits.mts';
import { answerWith, type ReceivedRequest } from './pipeline.mts';
import { affiliateRoutes } from './routes/affiliates.mts';
import { controlPath, controlRoutes } from './routes/control.mts';
import { eventRoutes } from './routes/events.mts';
import { lookupRoutes } from './routes/lookups.mts';
import { noteRoutes } from './routes/notes.mts';
import { pageRoutes } from './routes/page.mts';
import { createClient, createLead, recordAt, recordRoutes, updateStatus } from './routes/records.mts';
import type { Body, Crm } from './routes/route.mts';
import { searchRoutes } from './routes/searches.mts';
import { subscriptionRoutes } from './routes/subscriptions.mts';
import { withAmount } from './store/amounts.mts';
import type { EventEnvelope, Subscription } from './store/model.mts';
import { samplePayload } from './store/samples.mts';
import { Store } from './store/store.mts';

export interface SandboxOptions {
	/** 0, the default, is a free port; the host is always 127.0.0.1. */
	port?: number;
	/** Whether the control endpoints under `/__sandbox` and the web page at `/` answer; off by default. */
	control?: boolean;
	dialect?: Partial<Dialect>;
	/** Multiplies the deliveries' time-out and back-off: 0.01 is a hundred times quicker. */
	timeScale?: number;
	/** Default 60 / 100 / 200 requests per window of 60 seconds. */
	limits?: Partial<Limits>;
	/** How many requests and how many delivery attempts the logs keep; default 10,000 each. */
	logSize?: number;
}

/** Who is in the CRM when a demo names nobody. */
const madeUpPerson = { first_name: 'Dana', last_name: 'Demo', email: 'dana.demo@example.com' };

/** A running sandbox. */
export interface Sandbox {
	/** `http://127.0.0.1:<port>` */
	readonly url: string;
	/** The fixed key that has all five scopes. */
	readonly apiKey: string;
	/** The CRM's state, to be read. */
	readonly store: Store;
	/** Every API request received, oldest first; control calls are not among them. */
	readonly requests: readonly ReceivedRequest[];
	/** Every delivery attempt, oldest first. */
	readonly deliveries: readonly DeliveryAttempt[];
	/** Every delivery attempt that is not over. */
	pending(): PendingAttempt[];
	readonly dialect: Readonly<Dialect>;
	readonly limits: Readonly<Limits>;
	readonly faults: Pick<FaultBox, 'inject' | 'clear' | 'list'>;
	/** A key of the company, or of another at the same host, which has an event log of its own and nothing else. */
	createKey(scopes: readonly Scope[], companyId?: number): string;
	revokeKey(key: string): void;
	/** Changes settings from now on; throws a TypeError for one that does not exist. */
	setDialect(change: Partial<Dialect>): void;
	/** Sets how far the CRM's clock is ahead of this machine's, in milliseconds: in its answers, in what it stores and in what it signs. */
	setClock(aheadMs: number): void;
	/** Changes limits from now on; throws a RangeError for one that is not a whole number above zero. */
	setLimits(change: Partial<Limits>): void;
	/** Takes requests from a key's bucket as another client would; throws a RangeError for an unknown key. */
	consume(key: string, bucket: Bucket, count: number): RateWindow;
	/** Makes a lead as the API would, with a made-up person where fields are left out; gives client_id, status, created_utc. */
	createLead(fields?: Body): unknown;
	/** Makes a client, as `createLead` makes a lead. */
	createClient(fields?: Body): unknown;
	/** Changes a record's status as Update Client Status would; gives its answer, throws an ApiError where it refuses. */
	changeStatus(clientId: number, change: Body): object;
	/**
	 * Appends a sample event of the type about this record, with the amount if one is given, and delivers it. Throws an ApiError
	 * if the record is not the company's, a RangeError if the type has no amount.
	 */
	raiseAbout(clientId: number, type: string, amount?: number): EventEnvelope;
	/** Appends an event and delivers it; the payload defaults to a realistic sample of its type. */
	raise(type: string, payload?: object, metadata?: object): EventEnvelope;
	/** Delivers an event that is in the log once more; throws a RangeError if it is not. */
	redeliver(eventId: number): void;
	/** Disables a subscription as the circuit breaker does; throws a RangeError if there is no such subscription. */
	tripBreaker(subscriptionId: number): void;
	/** Enables a subscription again, with no failures counted; throws a RangeError if there is no such subscription. */
	enableSubscription(subscriptionId: number): void;
	/** Resolves when no delivery is pending or scheduled. */
	settled(): Promise<void>;
	/** State, keys, limits, faults, logs and dialect back to the start; pending deliveries and late writes are dropped. */
	reset(): void;
	/** Stops listening, cuts open connections, cancels timers and deliveries. */
	close(): Promise<void>;
}

/** Starts a sandbox on 127.0.0.1; rejects if the port is taken or an option is not valid. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const { timeScale = 1, logSize = 10_000 } = options;
	if (!(timeScale > 0)) throw new RangeError('The time scale must be a number above zero');
	const startDialect = { ...defaultDialect(), ...checkDialect(options.dialect ?? {}) };
	const dialect = { ...startDialect };
	const store = new Store();
	const keys = new KeyRing();
	const faults = new FaultBox();
	const limiter = new RateLimiter(options.limits, () => store.now(), dialect);
	const requests: ReceivedRequest[] = [];
	const lateWrites = new Set<NodeJS.Timeout>();
	const { subscriptions } = store;
	const now = () => store.now();
	const engine = new DeliveryEngine({ subscriptions, dialect, faults, now, timeScale, logSize });
	const crm: Crm = {
		store,
		dialect,
		raise(type, payload = samplePayload(type), metadata = { source: 'api' }) {
			const withMetadata = dialect.eventMetadata === 'present' ? metadata : undefined;
			const event = store.appendEvent(type, payload, withMetadata);
			engine.publish(event);
			return event;
		},
	};

	/** Answers what Fastify itself refuses (a broken URL, a body that is too large) in the dialect's form. */
	const refuse = (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
		const refusal = new ApiError(error.statusCode ?? 500, 'refused', error.message);
		const { status, type, text } = errorAnswer(refusal, dialect);
		void reply.code(status).header(dialect.requestIdHeader, randomUUID()).type(type).send(text);
	};
	const app = Fastify({
		forceCloseConnections: true,
		exposeHeadRoutes: false,
		frameworkErrors: refuse,
		bodyLimit: 16 * 1024 * 1024,
	});
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
		done(null, body);
	});
	app.setErrorHandler(refuse);
	const gate = { crm, keys, limiter, faults, requests, lateWrites, logSize };
	const routes = [
		...recordRoutes(crm),
		...noteRoutes(crm),
		...affiliateRoutes(crm),
		...searchRoutes(crm),
		...lookupRoutes(crm),
		...eventRoutes(crm),
		...subscriptionRoutes(crm, (subscription) => {
			engine.drop(subscription);
		}),
	];
	for (const route of routes) {
		app.route({ method: route.method, url: route.path, handler: answerWith(gate, route) });
	}
	app.setNotFoundHandler(answerWith(gate));

	const subscriptionAt = (id: number): Subscription => {
		const subscription = subscriptions.get(id);
		if (!subscription) throw new RangeError(`There is no subscription ${id}`);
		return subscription;
	};
	let url = '';
	const stop = () => {
		engine.stop();
		for (const timer of lateWrites) clearTimeout(timer);
		lateWrites.clear();
	};
	const sandbox: Sandbox = {
		get url() {
			return url;
		},
		apiKey: allScopesKey,
		store,
		requests,
		deliveries: engine.log,
		pending: () => engine.pending(),
		dialect,
		limits: limiter.limits,
		faults,
		createKey: (scopes, companyId) => keys.create(scopes, dialect.keyForm, companyId),
		revokeKey(key) {
			keys.revoke(key);
		},
		setDialect(change) {
			Object.assign(dialect, checkDialect(change));
		},
		setClock(aheadMs) {
			store.clockAheadMs = aheadMs;
		},
		setLimits(change) {
			limiter.set(change);
		},
		consume(key, bucket, count) {
			const known = keys.find(key);
			if (!known) throw new RangeError('There is no such key');
			return limiter.take(known.id, bucket, count);
		},
		createLead(fields = {}) {
			return createLead(crm, { ...madeUpPerson, ...fields }).body;
		},
		createClient(fields = {}) {
			return createClient(crm, { ...madeUpPerson, ...fields }).body;
		},
		changeStatus(clientId, change) {
			const record = recordAt(store, { client_id: String(clientId) });
			return updateStatus(crm, record, change, false).body as object;
		},
		raiseAbout(clientId, type, amount) {
			const { client_id } = recordAt(store, { client_id: String(clientId) });
			return crm.raise(type, withAmount(type, { ...samplePayload(type), client_id }, amount));
		},
		raise: (...event) => crm.raise(...event),
		redeliver(eventId) {
			const event = store.event(eventId);
			if (!event) throw new RangeError(`There is no event ${eventId}`);
			engine.publish(event);
		},
		tripBreaker(subscriptionId) {
			const subscription = subscriptionAt(subscriptionId);
			subscription.consecutiveFailures = dialect.breakerFailures;
			engine.trip(subscription);
		},
		enableSubscription(subscriptionId) {
			Object.assign(subscriptionAt(subscriptionId), { isActive: true, consecutiveFailures: 0 });
		},
		settled: () => engine.settled(),
		reset() {
			stop();
			engine.log.length = 0;
			requests.length = 0;
			store.reset();
			keys.reset();
			faults.clear();
			limiter.clear();
			limiter.set({ ...defaultLimits, ...options.limits });
			Object.assign(dialect, startDialect);
		},
		async close() {
			stop();
			await app.close();
		},
	};
	if (options.control) {
		await app.register((page, _options, done) => {
			pageRoutes(page);
			done();
		});
	}
	await app.register(
		(control, _options, done) => {
			control.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'Not found' }));
			if (options.control) controlRoutes(control, sandbox);
			done();
		},
		{ prefix: controlPath },
	);
	url = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
	return sandbox;
}
