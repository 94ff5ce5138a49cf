import { isObject } from '../contract/json';

/**
 * Why a call got no answer, by Node's code, e.g. ECONNRESET; empty if the error does not say.
 * @param error what the HTTP client threw, or n8n instead
 */
export function networkErrorCode(error: unknown): string {
	let current = error;
	for (let depth = 0; depth < 5 && isObject(current); depth++) {
		if (typeof current.code === 'string') return current.code;
		// Older versions of n8n (2.8) put it here, and drop the cause.
		if (typeof current.httpCode === 'string') return current.httpCode;
		current = current.cause;
	}
	return '';
}

/** Whether a call cannot have arrived: its host was not found or took no connection. */
export function wasNotSent(error: unknown): boolean {
	const isUnreachable = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/;
	return isUnreachable.test(networkErrorCode(error)) || isUntrusted(error);
}

/** Whether a call was not made because the server's certificate is not trusted. */
export function isUntrusted(error: unknown): boolean {
	return /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(networkErrorCode(error));
}
