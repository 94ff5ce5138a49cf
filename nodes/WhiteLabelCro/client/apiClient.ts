import { createHmac, randomUUID } from 'crypto';
import type { IDataObject, IHttpRequestMethods, INode, Logger, NodeApiError } from 'n8n-workflow';

import { IDEMPOTENCY_HEADER, readServerTime } from '../contract/headers';
import { UnexpectedShapeError } from '../contract/json';
import { bucketOf } from '../contract/paths';
import type { Bucket } from '../contract/paths';
import { fingerprint } from '../helpers/fingerprint';
import { accounts } from './account';
import { normalizeBaseUrl } from './baseUrl';
import { ClockOffset } from './clockOffset';
import {
	inputError,
	outcomeError,
	rateLimitError,
	shapeError,
	unconfirmedError,
	unreadableWriteError,
} from './errors';
import type { FailedCall } from './errors';
import { cancelSignalOf, pause, send } from './http';
import type { ApiContext } from './http';
import type { Priority } from './rateLimiter';
import { QueuedRequest } from './requestQueue';
import { isNotFound, isNotFromApi, isSuccess } from './response';
import type { ApiResponse } from './response';
import { MAX_TRIES, backOffMs, nextStep } from './retry';
import type { Outcome } from './retry';

export interface ApiRequest<T> {
	method: IHttpRequestMethods;
	path: string;
	query?: IDataObject;
	body?: IDataObject;
	/** The input item that the call is made for: errors name it. */
	itemIndex?: number;
	/** Reads the answer's body (see contract.ts), and its headers. @throws UnexpectedShapeError */
	read: (body: unknown, headers: IDataObject) => T;
}

/**
 * A call's value, or why there is none: whether the API itself says that what was asked for does not exist, and by
 * `isUnconfirmed` whether the call may have taken effect all the same.
 */
export type RequestResult<T> = { value: T } | { error: NodeApiError; missing?: boolean };

/** How a call went that was made once: with `error` or, where that is undefined, with `value`. */
export interface ProbeOutcome<T> {
	/** As it came, whatever its status; undefined if none came. */
	answer?: ApiResponse;
	value?: T;
	error?: NodeApiError;
	/** Whether the call cannot have arrived. */
	wasNotSent?: boolean;
	/** How long the answer took, in milliseconds. */
	ms: number;
}

/** How long a list to choose from may wait for the rate limit, and take in all: a person waits for it to open. */
const LIST_WAIT_MS = 5000;
const LIST_WITHIN_MS = 15_000;

export interface ApiOptions {
	/** The same in every try of one run of a node, and never in another: then so are its idempotency keys. */
	runId?: string;
	/** Whom its calls are made for: less urgent ones leave a part of the rate limit to more urgent ones. */
	priority: Priority;
	/** What the form calls a field, by its wire name: errors name it so. */
	titleOf?: (field: string) => string | undefined;
	/** When all of its calls have to be over, in milliseconds of this process's clock: those that cannot be are not sent. */
	endsAt?: number;
}

/** How a call ends for which there is no time left: it is not sent. */
const OUT_OF_TIME: Outcome = { kind: 'networkError', arrived: 'no', failure: { code: 'ETIMEDOUT' } };

/** How long an answer may take in all. */
const DEADLINE_MS = 60_000;

/** The API as one node run, activation or list uses it: with one credential and one maximum wait. */
export class ApiClient {
	/** How long this run has waited for each rate limit, in milliseconds; waits at the same time count once. */
	readonly waited = new Map<Bucket, number>();
	private readonly waitsCountedUntil = new Map<Bucket, number>();

	/** At which path each kind of record is searched for, once this run has found it out (see search.ts). */
	readonly searchPaths = new Map<string, Promise<string | undefined>>();

	private readonly serverAhead = new ClockOffset();

	private constructor(
		private readonly context: ApiContext,
		/** As the credential names it, in its normal form. */
		readonly baseUrl: string,
		/** A digest of Base URL and key. */
		readonly account: string,
		private readonly apiKey: string,
		private readonly maximumWaitMs: number,
		private readonly options: ApiOptions,
	) {}

	/**
	 * @param maximumWaitMs how long one call may wait for the rate limit in all
	 * @throws NodeOperationError if the credential's Base URL cannot be used
	 */
	static async open(context: ApiContext, maximumWaitMs: number, options: ApiOptions): Promise<ApiClient> {
		const { baseUrl, apiKey } = await context.getCredentials('whiteLabelCroApi');
		let base: string;
		try {
			base = normalizeBaseUrl(baseUrl);
		} catch (error) {
			throw inputError(context.getNode(), (error as Error).message);
		}
		// As it is sent: one key pasted with spaces around it and without is one account.
		const key = typeof apiKey === 'string' ? apiKey.trim() : '';
		// A digest, so that no copy of the key outlives the run.
		const account = fingerprint([base, key]);
		return new ApiClient(context, base, account, key, maximumWaitMs, options);
	}

	/** What has to be added to this process's clock to get the server's, in milliseconds: 0 as long as the two may be one. */
	get dateOffset(): number {
		return this.serverAhead.ms;
	}

	/** The same, but rather too little than too much, by up to some seconds. */
	get leastDateOffset(): number {
		return this.serverAhead.least;
	}

	/** 32 bytes that only those can make who have the API key, others for each purpose. */
	deriveKey(purpose: string): Buffer {
		return createHmac('sha256', this.apiKey).update(purpose).digest();
	}

	/** n8n's log. */
	get logger(): Logger {
		return this.context.logger;
	}

	/** The node that calls are made for: errors name it. */
	get node(): INode {
		return this.context.getNode();
	}

	/**
	 * Makes a call: waits for the rate limit, repeats what may be repeated, and reads the answer.
	 * @throws NodeApiError in words for the user
	 */
	async request<T>(request: ApiRequest<T>): Promise<T> {
		const attempted = await this.tryRequest(request);
		if ('error' in attempted) throw attempted.error;
		return attempted.value;
	}

	/** As `request`, for a caller that can find out whether an unconfirmed write took effect. */
	async tryRequest<T>(request: ApiRequest<T>): Promise<RequestResult<T>> {
		const call = this.callOf(request);
		const repeatable = request.method !== 'POST';
		const bucket = bucketOf(request.method, request.path);
		const waitMs = Math.max(0, Math.min(this.maximumWaitMs, this.leftMs()));
		const queued = this.queue(bucket, waitMs, cancelSignalOf(this.context));
		const headers = this.headersOf(request);

		for (let tries = 1; ; ) {
			const tooLongMs = await queued.acquire();
			if (tooLongMs > 0) return { error: rateLimitError(call, this.options.priority, tooLongMs) };
			const limitMs = Math.min(DEADLINE_MS, this.leftMs());
			const { outcome, sentAt } = await this.sendOnce(queued, request, headers, limitMs);
			if (outcome.kind === 'answer' && isSuccess(outcome.answer)) {
				return this.read(request, call, outcome.answer, repeatable ? undefined : sentAt);
			}
			const backOff = backOffMs(tries);
			switch (nextStep(repeatable, outcome, this.leftMs() > backOff ? tries : MAX_TRIES)) {
				case 'wait':
					break;
				case 'retry':
					await this.pause(backOff);
					tries += 1;
					break;
				case 'fail':
					return {
						error: this.errorOf(call, outcome),
						missing: outcome.kind === 'answer' && isNotFound(outcome.answer),
					};
				case 'unconfirmed':
					return { error: unconfirmedError(call, this.errorOf(call, outcome), sentAt) };
			}
		}
	}

	/**
	 * Makes a call once, for whoever wants to see the raw answer: nothing is repeated.
	 * @param withinMs how long it may wait for the rate limit, and then for the answer
	 * @param endsAt when it has to be over
	 * @throws only if the user cancels the execution
	 */
	async probe<T>(request: ApiRequest<T>, withinMs: number, endsAt: number): Promise<ProbeOutcome<T>> {
		const call = this.callOf(request);
		const notSent = (error: NodeApiError) => ({ error, wasNotSent: true, ms: 0 });
		const leftMs = () => Math.max(1, Math.min(withinMs, endsAt - Date.now()));
		const waitMs = leftMs();
		const cancel = cancelSignalOf(this.context);
		const signals = [AbortSignal.timeout(waitMs), ...(cancel === undefined ? [] : [cancel])];
		const bucket = bucketOf(request.method, request.path);
		const queued = this.queue(bucket, waitMs, AbortSignal.any(signals));
		let tooLongMs: number;
		try {
			tooLongMs = await queued.acquire();
		} catch {
			cancel?.throwIfAborted();
			const { certain } = accounts
				.queueOf(this.account, bucket)
				.limiter.availability(Date.now(), this.options.priority);
			if (certain) return notSent(rateLimitError(call, this.options.priority, waitMs));
			// Another call is to find out what is left of the rate limit, and is not answered.
			return notSent(this.errorOf(call, OUT_OF_TIME));
		}
		if (tooLongMs > 0) return notSent(rateLimitError(call, this.options.priority, tooLongMs));
		const { outcome, sentAt } = await this.sendOnce(queued, request, this.headersOf(request), leftMs());
		cancel?.throwIfAborted();
		const ms = Date.now() - sentAt;
		if (outcome.kind === 'networkError') {
			return { error: this.errorOf(call, outcome), wasNotSent: outcome.arrived === 'no', ms };
		}
		const { answer } = outcome;
		if (!isSuccess(answer)) return { answer, error: this.errorOf(call, outcome), ms };
		return { answer, ...this.read(request, call, answer, undefined), ms };
	}

	/** One try, which the rate limit and clocks learn from. */
	private async sendOnce(
		queued: QueuedRequest,
		request: ApiRequest<unknown>,
		headers: IDataObject,
		limitMs: number,
	): Promise<{ outcome: Outcome; sentAt: number }> {
		const sentAt = Date.now();
		const { method, path, query, body } = request;
		const sent = { method, url: this.baseUrl + path, headers, qs: query, body };
		const outcome: Outcome = limitMs > 0 ? await send(this.context, sent, limitMs) : OUT_OF_TIME;
		queued.release(outcome);
		if (outcome.kind === 'answer') {
			if (isSuccess(outcome.answer) && !isNotFromApi(outcome.answer)) {
				accounts.of(this.account).hasAnswered = true;
			}
			const serverTime = readServerTime(outcome.answer.headers);
			if (serverTime !== undefined) {
				this.serverAhead.hear(serverTime, sentAt, Date.now());
				accounts.of(this.account).clockAhead = serverTime - Date.now();
			}
		}
		return { outcome, sentAt };
	}

	private callOf(request: ApiRequest<unknown>): FailedCall {
		return { ...request, node: this.node, apiKey: this.apiKey, titleOf: this.options.titleOf };
	}

	private errorOf(call: FailedCall, outcome: Outcome): NodeApiError {
		const { hasAnswered } = accounts.of(this.account);
		return outcomeError({ ...call, hasAnswered }, outcome);
	}

	private leftMs(): number {
		return (this.options.endsAt ?? Infinity) - Date.now();
	}

	/** For one call: its place in the queue that all calls with this key share. */
	private queue(bucket: Bucket, maximumWaitMs: number, signal: AbortSignal | undefined): QueuedRequest {
		return new QueuedRequest(accounts.queueOf(this.account, bucket), {
			maximumWaitMs,
			priority: this.options.priority,
			signal,
			onWait: (from, to) => {
				const counted = Math.max(from, this.waitsCountedUntil.get(bucket) ?? from);
				this.waited.set(bucket, (this.waited.get(bucket) ?? 0) + Math.max(0, to - counted));
				this.waitsCountedUntil.set(bucket, to);
			},
		});
	}

	private headersOf({ method, path, body, itemIndex }: ApiRequest<unknown>): IDataObject {
		if (method === 'GET') return {};
		const { runId } = this.options;
		const key = runId === undefined ? randomUUID() : fingerprint([runId, itemIndex, method, path, body]);
		return { [IDEMPOTENCY_HEADER]: key };
	}

	/** A write whose answer cannot be read has most likely taken effect. @param createdAt when a creation was sent */
	private read<T>(
		request: ApiRequest<T>,
		call: FailedCall,
		answer: ApiResponse,
		createdAt: number | undefined,
	): RequestResult<T> {
		try {
			if (isNotFromApi(answer)) throw new UnexpectedShapeError('a web page instead of data');
			return { value: request.read(answer.body, answer.headers) };
		} catch (error) {
			if (createdAt === undefined) return { error: shapeError(call, answer, error) };
			const { hasAnswered } = accounts.of(this.account);
			return { error: unreadableWriteError({ ...call, hasAnswered }, answer, error, createdAt) };
		}
	}

	/** Waits, in milliseconds. @throws as soon as the user cancels the execution */
	async pause(ms: number): Promise<void> {
		await pause(cancelSignalOf(this.context), ms);
	}
}

/** The API for a list to choose from. @throws NodeOperationError if the credential's Base URL cannot be used */
export async function openForList(context: ApiContext): Promise<ApiClient> {
	const endsAt = Date.now() + LIST_WITHIN_MS;
	return await ApiClient.open(context, LIST_WAIT_MS, { priority: 'person', endsAt });
}
