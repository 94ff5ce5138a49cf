import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IHttpRequestMethods, INode } from 'n8n-workflow';

import {
	UnexpectedShapeError,
	readErrorBody,
	readMissingScope,
	readRequestId,
	readRetryAfterMs,
} from './contract';

/** What a failed call was, as far as its error message needs it. */
export interface FailedCall {
	node: INode;
	method: IHttpRequestMethods;
	path: string;
	itemIndex?: number;
}

/** One HTTP answer, whatever its status. */
export interface Answer {
	statusCode: number;
	headers: IDataObject;
	body: unknown;
}

type Failure = NonNullable<NodeApiError['failure']>;

const WHERE_KEYS_ARE_MADE = 'In WhiteLabelCRO, open Settings > Integrations > API Keys';
const OTHER_HOST_HINT = "Check the 'Base URL' of the credential.";

/** Removes what an error must never show: keys, and the addresses and phone numbers of people, which vendors like to echo. */
export function redact(text: string): string {
	return text
		.replace(/wlcro_[\w-]+/g, '[API key]')
		.replace(/[^\s"'<>:,;]+@[^\s"'<>,;]+\.[^\s"'<>,;.]+/g, '[email]')
		.replace(/\+?\d[\d\s().-]{8,}\d/g, '[number]');
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

/**
 * In what way a call got no answer, and what to do about it.
 * @param error what the HTTP client threw: Node's error code stands on it, or on its cause
 */
export function describeUnreachable(error: unknown): { message: string; description: string } {
	const code = errorCode(error);
	if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME|SSL|EPROTO/.test(code)) {
		return {
			message: "The secure connection to WhiteLabelCRO failed: the server's certificate is not trusted",
			description: `${OTHER_HOST_HINT} A proxy or firewall that opens TLS connections can also be the cause. (${code})`,
		};
	}
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
		return {
			message: "There is no server at the credential's 'Base URL'",
			description: `${OTHER_HOST_HINT} Its host name could not be resolved. (${code})`,
		};
	}
	if (code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
		return {
			message: "The server at the credential's 'Base URL' does not accept connections",
			description: `${OTHER_HOST_HINT} If it is right, WhiteLabelCRO or the network between is down: try again later. (${code})`,
		};
	}
	const timedOut = code === 'ECONNABORTED' || code === 'ETIMEDOUT';
	return {
		message: timedOut
			? 'WhiteLabelCRO did not answer in time'
			: 'The connection to WhiteLabelCRO broke before it answered',
		description: `Try again later.${code === '' ? '' : ` (${code})`}`,
	};
}

function errorCode(error: unknown): string {
	for (
		let current = error, depth = 0;
		typeof current === 'object' && current !== null && depth < 5;
		depth++
	) {
		const { code, cause } = current as { code?: unknown; cause?: unknown };
		if (typeof code === 'string') return code;
		current = cause;
	}
	return '';
}

/** The error of a call that got no answer. It is made afresh, since the client's own error carries the request's headers. */
export function unreachableError(call: FailedCall, error: unknown): NodeApiError {
	const { message, description } = describeUnreachable(error);
	return apiError(call, { message, description, failure: { cause: 'temporarily-unavailable' } });
}

/** The error of a call whose answer has a success status, but not the form the contract gives it. */
export function shapeError(call: FailedCall, answer: Answer, error: unknown): NodeApiError {
	const found = isWebPage(answer)
		? 'a web page instead of data'
		: error instanceof UnexpectedShapeError
			? error.message
			: 'something that could not be read';
	return apiError(call, {
		message: `WhiteLabelCRO answered ${call.method} ${call.path} with ${found}`,
		description: `${OTHER_HOST_HINT} If it is right, please report this answer's form to the maintainers of this node.`,
		answer,
		failure: { cause: isWebPage(answer) ? 'configuration-invalid' : 'node-defect' },
	});
}

/** The error of an answer whose status is not a success: what happened, what to do, and how n8n should class it. */
export function answerError(call: FailedCall, answer: Answer): NodeApiError {
	return apiError(call, { ...explain(call, answer), answer });
}

function explain(
	call: FailedCall,
	answer: Answer,
): { message: string; description: string; failure?: Failure } {
	const { statusCode, headers, body } = answer;
	const said = readErrorBody(body);
	const fields = Object.entries(said.fields).map(([field, reason]) => `'${field}': ${reason}`);
	const vendorSays = [said.message && `WhiteLabelCRO says: ${said.message}`, ...fields]
		.filter(Boolean)
		.join('. ');

	if (isForeign(answer)) {
		return {
			message: "The server at the credential's 'Base URL' is not the WhiteLabelCRO API",
			description: `${OTHER_HOST_HINT} It answered ${call.method} ${call.path} with ${statusCode < 400 ? 'a redirect' : 'a web page'} (HTTP ${statusCode}).`,
			failure: { cause: 'configuration-invalid' },
		};
	}
	if (statusCode === 401) {
		return {
			// n8n stops re-trying a failed activation only if its message contains the word "Authorization".
			message: 'Authorization failed: WhiteLabelCRO did not accept the API key',
			description: `${WHERE_KEYS_ARE_MADE}, make a new key and paste it whole into this node's credential. ${vendorSays}`,
			failure: { cause: 'credential-invalid' },
		};
	}
	if (statusCode === 403) {
		const scope = readMissingScope(body);
		if (scope === undefined) {
			return {
				message: 'WhiteLabelCRO refused access to this record',
				description: `It may belong to another company than the API key does. Check the ID. ${vendorSays}`,
				failure: { cause: 'configuration-invalid' },
			};
		}
		return {
			message: `The API key lacks the scope '${scope}'`,
			description: `Scopes cannot be added to an existing key. ${WHERE_KEYS_ARE_MADE}, make a new key with '${scope}' and paste it into this node's credential.`,
			failure: { cause: 'credential-invalid' },
		};
	}
	if (statusCode === 404) {
		return {
			message: 'WhiteLabelCRO has no such record',
			description: `Check the ID; the record may have been deleted. (${call.method} ${call.path}) ${vendorSays}`,
			failure: { cause: 'configuration-invalid' },
		};
	}
	if (statusCode === 429) {
		const retryAfterMs = readRetryAfterMs(headers, Date.now());
		return {
			message: "The API key's rate limit at WhiteLabelCRO is used up",
			description: `Try again ${retryAfterMs === undefined ? 'in a minute' : `in ${Math.ceil(retryAfterMs / 1000)} seconds`}. Other users of the same key share its limit.`,
			failure: { cause: 'rate-limited', ...(retryAfterMs !== undefined && { retryAfterMs }) },
		};
	}
	if (statusCode >= 500) {
		return {
			message: `WhiteLabelCRO had an internal problem (HTTP ${statusCode})`,
			description: `Try again later. ${vendorSays}`,
			failure: { cause: 'temporarily-unavailable' },
		};
	}
	return {
		message:
			fields.length > 0 ? 'WhiteLabelCRO refused a field of this item' : 'WhiteLabelCRO refused the request',
		description:
			vendorSays || `It answered ${call.method} ${call.path} with HTTP ${statusCode} and no reason.`,
	};
}

function apiError(
	{ node, itemIndex }: FailedCall,
	{
		message,
		description,
		failure,
		answer,
	}: { message: string; description: string; failure?: Failure; answer?: Answer },
): NodeApiError {
	const requestId = answer && readRequestId(answer.headers);
	const support = requestId === undefined ? '' : ` Request ID for WhiteLabelCRO's support: ${requestId}`;
	return new NodeApiError(
		node,
		// Never the answer itself: n8n would store it with the execution.
		{},
		{
			message,
			description: redact(description.trim()) + support,
			httpCode: answer?.statusCode.toString(),
			itemIndex,
			failure,
		},
	);
}

/** The error of a parameter that the user has to correct. Parameter names stand in single quotes. */
export function inputError(
	node: INode,
	message: string,
	description?: string,
	itemIndex?: number,
): NodeOperationError {
	return new NodeOperationError(node, message, { description, itemIndex });
}

/** Whatever was thrown, as an error that n8n shows well: its own kinds as they are, any other by its message only. */
export function asNodeError(
	node: INode,
	error: unknown,
	itemIndex?: number,
): NodeApiError | NodeOperationError {
	if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
	return inputError(
		node,
		redact(error instanceof Error ? error.message : String(error)),
		undefined,
		itemIndex,
	);
}

/** Whether an error stands for an answer with one of these HTTP statuses. */
export function hasStatus(error: unknown, ...statuses: number[]): boolean {
	return error instanceof NodeApiError && statuses.some((status) => String(status) === error.httpCode);
}
