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

import { normaliseBaseUrl } from './baseUrl';
import { IDEMPOTENCY_HEADER, bucketOf, readClockOffset } from './contract';
import type { Bucket } from './contract';
import {
	answerError,
	asUncertain,
	inputError,
	isUnreached,
	patienceError,
	shapeError,
	unreachableError,
	uncertainError,
} from './errors';
import type { Answer, FailedCall } from './errors';
import { fingerprint } from './fingerprint';
import { RateLimitSlot } from './rateLimit';
import { backOffMs, nextStep } from './retry';

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

/** A call's value, or why there is none; `isUncertain` tells whether it may have taken effect all the same. */
export type Attempted<T> = { value: T } | { error: NodeApiError };

/** How long a list to choose from may wait for the rate limit: a person waits for it to open. */
export const LIST_WAIT_MS = 5000;

const TIMEOUT_MS = 30_000;
/** Older versions of n8n cannot interrupt a sleep, so none lasts longer than this. */
const LONGEST_SLEEP_MS = 1000;

/** The API as one node run, activation or list uses it: with one credential and one patience. */
export class Api {
	/** How long this run has waited for each rate limit, in milliseconds. */
	readonly waited = new Map<Bucket, number>();

	/** What has to be added to this process's clock to get the server's, in milliseconds. */
	clockOffset = 0;

	private constructor(
		private readonly context: ApiContext,
		/** As the credential names it, in its normal form. */
		readonly baseUrl: string,
		private readonly account: string,
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
		const bucket = bucketOf(request.method, request.path);
		const slot = new RateLimitSlot(this.account, bucket);
		const headers = request.method === 'GET' ? {} : { [IDEMPOTENCY_HEADER]: this.idempotencyKey(request) };
		let patienceMs = this.maximumWaitMs;
		let tries = 0;
		let refusals = 0;

		for (;;) {
			// After a wait, others that waited too may have used up the new window.
			for (let waitMs = slot.waitMs(Date.now()); waitMs > 0; waitMs = slot.waitMs(Date.now())) {
				if (waitMs > patienceMs) return { error: patienceError(call, waitMs) };
				patienceMs -= waitMs;
				this.waited.set(bucket, (this.waited.get(bucket) ?? 0) + waitMs);
				await this.pause(waitMs);
			}
			slot.take(Date.now());
			const result = await this.send(request, headers);
			let error: NodeApiError | undefined;
			let step: ReturnType<typeof nextStep>;
			if ('answer' in result) {
				const { answer } = result;
				if (answer.statusCode === 429) refusals += 1;
				else tries += 1;
				this.clockOffset = readClockOffset(answer.headers, Date.now());
				slot.learn(answer, Date.now(), refusals);
				step = nextStep(repeatable, { kind: 'answer', statusCode: answer.statusCode }, tries);
				if (step === 'done') return this.read(request, call, answer, repeatable);
				if (step === 'wait') continue;
				error = answerError(call, answer);
			} else {
				tries += 1;
				const arrived = isUnreached(result.failure) ? 'no' : 'maybe';
				step = nextStep(repeatable, { kind: 'unreachable', arrived }, tries);
				error = unreachableError(call, result.failure);
			}
			if (step === 'fail') return { error };
			if (step === 'uncertain') return { error: uncertainError(call, error) };
			await this.pause(backOffMs(tries));
		}
	}

	private idempotencyKey({ method, path, body, itemIndex }: ApiRequest<unknown>): string {
		if (this.runName === undefined) return randomUUID();
		return fingerprint([this.runName, itemIndex, method, path, body]);
	}

	private async send<T>(
		request: ApiRequest<T>,
		headers: IDataObject,
	): Promise<{ answer: Answer } | { failure: unknown }> {
		try {
			const answer = (await this.context.helpers.httpRequestWithAuthentication.call(
				this.context,
				'whiteLabelCroApi',
				{
					method: request.method,
					url: this.baseUrl + request.path,
					headers,
					qs: request.query,
					body: request.body,
					json: true,
					timeout: TIMEOUT_MS,
					returnFullResponse: true,
					// n8n's own error of a failed status would hide the answer's headers, and cannot be reworded.
					ignoreHttpStatusErrors: true,
					disableFollowRedirect: true,
				},
			)) as Answer;
			return { answer };
		} catch (failure) {
			return { failure };
		}
	}

	/** A write whose answer cannot be read has most likely taken effect. */
	private read<T>(
		request: ApiRequest<T>,
		call: FailedCall,
		answer: Answer,
		repeatable: boolean,
	): Attempted<T> {
		try {
			return { value: request.read(answer.body) };
		} catch (error) {
			const unreadable = shapeError(call, answer, error);
			return { error: repeatable ? unreadable : asUncertain(unreadable) };
		}
	}

	/** @throws as soon as the user cancels the execution */
	private async pause(ms: number): Promise<void> {
		const signal =
			'getExecutionCancelSignal' in this.context ? this.context.getExecutionCancelSignal() : undefined;
		const end = Date.now() + ms;
		for (let left = ms; left > 0; left = end - Date.now()) {
			signal?.throwIfAborted();
			await sleep(Math.min(left, LONGEST_SLEEP_MS), signal);
		}
	}
}
