import { deleteSubscription } from '../../api/subscriptions';
import type { Operation } from '../operation';
import { lockSubscription, subscription } from './parameters';

export const remove: Operation = {
	name: 'Delete',
	value: 'delete',
	action: 'Delete a webhook subscription',
	description: "Delete a subscription for good. If it's already gone, nothing happens.",
	properties: [subscription],
	writes: true,
	async execute(item) {
		const id = await lockSubscription(item);
		return [{ id, deleted: await deleteSubscription(item.api, id, item.index) }];
	},
};
