// Delivers events to subscriptions (contract section 6): sign, post, wait, retry, give up, break the circuit.
import { randomUUID } from 'node:crypto';

import { keepLast } from '../bounded.mts';
import type { Dialect } from '../dialect.mts';
import type { FaultBox } from '../faults.mts';
import type { EventEnvelope, Subscription } from '../store/model.mts';
import { allSignatureForms, decoyHeaders, type SignatureFormName, signDelivery } from './signature.mts';

/** Documented: an attempt may take 10 s, and at most 10 retries follow the first attempt. */
const timeoutMs = 10_000;
const maxRetries = 10;
/** How much of a receiver's answer the log keeps, in characters. */
const keptResponse = 4096;

/** One attempt, as the delivery log keeps it. */
export interface DeliveryAttempt {
	/** The same for the first attempt and all its retries. */
	deliveryId: string;
	eventId: number;
	eventType: string;
	subscriptionId: number;
	/** 1 for the first attempt; a duplicate delivery begins at 1 again. */
	attempt: number;
	url: string;
	/** The name of the form that the attempt was signed in. */
	signature: SignatureFormName;
	/** The headers and the raw body as they were sent. */
	headers: Record<string, string>;
	body: string;
	/** The receiver's status, or null if there was no answer; then `error` says why. */
	status: number | null;
	error: string | null;
	responseBody: string;
	elapsedMs: number;
	/** When the attempt began, as ISO text. */
	at: string;
	outcome: 'delivered' | 'will-retry' | 'given-up' | 'breaker-tripped' | 'dropped';
}

/** An attempt that is not over. */
export type PendingAttempt = Pick<
	DeliveryAttempt,
	'deliveryId' | 'eventId' | 'eventType' | 'subscriptionId' | 'attempt'
> & {
	state: 'under-way' | 'queued' | 'scheduled';
	/** When a scheduled attempt will go, as ISO text. */
	dueAt: string | null;
};

interface Job {
	id: string;
	event: EventEnvelope;
	/** The bytes are made once: every retry posts the same ones. */
	body: string;
	attempt: number;
}

/** What is under way for one subscription. */
interface Lane {
	subscription: Subscription;
	waiting: Set<Job>;
	running: Set<Job>;
	/** Retries and held-back deliveries; a `held` one goes at the latest when a younger event has overtaken it. */
	scheduled: Map<Job, { timer: NodeJS.Timeout; held: boolean; dueAt: string }>;
}

interface EngineOptions {
	subscriptions: ReadonlyMap<number, Subscription>;
	dialect: Readonly<Dialect>;
	faults: FaultBox;
	/** The CRM's clock, in milliseconds: what a signed timestamp is taken from. */
	now: () => number;
	/** Multiplies the time-out and the back-off. */
	timeScale: number;
	/** How many attempts the log keeps. */
	logSize: number;
}

/** Takes events and sees them through to every matching subscription. */
export class DeliveryEngine {
	/** The last attempts, oldest first. */
	readonly log: DeliveryAttempt[] = [];
	readonly #options: EngineOptions;
	readonly #lanes = new Map<number, Lane>();
	readonly #inFlight = new Set<AbortController>();
	#open = 0;
	#waiters: (() => void)[] = [];

	constructor(options: EngineOptions) {
		this.#options = options;
	}

	/** Delivers the event to every enabled subscription that wants its type. */
	publish(event: EventEnvelope): void {
		const body = JSON.stringify(event);
		for (const subscription of this.#options.subscriptions.values()) {
			if (!subscription.isActive || !subscription.eventTypes.includes(event.type)) continue;
			const lane = this.#lane(subscription);
			const { fault } = this.#options.faults.draw('delivery');
			const job = this.#newJob(event, body);
			if (fault?.kind === 'late-delivery') this.#schedule(lane, job, fault.ms ?? 1000);
			else if (fault?.kind === 'reorder-deliveries') this.#schedule(lane, job, fault.ms ?? 1000, true);
			else lane.waiting.add(job);
			if (fault?.kind === 'duplicate-delivery') lane.waiting.add(this.#newJob(event, body));
			this.#pump(lane);
		}
	}

	/** Resolves when nothing is under way, waiting or scheduled. */
	async settled(): Promise<void> {
		if (this.#open === 0) return;
		await new Promise<void>((resolve) => this.#waiters.push(resolve));
	}

	/** Every attempt that is on the wire, waits for its turn, or is scheduled. */
	pending(): PendingAttempt[] {
		const pending = (
			subscription: Subscription,
			job: Job,
			state: PendingAttempt['state'],
			dueAt: string | null = null,
		) => ({ ...about(subscription, job), state, dueAt });
		return [...this.#lanes.values()].flatMap(({ subscription, running, waiting, scheduled }) => [
			...[...running].map((job) => pending(subscription, job, 'under-way')),
			...[...waiting].map((job) => pending(subscription, job, 'queued')),
			...[...scheduled].map(([job, { dueAt }]) => pending(subscription, job, 'scheduled', dueAt)),
		]);
	}

	/** Opens the circuit: disables the subscription, as so many failures in a row would, and drops what waits for it. */
	trip(subscription: Subscription): void {
		subscription.isActive = false;
		this.drop(subscription);
	}

	/** Forgets what waits for a subscription that was disabled or deleted; what is on the wire runs to its end. */
	drop(subscription: Subscription): void {
		const lane = this.#lane(subscription);
		for (const { timer } of lane.scheduled.values()) clearTimeout(timer);
		const dropped = lane.scheduled.size + lane.waiting.size;
		lane.scheduled.clear();
		lane.waiting.clear();
		this.#close(dropped);
	}

	/** Drops everything and aborts what is on the wire; the log stays. */
	stop(): void {
		for (const { subscription } of this.#lanes.values()) this.drop(subscription);
		this.#lanes.clear();
		for (const controller of this.#inFlight) controller.abort();
	}

	#newJob(event: EventEnvelope, body: string): Job {
		this.#open += 1;
		return { id: randomUUID(), event, body, attempt: 1 };
	}

	#close(jobs: number): void {
		this.#open -= jobs;
		if (this.#open > 0) return;
		for (const resolve of this.#waiters.splice(0)) resolve();
	}

	#lane(subscription: Subscription): Lane {
		const known = this.#lanes.get(subscription.id);
		if (known) return known;
		const lane: Lane = { subscription, waiting: new Set(), running: new Set(), scheduled: new Map() };
		this.#lanes.set(subscription.id, lane);
		return lane;
	}

	/** Sends the job after so many milliseconds. */
	#schedule(lane: Lane, job: Job, ms: number, held = false): void {
		const timer = setTimeout(() => {
			this.#release(lane, job);
		}, ms).unref();
		lane.scheduled.set(job, { timer, held, dueAt: new Date(Date.now() + ms).toISOString() });
	}

	#release(lane: Lane, job: Job): void {
		lane.scheduled.delete(job);
		lane.waiting.add(job);
		this.#pump(lane);
	}

	#pump(lane: Lane): void {
		for (const job of lane.waiting) {
			if (lane.running.size >= this.#options.dialect.deliveryConcurrency) return;
			lane.waiting.delete(job);
			void this.#attempt(lane, job);
		}
	}

	async #attempt(lane: Lane, job: Job): Promise<void> {
		lane.running.add(job);
		const { subscription } = lane;
		const { event, body, attempt } = job;
		const at = new Date().toISOString();
		const started = performance.now();
		const url = subscription.targetUrl;
		const signature = this.#options.dialect.signature;
		const headers = this.#headers(subscription, job);
		const reply = await this.#post(url, headers, body);
		lane.running.delete(job);
		if (this.#lanes.get(subscription.id) !== lane) {
			// Everything was stopped meanwhile.
			this.#close(1);
			return;
		}
		const outcome = this.#judge(lane, job, reply.status);
		const elapsedMs = performance.now() - started;
		const sent = { ...about(subscription, job), attempt, url, signature, headers, body };
		const entry = { ...sent, ...reply, elapsedMs, at, outcome };
		keepLast(this.log, entry, this.#options.logSize);
		if (outcome === 'will-retry') this.#schedule(lane, job, this.#backOff(attempt));
		else this.#close(1);
		for (const [other, { timer, held }] of lane.scheduled) {
			if (!held || other.event.id >= event.id) continue;
			clearTimeout(timer);
			this.#release(lane, other);
		}
		this.#pump(lane);
	}

	#headers(subscription: Subscription, { event, body }: Job): Record<string, string> {
		const { dialect, now } = this.#options;
		const form = allSignatureForms.find(({ name }) => name === dialect.signature) ?? allSignatureForms[0];
		const timestamp = Math.floor(now() / 1000);
		return {
			'content-type': 'application/json',
			...(dialect.decoyHeaders && decoyHeaders(body)),
			...signDelivery(form, subscription.secret, body, { timestamp, id: String(event.id) }),
		};
	}

	async #post(
		url: string,
		headers: Record<string, string>,
		body: string,
	): Promise<Pick<DeliveryAttempt, 'status' | 'error' | 'responseBody'>> {
		const controller = new AbortController();
		this.#inFlight.add(controller);
		const timer = setTimeout(() => {
			controller.abort();
		}, timeoutMs * this.#options.timeScale).unref();
		try {
			const { signal } = controller;
			// A kept connection may be closed by the receiver just when the next delivery goes out on it.
			const all = { ...headers, connection: 'close' };
			const response = await fetch(url, { method: 'POST', headers: all, body, redirect: 'manual', signal });
			const responseBody = (await response.text()).slice(0, keptResponse);
			return { status: response.status, error: null, responseBody };
		} catch (error) {
			const why = controller.signal.aborted ? 'time-out' : describe(error);
			return { status: null, error: why, responseBody: '' };
		} finally {
			clearTimeout(timer);
			this.#inFlight.delete(controller);
		}
	}

	/** What an attempt's status leads to; keeps the breaker's count. */
	#judge({ subscription }: Lane, job: Job, status: number | null): DeliveryAttempt['outcome'] {
		if (status !== null && status >= 200 && status < 300) {
			subscription.consecutiveFailures = 0;
			return 'delivered';
		}
		if (!subscription.isActive) return 'dropped';
		subscription.consecutiveFailures += 1;
		if (subscription.consecutiveFailures >= this.#options.dialect.breakerFailures) {
			this.trip(subscription);
			return 'breaker-tripped';
		}
		if (job.attempt > maxRetries) return 'given-up';
		job.attempt += 1;
		return 'will-retry';
	}

	/** Milliseconds from this failed attempt to the next: doubling each time. */
	#backOff(attempt: number): number {
		return this.#options.dialect.backoffBaseMs * 2 ** (attempt - 1) * this.#options.timeScale;
	}
}

/** The network's own word for a failure, such as ECONNREFUSED, which fetch keeps in the cause of its error. */
function describe(error: unknown): string {
	const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
	return cause?.code ?? cause?.message ?? message ?? 'unknown';
}

/** What names an attempt, in the log and before. */
function about({ id: subscriptionId }: Subscription, { id, event, attempt }: Job) {
	return { deliveryId: id, eventId: event.id, eventType: event.type, subscriptionId, attempt };
}
