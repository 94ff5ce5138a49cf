import type { NodeApiError } from 'n8n-workflow';

/** An earlier try's write that may or may not have taken effect, so it must not be sent again blindly. */
export interface UnknownWrite {
	error: Error;
	/** Before it was sent, in milliseconds of this process's clock. */
	startedAt: number;
}

/** The errors of writes that may have taken effect, and when each was sent. */
const uncertainErrors = new WeakMap<Error, number>();

/**
 * The same error, known from here on as that of a write that may have taken effect.
 * @param sentAt before the write was sent, in milliseconds of this process's clock
 */
export function asUncertain(error: NodeApiError, sentAt: number): NodeApiError {
	uncertainErrors.set(error, sentAt);
	return error;
}

/** The write that an error stands for, if it may have taken effect. */
export function unknownWrite(error: Error): UnknownWrite | undefined {
	const startedAt = uncertainErrors.get(error);
	return startedAt === undefined ? undefined : { error, startedAt };
}
