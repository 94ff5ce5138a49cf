import type { IDataObject } from 'n8n-workflow';

import type { Subscription } from '../../contract/subscriptions';
import { locator } from '../shared/locators';

export const subscription = locator(
	{
		displayName: 'Webhook Subscription',
		name: 'subscriptionId',
		required: true,
		description: 'The webhook subscription to work on',
		searchListMethod: 'searchSubscriptions',
	},
	['list', 'id'],
);

/** What two writes of one subscription have in common (see shared/keys.ts). */
export const subscriptionKey = (id: string) => `subscription ${id}`;

/** A subscription as an output item, in the same form on every account; `enabled` is null where the state is not understood. */
export function subscriptionItem({ id, url, eventTypes, enabled, description }: Subscription): IDataObject {
	return { id, description: description ?? null, enabled: enabled ?? null, event_types: eventTypes, url };
}
