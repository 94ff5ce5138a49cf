import type { IDataObject } from 'n8n-workflow';

import { readRequestId } from './contract';

/** One HTTP answer, whatever its status. */
export interface Answer {
	statusCode: number;
	headers: IDataObject;
	body: unknown;
}

export function isSuccess({ statusCode }: Answer): boolean {
	return statusCode >= 200 && statusCode < 300;
}

/** Whether an answer's body is a web page and not data. */
export function isWebPage({ headers, body }: Answer): boolean {
	const type = headers['content-type'];
	const declared = typeof type === 'string' && type.includes('text/html');
	return declared || (typeof body === 'string' && /^\s*<(!doctype|html)/i.test(body));
}

/**
 * Whether an answer came from something other than the API: a redirect, or the page of another site, a login or a proxy.
 * The API's own errors may be web pages too, but each of its answers carries a request id.
 */
export function isForeign(answer: Answer): boolean {
	const redirect = answer.statusCode >= 300 && answer.statusCode < 400;
	return (
		redirect || (answer.statusCode < 500 && isWebPage(answer) && readRequestId(answer.headers) === undefined)
	);
}
