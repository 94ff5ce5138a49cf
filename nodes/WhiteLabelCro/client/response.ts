import type { IDataObject } from 'n8n-workflow';

import { saysFailed } from '../contract/errors';
import { readRequestId } from '../contract/headers';

/** One HTTP answer, whatever its status. */
export interface ApiResponse {
	statusCode: number;
	headers: IDataObject;
	body: unknown;
}

/** Whether the API did what it was asked, by its status and by what it says. */
export function isSuccess({ statusCode, body }: ApiResponse): boolean {
	return statusCode >= 200 && statusCode < 300 && !saysFailed(body);
}

/** Whether an answer's body is a web page and not data. */
export function isWebPage({ headers, body }: ApiResponse): boolean {
	const type = headers['content-type'];
	const declared = typeof type === 'string' && type.includes('text/html');
	return declared || (typeof body === 'string' && /^<(!doctype|html)/i.test(body.trimStart()));
}

/**
 * Whether an answer came from something other than the API: a redirect, the page of another site, a login or a proxy, or a
 * 404 that is not even data. The API's own errors may be web pages, text or empty too, but each of its answers carries a
 * request id (D).
 */
export function isNotFromApi(answer: ApiResponse): boolean {
	const { statusCode, headers, body } = answer;
	if (statusCode >= 300 && statusCode < 400) return true;
	if (statusCode >= 500 || readRequestId(headers) !== undefined) return false;
	const isData = typeof body === 'object' && body !== null;
	return isWebPage(answer) || (statusCode === 404 && !isData);
}

/** Whether the API itself says that what was asked for does not exist. */
export function isNotFound(answer: ApiResponse): boolean {
	return answer.statusCode === 404 && !isNotFromApi(answer);
}
