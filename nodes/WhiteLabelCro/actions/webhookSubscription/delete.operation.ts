import { deleteSubscription } from '../../api/subscriptions';
import type { Operation } from '../operation';
import { requiredText } from '../shared/input';
import { touch } from '../shared/keys';
import { subscriptionId, subscriptionKey } from './parameters';

export const remove: Operation = {
	name: 'Delete',
	value: 'delete',
	action: 'Delete a webhook subscription',
	description: 'Delete a subscription permanently; one that is gone already is no error',
	properties: [subscriptionId],
	writes: true,
	async execute(item) {
		const id = requiredText(item, subscriptionId);
		await touch(item, [subscriptionKey(id)]);
		return [{ id, deleted: await deleteSubscription(item.api, id, item.index) }];
	},
};
