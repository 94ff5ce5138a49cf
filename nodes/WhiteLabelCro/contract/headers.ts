import type { IDataObject } from 'n8n-workflow';

import { textOf } from './json';

/**
 * D: "each action supports idempotency for safe retries". A: by this header, with the same value on every try of one write.
 * Nothing depends on it alone.
 */
export const IDEMPOTENCY_HEADER = 'Idempotency-Key';

/** A: the header with the request id, which is the first that is named like one. */
export function requestIdHeader(headers: IDataObject): string | undefined {
	return Object.keys(headers).find((header) => /(request|correlation|trace)-?id$/i.test(header));
}

/** D: every answer carries a request id for the vendor's support. */
export function readRequestId(headers: IDataObject): string | undefined {
	const name = requestIdHeader(headers);
	return name === undefined ? undefined : textOf(headers[name]);
}

/** The server's clock at an answer, in milliseconds; its `Date` counts whole seconds, so that it was then or up to a second later. */
export function readServerTime(headers: IDataObject): number | undefined {
	const time = Date.parse(textOf(headers.date) ?? '');
	return Number.isNaN(time) ? undefined : time;
}
