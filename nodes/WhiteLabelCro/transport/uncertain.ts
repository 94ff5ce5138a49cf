import type { NodeApiError } from 'n8n-workflow';

/** A write of an earlier try of which nobody knows whether it took effect, so that it must not be sent again blindly. */
export interface UnknownWrite {
	error: Error;
	/** Before it was sent, in milliseconds of this process's clock. */
	startedAt: number;
}

/** The errors of writes that may have taken effect. */
const uncertainErrors = new WeakSet<Error>();

/** The same error, known from here on as that of a write that may have taken effect. */
export function asUncertain(error: NodeApiError): NodeApiError {
	uncertainErrors.add(error);
	return error;
}

/** Whether an error is that of a write that may have taken effect, which must not be sent again blindly. */
export function isUncertain(error: Error): boolean {
	return uncertainErrors.has(error);
}
