import type { IDataObject } from 'n8n-workflow';

import type { Subscription } from '../../contract/subscriptions';
import type { Item } from '../operation';
import { chosenText } from '../shared/input';
import { locator } from '../shared/locators';
import { lockRecords } from '../shared/lockKeys';

export const subscription = locator(
	{
		displayName: 'Webhook Subscription',
		name: 'subscriptionId',
		required: true,
		description: 'The webhook subscription to use',
		searchListMethod: 'searchSubscriptions',
	},
	['list', 'id'],
);

/** The ID of the subscription to write, once it is the item's turn among those that write it. @throws NodeOperationError */
export async function lockSubscription(item: Item): Promise<string> {
	const id = chosenText(item, subscription);
	await lockRecords(item, [`subscription ${id}`]);
	return id;
}

/** A subscription as an output item, in the same form on every account; `enabled` is null where the state is not understood. */
export function subscriptionItem({ id, url, eventTypes, enabled, description }: Subscription): IDataObject {
	return { id, description: description ?? null, enabled: enabled ?? null, event_types: eventTypes, url };
}
