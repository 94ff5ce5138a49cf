/**
 * Why a call got no answer, by Node's code, e.g. ECONNRESET; empty if the error does not say.
 * @param error what the HTTP client threw, or n8n instead
 */
export function networkErrorCode(error: unknown): string {
	for (
		let current = error, depth = 0;
		typeof current === 'object' && current !== null && depth < 5;
		depth++
	) {
		const { code, httpCode, cause } = current as { code?: unknown; httpCode?: unknown; cause?: unknown };
		if (typeof code === 'string') return code;
		// Older versions of n8n (2.8) put it here, and drop the cause.
		if (typeof httpCode === 'string') return httpCode;
		current = cause;
	}
	return '';
}

/** Whether a call cannot have arrived: its host was not found or took no connection. */
export function wasNotSent(error: unknown): boolean {
	return /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$|CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(
		networkErrorCode(error),
	);
}
