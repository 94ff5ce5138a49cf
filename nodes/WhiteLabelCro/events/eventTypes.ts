import type { INodePropertyOptions } from 'n8n-workflow';

import { EVENT_TYPES } from '../contract/eventTypes';

/** The event types to choose from. */
export const eventTypeOptions: INodePropertyOptions[] = EVENT_TYPES.map(({ type, title, description }) => ({
	name: title,
	value: type,
	description,
}));
