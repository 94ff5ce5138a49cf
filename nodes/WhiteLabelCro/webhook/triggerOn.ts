import type { IHookFunctions, INodeProperties, IWebhookFunctions } from 'n8n-workflow';

import { EVENT_TYPES } from '../transport/contract';
import { eventTypeOptions } from './eventTypes';

const ALL = '*';

export const triggerOn: INodeProperties = {
	displayName: 'Trigger On',
	name: 'triggerOn',
	type: 'multiOptions',
	required: true,
	default: [],
	description: 'The events that start the workflow',
	options: [
		...eventTypeOptions,
		{ name: 'All Events', value: ALL, description: 'Any of the events in this list' },
	].toSorted((a, b) => a.name.localeCompare(b.name)),
};

/** The event types chosen under 'Trigger On'. */
export function chosenTypes(context: IHookFunctions | IWebhookFunctions): string[] {
	const chosen = context.getNodeParameter('triggerOn', []) as string[];
	return chosen.includes(ALL) ? [...EVENT_TYPES] : chosen;
}
