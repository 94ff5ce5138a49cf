import type { IDataObject } from 'n8n-workflow';

import type { ApiClient } from '../client/apiClient';
import { asNodeError, isRefusal } from '../client/errors';
import { redactId } from '../helpers/redact';
import { resetCursor } from './eventCursor';
import type { EventCursor } from './eventCursor';
import { fetchPage, readEvents } from './events';

/**
 * The new events from a position on, page by page. A cursor that the CRM refuses is dropped, and the log read again up to the
 * last event, or, if none was read yet, from the moment on up to which it was read.
 * @param wanted the event types, all if empty, what fetches a page, and that moment, by the CRM's clock, in milliseconds
 * @throws NodeApiError, NodeOperationError
 */
export async function* newEvents(
	api: ApiClient,
	position: EventCursor,
	{ readAt, ...wanted }: { types: string[]; fetch?: typeof fetchPage; readAt?: number },
): AsyncGenerator<IDataObject[]> {
	try {
		yield* readEvents(api, position, wanted);
	} catch (error) {
		if (position.cursor === undefined || !isRefusal(error)) throw asNodeError(api.node, error);
		const lastId = redactId(position.lastId ?? '', '');
		api.logger.warn(
			`WhiteLabelCRO no longer accepts the place up to which its event log was read: ${error.message}. The log is read again from the start; what was read${lastId === undefined ? '' : ` up to event ${lastId}`} doesn't come again.`,
		);
		resetCursor(position);
		if (position.lastId === undefined && readAt !== undefined) {
			position.since = Math.max(position.since ?? readAt, readAt);
		}
		yield* readEvents(api, position, wanted);
	}
}
