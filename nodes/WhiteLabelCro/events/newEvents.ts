import type { IDataObject } from 'n8n-workflow';

import { fetchPage, readEvents } from '../api/events';
import { asNodeError, isRefusal } from '../transport/errors';
import { redactId } from '../transport/redact';
import type { Api } from '../transport/request';
import type { TriggerContext } from './context';
import { rewind } from './logPosition';
import type { LogPosition } from './logPosition';

/**
 * The new events from a position on, page by page. A cursor that the CRM refuses is dropped, and the log read again up to the
 * last event, or, if none was read yet, from the moment on up to which it was read.
 * @param wanted the event types, all if empty, what fetches a page, and that moment, by the CRM's clock, in milliseconds
 * @throws NodeApiError, NodeOperationError
 */
export async function* newEvents(
	context: TriggerContext,
	api: Api,
	position: LogPosition,
	{ readAt, ...wanted }: { types: string[]; fetch?: typeof fetchPage; readAt?: number },
): AsyncGenerator<IDataObject[]> {
	try {
		yield* readEvents(api, position, wanted);
	} catch (error) {
		if (position.cursor === undefined || !isRefusal(error)) throw asNodeError(context.getNode(), error);
		const lastId = redactId(position.lastId ?? '', '');
		context.logger.warn(
			`WhiteLabelCRO no longer accepts the place up to which its event log was read: ${error.message}. The log is read anew; what was read${lastId === undefined ? '' : ` up to event ${lastId}`} does not come again.`,
		);
		rewind(position);
		if (position.lastId === undefined && readAt !== undefined) {
			position.since = Math.max(position.since ?? readAt, readAt);
		}
		yield* readEvents(api, position, wanted);
	}
}
