import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { Subscription } from '../../transport/contract';

export const subscriptionId: INodeProperties = {
	displayName: 'Subscription ID',
	name: 'subscriptionId',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. 42',
	description: 'The ID of the webhook subscription, as Get Many returns it',
};

/** What two writes of one subscription have in common (see shared/keys.ts). */
export const subscriptionKey = (id: string) => `subscription ${id}`;

/** A subscription as an output item, in the same form on every account; `enabled` is null where the state is not understood. */
export function subscriptionItem({ id, url, eventTypes, enabled }: Subscription): IDataObject {
	return { id, url, event_types: eventTypes, enabled: enabled ?? null };
}
