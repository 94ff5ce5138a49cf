import { ExpressionError, NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { IHttpRequestMethods, INode } from 'n8n-workflow';

import { textOf, UnexpectedShapeError } from '../contract/json';
import { PATHS } from '../contract/paths';
import { redact } from '../helpers/redact';
import { networkErrorCode } from './networkError';
import type { Priority } from './rateLimiter';
import { isNotFromApi, isWebPage } from './response';
import type { ApiResponse } from './response';
import type { Outcome } from './retry';
import { readVendorMessage } from './vendorMessage';
import type { VendorMessage } from './vendorMessage';

/** What a failed call was, as far as its error message needs it. */
export interface FailedCall {
	node: INode;
	method: IHttpRequestMethods;
	path: string;
	itemIndex?: number;
	/** For removing it from what the server says, which may repeat it. */
	apiKey: string;
	/** See ApiOptions. */
	titleOf?: (field: string) => string | undefined;
	/** Whether the API has answered others of these calls. */
	hasAnswered?: boolean;
}

/** What an error is, whatever its sentence says. */
export type ErrorCode =
	/** No answer. */
	| 'WLCRO_ERR_NETWORK'
	/** Something else than the API answered. */
	| 'WLCRO_ERR_NOT_FROM_API'
	| 'WLCRO_ERR_UNAUTHORIZED'
	| 'WLCRO_ERR_FORBIDDEN'
	| 'WLCRO_ERR_MISSING_SCOPE'
	| 'WLCRO_ERR_NOT_FOUND'
	| 'WLCRO_ERR_RATE_LIMITED'
	| 'WLCRO_ERR_REFUSED'
	| 'WLCRO_ERR_INTERNAL'
	/** A success in a form that the contract does not have. */
	| 'WLCRO_ERR_UNEXPECTED_SHAPE'
	/** See UnconfirmedWrite. */
	| 'WLCRO_ERR_UNCONFIRMED_WRITE';

/** The error of a call. */
export interface CallError extends NodeApiError {
	code: ErrorCode;
}

/** The error of a write that may or may not have taken effect, so it must not be sent again blindly. */
export interface UnconfirmedWrite extends CallError {
	code: 'WLCRO_ERR_UNCONFIRMED_WRITE';
	/** Before it was sent, in milliseconds of this process's clock. */
	sentAt: number;
	/** Whether the API said that it took effect, in an answer that could not be read. */
	isTaken?: boolean;
}

interface Explanation {
	code: ErrorCode;
	message: string;
	description: string;
	/** How n8n should class it. */
	failure?: NodeApiError['failure'];
}

/** What has a Create or Update, by where it is created. */
const PEOPLE: Readonly<Record<string, string | undefined>> = {
	[PATHS.leads]: 'Lead',
	[PATHS.clients]: 'Client',
};

type Place = Pick<FailedCall, 'node' | 'itemIndex'>;
type Said = Explanation & { httpCode?: string };

export const WHERE_KEYS_ARE_MADE = 'In WhiteLabelCRO, open Settings > Integrations > API Keys';
const OTHER_HOST_HINT = "Check the 'Base URL' of the credential.";

/**
 * Why a call got no answer, and what to do about it.
 * @param error what the HTTP client threw, or n8n instead
 */
export function describeNetworkError(error: unknown): { message: string; description: string } {
	const code = networkErrorCode(error);
	if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME|SSL|EPROTO/.test(code)) {
		return {
			message: "The secure connection to WhiteLabelCRO failed: the server's certificate is not trusted",
			description: `${OTHER_HOST_HINT} A proxy or firewall that inspects traffic can also cause this. If that's it, set n8n's environment variable NODE_EXTRA_CA_CERTS to the file with its certificate. (${code})`,
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
			description: `${OTHER_HOST_HINT} If it's right, WhiteLabelCRO or the network is down: try again later. (${code})`,
		};
	}
	const timedOut = code === 'ECONNABORTED' || code === 'ETIMEDOUT';
	return {
		message: timedOut
			? 'WhiteLabelCRO did not answer in time'
			: 'The connection to WhiteLabelCRO was lost before it answered',
		description: `Try again later.${code === '' ? '' : ` (${code})`}`,
	};
}

/**
 * The error of a call that failed: what happened, what to do, and how n8n should class it. It is a new one, since the HTTP
 * client's own error carries the request's headers.
 */
export function outcomeError(call: FailedCall, outcome: Outcome): CallError {
	if (outcome.kind === 'answer') {
		return answerError(call, outcome.answer, (answer, vendor) => explain(answer, vendor, call));
	}
	const failure = { cause: 'temporarily-unavailable' } as const;
	return apiError(call, { code: 'WLCRO_ERR_NETWORK', ...describeNetworkError(outcome.failure), failure });
}

/**
 * The error of a write that may or may not have taken effect.
 * @param sentAt see UnconfirmedWrite
 * @param then what followed from that
 */
export function unconfirmedError(
	place: Place,
	{ message, description, httpCode }: NodeApiError,
	sentAt: number,
	then = 'so it was not sent again',
): UnconfirmedWrite {
	return unconfirmed(place, sentAt, {
		message: `WhiteLabelCRO did not confirm this change, ${then}`,
		description:
			`Before you run this item again, check in WhiteLabelCRO whether the change is there. Reason: ${message}. ${description ?? ''}`.trim(),
		httpCode: httpCode ?? undefined,
	});
}

/** The error of a creation whose answer was lost, while another record with the same email was there before it. @param sentAt see UnconfirmedWrite */
export function olderRecordError(place: Place, clientId: unknown, sentAt: number): UnconfirmedWrite {
	return unconfirmed(place, sentAt, {
		message: 'WhiteLabelCRO did not confirm this new record, and another with the same email already exists',
		description: `That one is ${String(clientId)}: it's older, has another name, or belongs to another item. Before you run this item again, check in WhiteLabelCRO whether the new record is there too. An 'External ID' tells records with the same email apart.`,
	});
}

function unconfirmed(place: Place, sentAt: number, said: Omit<Said, 'code' | 'failure'>): UnconfirmedWrite {
	const code = 'WLCRO_ERR_UNCONFIRMED_WRITE';
	const failure = { cause: 'temporarily-unavailable' } as const;
	return asUnconfirmed(apiError(place, { ...said, code, failure }), sentAt);
}

/** The same error, as that of a write that may have taken effect. @param sentAt see UnconfirmedWrite */
export function asUnconfirmed(error: NodeApiError, sentAt: number): UnconfirmedWrite {
	return Object.assign(error, { code: 'WLCRO_ERR_UNCONFIRMED_WRITE', sentAt } as const);
}

/**
 * The error of a creation that has most likely taken effect, and whose answer cannot be read.
 * @param sentAt see UnconfirmedWrite
 */
export function unreadableWriteError(
	call: FailedCall,
	answer: ApiResponse,
	error: unknown,
	sentAt: number,
): UnconfirmedWrite {
	const isTaken = !isNotFromApi(answer);
	const advice = isTaken || call.hasAnswered === true ? '' : OTHER_HOST_HINT;
	const unreadable = shapeError(call, answer, error, advice);
	const unconfirmed = unconfirmedError(call, unreadable, sentAt, 'and its answer could not be read');
	return Object.assign(unconfirmed, { isTaken, messages: unreadable.messages });
}

/** Whether an error is that of a write that may have taken effect. */
export function isUnconfirmed(error: unknown): error is UnconfirmedWrite {
	return codeOf(error) === 'WLCRO_ERR_UNCONFIRMED_WRITE';
}

/** What a rate limit that is used up means, and what to do, by whom a call is made for: only workflows have an option for it. */
const RATE_LIMITED: Record<Priority, [message: string, remedy: string]> = {
	person: ["Too many requests: WhiteLabelCRO's limit is used up for now", 'Try again then'],
	workflow: [
		"Too many requests: WhiteLabelCRO's limit resets later than 'Maximum Wait' allows",
		"Raise 'Maximum Wait' under 'Options'",
	],
	background: [
		"Too many requests: WhiteLabelCRO's limit is used up for now",
		'The next poll tries again automatically. If this happens often, poll less often',
	],
};

/** The error of a call that would have to wait longer for the rate limit than it may. @param waitMs in milliseconds */
export function rateLimitError(call: FailedCall, priority: Priority, waitMs: number): CallError {
	const [message, remedy] = RATE_LIMITED[priority];
	const seconds = Math.ceil(waitMs / 1000);
	return apiError(call, {
		code: 'WLCRO_ERR_RATE_LIMITED',
		message,
		description: `It resets in ${seconds === 1 ? '1 second' : `${seconds} seconds`}. ${remedy}, or use the API key in fewer places: they all share one limit.`,
		httpCode: '429',
		failure: { cause: 'rate-limited', retryAfterMs: waitMs },
	});
}

/** The error of a call whose answer has a success status, but not the form the contract gives it. */
export function shapeError(
	call: FailedCall,
	answer: ApiResponse,
	error: unknown,
	advice = `${OTHER_HOST_HINT} If it's right, please report this to the maintainers of this node.`,
): CallError {
	const found = isWebPage(answer)
		? 'a web page instead of data'
		: error instanceof UnexpectedShapeError
			? error.message
			: 'something that could not be read';
	return answerError(call, answer, () => ({
		code: 'WLCRO_ERR_UNEXPECTED_SHAPE',
		message: `WhiteLabelCRO answered with ${found}`,
		description: advice,
		failure: { cause: isWebPage(answer) ? 'configuration-invalid' : 'node-defect' },
	}));
}

function explain(answer: ApiResponse, vendor: VendorMessage, call: FailedCall): Explanation {
	const { statusCode } = answer;

	if (statusCode === 413 || statusCode === 414) {
		return {
			code: 'WLCRO_ERR_REFUSED',
			message: 'This item is too long for WhiteLabelCRO',
			description: `Shorten its texts, or split them into several items (HTTP ${statusCode}). ${vendor.words}`,
		};
	}
	if (
		call.hasAnswered === true &&
		isWebPage(answer) &&
		isNotFromApi(answer) &&
		[403, 406].includes(statusCode)
	) {
		return {
			code: 'WLCRO_ERR_NOT_FROM_API',
			message: "A firewall in front of WhiteLabelCRO refused this item's text",
			description: `Firewalls can mistake SQL commands, HTML tags, or links for attacks. Remove them from the item, or ask WhiteLabelCRO's support to let them through. (HTTP ${statusCode})`,
		};
	}
	if (isNotFromApi(answer)) {
		const whatCame =
			statusCode < 400 ? 'a redirect' : isWebPage(answer) ? 'a web page' : "something that isn't data";
		return {
			code: 'WLCRO_ERR_NOT_FROM_API',
			message: "The server at the credential's 'Base URL' is not the WhiteLabelCRO API",
			description: `${OTHER_HOST_HINT} It answered with ${whatCame} (HTTP ${statusCode}).`,
			failure: { cause: 'configuration-invalid' },
		};
	}
	if (statusCode === 401) {
		return {
			code: 'WLCRO_ERR_UNAUTHORIZED',
			// n8n stops retrying a failed activation only if its message contains the word "Authorization".
			message: 'Authorization failed: WhiteLabelCRO did not accept the API key',
			description: `${WHERE_KEYS_ARE_MADE}, create a new key, and paste all of it into this node's credential. ${vendor.words}`,
			failure: { cause: 'credential-invalid' },
		};
	}
	if (statusCode === 403) {
		const { scope } = vendor;
		if (scope === undefined) {
			return {
				code: 'WLCRO_ERR_FORBIDDEN',
				message: 'WhiteLabelCRO refused access to this record',
				description: `Check the ID. The record may belong to a different company than the API key. ${vendor.words}`,
				failure: { cause: 'configuration-invalid' },
			};
		}
		return {
			code: 'WLCRO_ERR_MISSING_SCOPE',
			message: `The API key lacks the scope '${scope}'`,
			description: `You can't add scopes to an existing key. ${WHERE_KEYS_ARE_MADE}, create a new key with '${scope}' and every scope you already use, and paste it into this node's credential.`,
			failure: { cause: 'credential-invalid' },
		};
	}
	if (statusCode === 404) {
		return {
			code: 'WLCRO_ERR_NOT_FOUND',
			message: 'WhiteLabelCRO has no such record',
			description: `Check the ID. The record may have been deleted. ${vendor.words}`,
			failure: { cause: 'configuration-invalid' },
		};
	}
	if (statusCode >= 500) {
		return {
			code: 'WLCRO_ERR_INTERNAL',
			message: `WhiteLabelCRO had an internal problem (HTTP ${statusCode})`,
			description: `Try again later. ${vendor.words}`,
			failure: { cause: 'temporarily-unavailable' },
		};
	}
	const created = PEOPLE[call.path];
	const isTaken = statusCode === 409 || /already|duplicate/i.test(vendor.words);
	const advice =
		created !== undefined && call.method === 'POST' && isTaken
			? `If this person is already in WhiteLabelCRO, use '${created}: Create or Update'.`
			: 'Correct that in this node, and try again.';
	return {
		code: 'WLCRO_ERR_REFUSED',
		message: vendor.namesFields
			? 'WhiteLabelCRO refused a field of this item'
			: 'WhiteLabelCRO refused the request',
		description: `${vendor.words || `It gave no reason (HTTP ${statusCode}).`} ${advice}`,
	};
}

/** The error that an answer stands for. Never with the answer itself: n8n would store it with the execution. */
function answerError(
	call: FailedCall,
	answer: ApiResponse,
	explained: (answer: ApiResponse, vendor: VendorMessage) => Explanation,
): CallError {
	const vendor = readVendorMessage(answer, call.apiKey, call.titleOf);
	const { requestId } = vendor;
	const support = requestId === undefined ? '' : ` Request ID for WhiteLabelCRO's support: ${requestId}`;
	const explanation = explained(answer, vendor);
	const description = explanation.description.trim() + support;
	const error = apiError(call, { ...explanation, description, httpCode: String(answer.statusCode) });
	// n8n shows it under the error's details.
	error.messages.push(`${call.method} ${call.path} was answered with HTTP ${answer.statusCode}`);
	return error;
}

function apiError({ node, itemIndex }: Place, { code, ...explanation }: Said): CallError {
	return Object.assign(new NodeApiError(node, {}, { ...explanation, itemIndex }), { code });
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

/**
 * Whatever was thrown, as an error that n8n shows well: its own kinds unchanged, those of expressions with what the editor
 * explains them by, others by message only.
 * @param titleOf what the form calls a parameter, by its name
 */
export function asNodeError(
	node: INode,
	error: unknown,
	itemIndex?: number,
	titleOf: (parameter: string) => string | undefined = () => undefined,
): NodeApiError | NodeOperationError {
	if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
	const message = redact(error instanceof Error ? error.message : String(error));
	if (!(error instanceof ExpressionError)) return inputError(node, message, undefined, itemIndex);
	const { context, description } = error;
	const title = titleOf(textOf(context.parameter) ?? '');
	const shown = inputError(
		node,
		title === undefined ? message : `'${title}': ${message}`,
		undefined,
		itemIndex,
	);
	if (typeof description === 'string') shown.description = redact(description);
	Object.assign(shown.context, context, { itemIndex });
	return shown;
}

/**
 * What work gives. An error of it says in its message what to do, too: for whoever is shown no more than that, as an AI agent
 * or a person who publishes a workflow.
 */
export async function withRemedy<T>(work: Promise<T>): Promise<T> {
	return await work.catch((error: unknown) => {
		if (error instanceof NodeApiError || error instanceof NodeOperationError) {
			const { message, description } = error;
			if (description && !message.includes(description)) error.message = `${message}. ${description}`;
		}
		throw error;
	});
}

/** Whether an error stands for an answer with one of these HTTP statuses. */
export function hasStatus(error: unknown, ...statuses: number[]): boolean {
	return error instanceof NodeApiError && statuses.some((status) => String(status) === error.httpCode);
}

/** What the error of a call is; undefined for any other. */
export function codeOf(error: unknown): ErrorCode | undefined {
	return error instanceof NodeApiError ? (error as Partial<CallError>).code : undefined;
}

/** Whether the API says that the key may not do what it was used for. */
export function isForbidden(error: unknown): boolean {
	return hasStatus(error, 403) && codeOf(error) !== 'WLCRO_ERR_NOT_FROM_API';
}

/** Whether an error stands for the API's refusal of what was sent: not of the key, and not for the rate limit. */
export function isRefusal(error: unknown): error is NodeApiError {
	if (!(error instanceof NodeApiError) || hasStatus(error, 401, 403, 429)) return false;
	return /^4/.test(error.httpCode ?? '') && codeOf(error) !== 'WLCRO_ERR_NOT_FROM_API';
}
