import { randomUUID } from 'crypto';
import { sleep } from 'n8n-workflow';
import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestMethods,
	ILoadOptionsFunctions,
	INode,
	IPollFunctions,
	NodeApiError,
} from 'n8n-workflow';

import { fingerprint } from '../helpers/fingerprint';
import { isForeign, isMissing, isSuccess } from './answer';
import type { Answer } from './answer';
import { normaliseBaseUrl } from './baseUrl';
import {
	IDEMPOTENCY_HEADER,
	UnexpectedShapeError,
	bucketOf,
	readClockOffset,
	readDateOffset,
} from './contract';
import type { Bucket } from './contract';
import { inputError, outcomeError, rateLimitError, shapeError, uncertainError } from './errors';
import type { FailedCall } from './errors';
import { RateLimitSlot } from './rateLimit';
import { backOffMs, nextStep } from './retry';
import type { Outcome } from './retry';
import { asUncertain } from './uncertain';
import { isUnreached } from './unreachable';

export type ApiContext = IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions | IPollFunctions;

export interface ApiRequest<T> {
	method: IHttpRequestMethods;
	path: string;
	query?: IDataObject;
	body?: IDataObject;
	/** The input item on whose behalf the call is made: errors name it. */
	itemIndex?: number;
	/** Reads the answer's body (see contract.ts). @throws UnexpectedShapeError */
	read: (body: unknown) => T;
}

/**
 * A call's value, or why there is none: whether the API itself says that what was asked for does not exist, and by
 * `isUncertain` whether the call may have taken effect all the same.
 */
export type Attempted<T> = { value: T } | { error: NodeApiError; missing?: boolean };

/** How long a list to choose from may wait for the rate limit: a person waits for it to open. */
export const LIST_WAIT_MS = 5000;

/** One call's waits for the rate limit of its bucket. */
interface Turn {
	bucket: Bucket;
	/** How long it may still wait, in milliseconds. */
	patienceMs: number;
	/** How many answers 429 it has had. */
	refusals: number;
}

const TIMEOUT_MS = 30_000;
/** Older versions of n8n cannot interrupt a sleep, so none lasts longer than this. */
const LONGEST_SLEEP_MS = 1000;

/** The API as one node run, activation or list uses it: with one credential and one patience. */
export class Api {
	/** How long this run has waited for each rate limit, in milliseconds. */
	readonly waited = new Map<Bucket, number>();

	/** What has to be added to this process's clock to get the server's, in milliseconds. Two that are close count as one. */
	clockOffset = 0;

	/** The same, as exactly as the last answer's Date tells. */
	dateOffset = 0;

	private constructor(
		private readonly context: ApiContext,
		/** As the credential names it, in its normal form. */
		readonly baseUrl: string,
		/** A digest of Base URL and key. */
		readonly account: string,
		private readonly apiKey: string,
		private readonly maximumWaitMs: number,
		private readonly runName?: string,
	) {}

	/**
	 * @param maximumWaitMs how long one call may wait for the rate limit in all
	 * @param runName the same in every try of one run of a node, and never in another: then so are its idempotency keys
	 * @throws NodeOperationError if the credential's Base URL cannot be used
	 */
	static async open(context: ApiContext, maximumWaitMs: number, runName?: string): Promise<Api> {
		const { baseUrl, apiKey } = await context.getCredentials('whiteLabelCroApi');
		let base: string;
		try {
			base = normaliseBaseUrl(baseUrl);
		} catch (error) {
			throw inputError(context.getNode(), (error as Error).message);
		}
		// A digest, so that no copy of the key outlives the run.
		const account = fingerprint([base, apiKey]);
		const key = typeof apiKey === 'string' ? apiKey.trim() : '';
		return new Api(context, base, account, key, maximumWaitMs, runName);
	}

	/** The node on whose behalf calls are made: errors name it. */
	get node(): INode {
		return this.context.getNode();
	}

	/**
	 * Makes a call: waits for the rate limit, repeats what may be repeated, and reads the answer.
	 * @throws NodeApiError in words for the user
	 */
	async request<T>(request: ApiRequest<T>): Promise<T> {
		const attempted = await this.attempt(request);
		if ('error' in attempted) throw attempted.error;
		return attempted.value;
	}

	/** As `request`, for a caller that can find out whether an uncertain write took effect. */
	async attempt<T>(request: ApiRequest<T>): Promise<Attempted<T>> {
		const call: FailedCall = { ...request, node: this.node, apiKey: this.apiKey };
		const repeatable = request.method !== 'POST';
		const turn: Turn = {
			bucket: bucketOf(request.method, request.path),
			patienceMs: this.maximumWaitMs,
			refusals: 0,
		};
		const headers = request.method === 'GET' ? {} : { [IDEMPOTENCY_HEADER]: this.idempotencyKey(request) };

		for (let tries = 1; ; ) {
			const tooLongMs = await this.waitForTurn(turn);
			if (tooLongMs > 0) return { error: rateLimitError(call, tooLongMs) };
			const sentAt = Date.now();
			const outcome = await this.send(request, headers);
			if (outcome.kind === 'answer') {
				this.learn(turn, outcome.answer);
				if (isSuccess(outcome.answer)) {
					return this.read(request, call, outcome.answer, repeatable ? undefined : sentAt);
				}
			}
			switch (nextStep(repeatable, outcome, tries)) {
				case 'wait':
					break;
				case 'retry':
					await this.pause(backOffMs(tries));
					tries += 1;
					break;
				case 'fail':
					return {
						error: outcomeError(call, outcome),
						missing: outcome.kind === 'answer' && isMissing(outcome.answer),
					};
				case 'uncertain':
					return { error: uncertainError(call, outcomeError(call, outcome), sentAt) };
			}
		}
	}

	/**
	 * Waits until the rate limit lets the call go, and counts it.
	 * @returns 0, or how long it would still have to wait if that is more than is left of its patience, in milliseconds
	 */
	private async waitForTurn(turn: Turn): Promise<number> {
		const slot = this.slot(turn);
		// After a wait, others that waited too may have used up the new window.
		for (let waitMs = slot.waitMs(Date.now()); waitMs > 0; waitMs = slot.waitMs(Date.now())) {
			if (waitMs > turn.patienceMs) return waitMs;
			turn.patienceMs -= waitMs;
			this.waited.set(turn.bucket, (this.waited.get(turn.bucket) ?? 0) + waitMs);
			await this.pause(waitMs);
		}
		slot.take(Date.now());
		return 0;
	}

	private learn(turn: Turn, answer: Answer): void {
		if (answer.statusCode === 429) turn.refusals += 1;
		this.clockOffset = readClockOffset(answer.headers, Date.now());
		this.dateOffset = readDateOffset(answer.headers, Date.now());
		this.slot(turn).learn(answer, Date.now(), turn.refusals);
	}

	private slot({ bucket }: Turn): RateLimitSlot {
		return new RateLimitSlot(this.account, bucket);
	}

	private idempotencyKey({ method, path, body, itemIndex }: ApiRequest<unknown>): string {
		if (this.runName === undefined) return randomUUID();
		return fingerprint([this.runName, itemIndex, method, path, body]);
	}

	private async send(
		{ method, path, query, body }: ApiRequest<unknown>,
		headers: IDataObject,
	): Promise<Outcome> {
		try {
			const answer = (await this.context.helpers.httpRequestWithAuthentication.call(
				this.context,
				'whiteLabelCroApi',
				{
					method,
					url: this.baseUrl + path,
					headers,
					qs: query,
					body,
					json: true,
					timeout: TIMEOUT_MS,
					returnFullResponse: true,
					// n8n's own error of a failed status would hide the answer's headers, and cannot be reworded.
					ignoreHttpStatusErrors: true,
					disableFollowRedirect: true,
				},
			)) as Answer;
			return { kind: 'answer', answer };
		} catch (failure) {
			return { kind: 'unreachable', arrived: isUnreached(failure) ? 'no' : 'maybe', failure };
		}
	}

	/** A write whose answer cannot be read has most likely taken effect. @param createdAt when a creation was sent */
	private read<T>(
		request: ApiRequest<T>,
		call: FailedCall,
		answer: Answer,
		createdAt: number | undefined,
	): Attempted<T> {
		try {
			if (isForeign(answer)) throw new UnexpectedShapeError('a web page instead of data');
			return { value: request.read(answer.body) };
		} catch (error) {
			const unreadable = shapeError(call, answer, error);
			return { error: createdAt === undefined ? unreadable : asUncertain(unreadable, createdAt) };
		}
	}

	/** Waits, in milliseconds. @throws as soon as the user cancels the execution */
	async pause(ms: number): Promise<void> {
		const signal =
			'getExecutionCancelSignal' in this.context ? this.context.getExecutionCancelSignal() : undefined;
		const end = Date.now() + ms;
		for (let left = ms; left > 0; left = end - Date.now()) {
			signal?.throwIfAborted();
			await sleep(Math.min(left, LONGEST_SLEEP_MS), signal);
		}
	}
}
