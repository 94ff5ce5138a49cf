import { readErrorBody, readMissingScope } from '../contract/errors';
import { readRequestId } from '../contract/headers';
import { redact, redactId } from '../helpers/redact';
import type { ApiResponse } from './response';

/** What an answer says for a person to read, fit to be shown. */
export interface VendorMessage {
	/** The vendor's words as sentences, those on single fields included; empty for none. */
	words: string;
	/** Whether some of them are on single fields. */
	namesFields: boolean;
	/** The scope that the key lacks, which a 403 names. */
	scope?: string;
	/** For the vendor's support. */
	requestId?: string;
}

/**
 * What an answer says: the only way anything of an answer gets into an error.
 * @param apiKey the key in use
 * @param titleOf what the form calls a field, if it has it
 */
export function readVendorMessage(
	{ statusCode, headers, body }: ApiResponse,
	apiKey: string,
	titleOf: (field: string) => string | undefined = () => undefined,
): VendorMessage {
	const { message, fields } = readErrorBody(body);
	const reasons = Object.entries(fields).map(([field, reason]) => `'${titleOf(field) ?? field}': ${reason}`);
	const sentences = [
		message === undefined ? '' : asSentence(`WhiteLabelCRO says: ${redact(message, apiKey)}`),
		asSentence(redact(reasons.join('. '), apiKey)),
	];
	const requestId = readRequestId(headers);
	return {
		words: sentences.filter(Boolean).join(' '),
		namesFields: reasons.length > 0,
		scope: statusCode === 403 ? readMissingScope(body) : undefined,
		requestId: requestId === undefined ? undefined : redactId(requestId, apiKey),
	};
}

/** The vendor's words end as the vendor likes, and another sentence may follow. */
function asSentence(text: string): string {
	return text === '' || /[.!?)…]$/.test(text) ? text : `${text}.`;
}
