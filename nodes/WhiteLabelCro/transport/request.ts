import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestMethods,
	ILoadOptionsFunctions,
} from 'n8n-workflow';

import { normaliseBaseUrl } from './baseUrl';
import { answerError, inputError, shapeError, unreachableError } from './errors';
import type { Answer } from './errors';

export type ApiContext = IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions;

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

const TIMEOUT_MS = 30_000;

/**
 * Makes one call to the API and reads its answer.
 * @throws NodeApiError in words for the user, unless the status is a success and the body has the promised form;
 * NodeOperationError if the credential's Base URL cannot be used
 */
export async function apiRequest<T>(context: ApiContext, request: ApiRequest<T>): Promise<T> {
	const call = {
		node: context.getNode(),
		method: request.method,
		path: request.path,
		itemIndex: request.itemIndex,
	};
	const baseUrl = await usableBaseUrl(context, request.itemIndex);
	let answer: Answer;
	try {
		answer = (await context.helpers.httpRequestWithAuthentication.call(context, 'whiteLabelCroApi', {
			method: request.method,
			url: baseUrl + request.path,
			qs: request.query,
			body: request.body,
			json: true,
			timeout: TIMEOUT_MS,
			returnFullResponse: true,
			// n8n's own error of a failed status would hide the answer's headers, and cannot be reworded.
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
		})) as Answer;
	} catch (error) {
		throw unreachableError(call, error);
	}
	if (answer.statusCode < 200 || answer.statusCode > 299) throw answerError(call, answer);
	try {
		return request.read(answer.body);
	} catch (error) {
		throw shapeError(call, answer, error);
	}
}

async function usableBaseUrl(context: ApiContext, itemIndex?: number): Promise<string> {
	const { baseUrl } = await context.getCredentials('whiteLabelCroApi', itemIndex);
	try {
		return normaliseBaseUrl(baseUrl);
	} catch (error) {
		throw inputError(context.getNode(), (error as Error).message, undefined, itemIndex);
	}
}
