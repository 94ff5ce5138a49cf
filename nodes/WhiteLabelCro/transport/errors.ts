import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { IHttpRequestMethods, INode } from 'n8n-workflow';

import { isForeign, isWebPage } from './answer';
import type { Answer } from './answer';
import { UnexpectedShapeError } from './contract';
import { redact } from './redact';
import type { Outcome } from './retry';
import { whatIsSaid } from './said';
import type { Said } from './said';
import { asUncertain } from './uncertain';
import { unreachableCode } from './unreachable';

/** What a failed call was, as far as its error message needs it. */
export interface FailedCall {
	node: INode;
	method: IHttpRequestMethods;
	path: string;
	itemIndex?: number;
	/** For removing it from what the server says, which may repeat it. */
	apiKey: string;
}

interface Explanation {
	message: string;
	description: string;
	/** How n8n should class it. */
	failure?: NodeApiError['failure'];
}

export const WHERE_KEYS_ARE_MADE = 'In WhiteLabelCRO, open Settings > Integrations > API Keys';
const NOT_THE_API = "The server at the credential's 'Base URL' is not the WhiteLabelCRO API";
const OTHER_HOST_HINT = "Check the 'Base URL' of the credential.";

/**
 * Why a call got no answer, and what to do about it.
 * @param error what the HTTP client threw, or n8n instead
 */
export function describeUnreachable(error: unknown): { message: string; description: string } {
	const code = unreachableCode(error);
	if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME|SSL|EPROTO/.test(code)) {
		return {
			message: "The secure connection to WhiteLabelCRO failed: the server's certificate is not trusted",
			description: `${OTHER_HOST_HINT} A proxy or firewall that inspects traffic can also cause this: then set n8n's environment variable NODE_EXTRA_CA_CERTS to the file with its certificate. (${code})`,
		};
	}
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
		return {
			message: "There is no server at the credential's 'Base URL'",
			description: `${OTHER_HOST_HINT} Its host name was not found. (${code})`,
		};
	}
	if (code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
		return {
			message: "The server at the credential's 'Base URL' does not accept connections",
			description: `${OTHER_HOST_HINT} If it is right, WhiteLabelCRO or the network is down: try again later. (${code})`,
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

/**
 * The error of a call that failed: what happened, what to do, and how n8n should class it. It is a new one, since the HTTP
 * client's own error carries the request's headers.
 */
export function outcomeError(call: FailedCall, outcome: Outcome): NodeApiError {
	if (outcome.kind === 'answer') {
		const said = whatIsSaid(outcome.answer, call.apiKey);
		return answerError(call, outcome.answer, said, explain(outcome.answer, said));
	}
	const { message, description } = describeUnreachable(outcome.failure);
	return apiError(call, { message, description, failure: { cause: 'temporarily-unavailable' } });
}

/**
 * The error of a write that may or may not have taken effect.
 * @param sentAt see asUncertain
 * @param then what followed from that
 */
export function uncertainError(
	call: Pick<FailedCall, 'node' | 'itemIndex'>,
	{ message, description, httpCode }: NodeApiError,
	sentAt: number,
	then = 'so it was not sent again',
): NodeApiError {
	const uncertain = apiError(call, {
		message: `WhiteLabelCRO did not confirm this change, ${then}`,
		description: `Before you run this item again, check in WhiteLabelCRO whether the change is there. Reason: ${message}. ${description ?? ''}`,
		httpCode: httpCode ?? undefined,
		failure: { cause: 'temporarily-unavailable' },
	});
	return asUncertain(uncertain, sentAt);
}

/** The error of a creation whose answer was lost, while another record with the same email was there before it. @param sentAt see asUncertain */
export function olderRecordError(
	node: INode,
	clientId: unknown,
	itemIndex: number,
	sentAt: number,
): NodeApiError {
	const uncertain = apiError(
		{ node, itemIndex },
		{
			message:
				'WhiteLabelCRO did not confirm this new record, and another with the same email already exists',
			description: `That one is ${String(clientId)}: it is older, has another name, or belongs to another item. Before you run this item again, check in WhiteLabelCRO whether the new record is there too. An 'External ID' tells records with the same email apart.`,
			failure: { cause: 'temporarily-unavailable' },
		},
	);
	return asUncertain(uncertain, sentAt);
}

/** The error of a call that would have to wait longer for the rate limit than it may. @param waitMs in milliseconds */
export function rateLimitError(call: FailedCall, waitMs: number): NodeApiError {
	return apiError(call, {
		message: "Too many requests: WhiteLabelCRO's limit resets later than 'Maximum Wait' allows",
		description: `It resets in ${Math.ceil(waitMs / 1000)} seconds. Raise 'Maximum Wait' under 'Options', or use the API key in fewer places: they all share one limit.`,
		httpCode: '429',
		failure: { cause: 'rate-limited', retryAfterMs: waitMs },
	});
}

/** The error of a call whose answer has a success status, but not the form the contract gives it. */
export function shapeError(call: FailedCall, answer: Answer, error: unknown): NodeApiError {
	const found = isWebPage(answer)
		? 'a web page instead of data'
		: error instanceof UnexpectedShapeError
			? error.message
			: 'something that could not be read';
	return answerError(call, answer, whatIsSaid(answer, call.apiKey), {
		message: `WhiteLabelCRO answered with ${found}`,
		description: `${OTHER_HOST_HINT} If it is right, please report this to the maintainers of this node.`,
		failure: { cause: isWebPage(answer) ? 'configuration-invalid' : 'node-defect' },
	});
}

function explain(answer: Answer, said: Said): Explanation {
	const { statusCode } = answer;

	if (isForeign(answer)) {
		const whatCame =
			statusCode < 400 ? 'a redirect' : isWebPage(answer) ? 'a web page' : 'something that is not data';
		return {
			message: NOT_THE_API,
			description: `${OTHER_HOST_HINT} It answered with ${whatCame} (HTTP ${statusCode}).`,
			failure: { cause: 'configuration-invalid' },
		};
	}
	if (statusCode === 401) {
		return {
			// n8n stops retrying a failed activation only if its message contains the word "Authorization".
			message: 'Authorization failed: WhiteLabelCRO did not accept the API key',
			description: `${WHERE_KEYS_ARE_MADE}, create a new key and paste it whole into this node's credential. ${said.words}`,
			failure: { cause: 'credential-invalid' },
		};
	}
	if (statusCode === 403) {
		const { scope } = said;
		if (scope === undefined) {
			return {
				message: 'WhiteLabelCRO refused access to this record',
				description: `Check the ID. The record may belong to another company than the API key. ${said.words}`,
				failure: { cause: 'configuration-invalid' },
			};
		}
		return {
			message: `The API key lacks the scope '${scope}'`,
			description: `Scopes cannot be added to an existing key. ${WHERE_KEYS_ARE_MADE}, create a new key with '${scope}' and paste it into this node's credential.`,
			failure: { cause: 'credential-invalid' },
		};
	}
	if (statusCode === 404) {
		return {
			message: 'WhiteLabelCRO has no such record',
			description: `Check the ID. The record may have been deleted. ${said.words}`,
			failure: { cause: 'configuration-invalid' },
		};
	}
	if (statusCode >= 500) {
		return {
			message: `WhiteLabelCRO had an internal problem (HTTP ${statusCode})`,
			description: `Try again later. ${said.words}`,
			failure: { cause: 'temporarily-unavailable' },
		};
	}
	return {
		message: said.namesFields
			? 'WhiteLabelCRO refused a field of this item'
			: 'WhiteLabelCRO refused the request',
		description: `${said.words || `It gave no reason (HTTP ${statusCode}).`} Correct that in this node, and try again.`,
	};
}

/** The error that an answer stands for. Never with the answer itself: n8n would store it with the execution. */
function answerError(
	call: FailedCall,
	{ statusCode }: Answer,
	{ requestId }: Said,
	explanation: Explanation,
): NodeApiError {
	const support = requestId === undefined ? '' : ` Request ID for WhiteLabelCRO's support: ${requestId}`;
	const error = apiError(call, {
		...explanation,
		description: explanation.description.trim() + support,
		httpCode: String(statusCode),
	});
	// n8n shows it under the error's details.
	error.messages.push(`${call.method} ${call.path} was answered with HTTP ${statusCode}`);
	return error;
}

function apiError(
	{ node, itemIndex }: Pick<FailedCall, 'node' | 'itemIndex'>,
	{ message, description, failure, httpCode }: Explanation & { httpCode?: string },
): NodeApiError {
	return new NodeApiError(node, {}, { message, description, httpCode, itemIndex, failure });
}

/** The error of a parameter that the user has to correct. Parameter names are in single quotes. */
export function inputError(
	node: INode,
	message: string,
	description?: string,
	itemIndex?: number,
): NodeOperationError {
	return new NodeOperationError(node, message, { description, itemIndex });
}

/** The error of an event log that leads in a circle, or on and on without an event. */
export function endlessLogError(node: INode, itemIndex?: number): NodeOperationError {
	return inputError(
		node,
		"WhiteLabelCRO's event log does not come to an end",
		"It goes in a circle, or gives page after page without a new event. If you chose 'Event Types', leave it empty and filter the events afterward. If you did not, tell WhiteLabelCRO's support.",
		itemIndex,
	);
}

/** Whatever was thrown, as an error that n8n shows well: its own kinds unchanged, others by message only. */
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

/** Whether the API says that the key may not do what it was used for. */
export function isForbidden(error: unknown): boolean {
	return hasStatus(error, 403) && (error as NodeApiError).message !== NOT_THE_API;
}

/** Whether an error stands for the API's refusal of what was sent: not of the key, and not for the rate limit. */
export function isRefusal(error: unknown): error is NodeApiError {
	if (!(error instanceof NodeApiError) || hasStatus(error, 401, 403, 429)) return false;
	return /^4/.test(error.httpCode ?? '') && error.message !== NOT_THE_API;
}
