import { sleep } from 'n8n-workflow';
import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestMethods,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IPollFunctions,
	ITriggerFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

import { wasNotSent } from './networkError';
import { LONGEST_SLEEP_MS } from './requestQueue';
import type { ApiResponse } from './response';
import type { Outcome } from './retry';

/** Wherever n8n lets a node make calls. */
export type ApiContext =
	| IExecuteFunctions
	| IHookFunctions
	| ILoadOptionsFunctions
	| IPollFunctions
	| ITriggerFunctions
	| IWebhookFunctions;

interface HttpRequest {
	method: IHttpRequestMethods;
	url: string;
	headers: IDataObject;
	qs?: IDataObject;
	body?: IDataObject;
}

/** How long an answer may keep silent. */
const TIMEOUT_MS = 30_000;

/** Sends one request with the credential's key. It never throws. @param limitMs how long the answer may take in all */
export async function send(context: ApiContext, request: HttpRequest, limitMs: number): Promise<Outcome> {
	const options = optionsOf(request, limitMs);
	const answering = context.helpers.httpRequestWithAuthentication.call(
		contextOfCall(context),
		'whiteLabelCroApi',
		options,
	);
	return await outcomeOf(answering, limitMs);
}

/** The same without the key, to another server than the CRM. */
export async function sendUnauthenticated(
	{ helpers }: ApiContext,
	request: HttpRequest,
	limitMs: number,
): Promise<Outcome> {
	return await outcomeOf(helpers.httpRequest(optionsOf(request, limitMs)), limitMs);
}

function optionsOf(request: HttpRequest, limitMs: number): IHttpRequestOptions {
	return {
		...request,
		json: true,
		timeout: Math.min(TIMEOUT_MS, limitMs),
		returnFullResponse: true,
		// n8n's own error of a failed status would hide the answer's headers, and cannot be reworded.
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: true,
	};
}

/** How a request ends, which is given up after some time. It never throws. @param limitMs how long the answer may take in all */
export async function outcomeOf(answering: Promise<unknown>, limitMs: number): Promise<Outcome> {
	const ended = new AbortController();
	try {
		const answer = await Promise.race([answering, deadline(ended.signal, limitMs)]);
		return { kind: 'answer', answer: answer as ApiResponse };
	} catch (failure) {
		return { kind: 'networkError', arrived: wasNotSent(failure) ? 'no' : 'maybe', failure };
	} finally {
		ended.abort();
	}
}

/** What tells that the user cancels the execution: a new one for each use, since Node warns of a leak when more than ten listen to one. */
export function cancelSignalOf(context: ApiContext): AbortSignal | undefined {
	const signal = 'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	return signal && AbortSignal.any([signal]);
}

/** The context for one call: n8n's HTTP client listens to its signal, which it takes from here and nowhere else. */
function contextOfCall(context: ApiContext): ApiContext {
	const cancelSignal = cancelSignalOf(context);
	if (cancelSignal === undefined) return context;
	return Object.create(context, { getExecutionCancelSignal: { value: () => cancelSignal } }) as ApiContext;
}

/** The end of a call that trickles its answer. @param ended aborted when the call has ended. @throws Error */
async function deadline(ended: AbortSignal, limitMs: number): Promise<never> {
	await pause(ended, limitMs);
	throw Object.assign(new Error('The answer took too long'), { code: 'ETIMEDOUT' });
}

/** Waits, in milliseconds. @throws the signal's reason as soon as it is aborted */
export async function pause(signal: AbortSignal | undefined, ms: number): Promise<void> {
	const end = Date.now() + ms;
	for (let left = ms; left > 0; left = end - Date.now()) {
		signal?.throwIfAborted();
		await sleep(Math.min(left, LONGEST_SLEEP_MS), signal);
	}
}
