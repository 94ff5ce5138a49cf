import { deleteSubscription } from '../../api/subscriptions';
import type { Operation } from '../operation';
import { requiredText } from '../shared/input';
import { takeTurn } from '../shared/keys';
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
		const deleted = await takeTurn(item, [subscriptionKey(id)], () =>
			deleteSubscription(item.api, id, item.index),
		);
		return [{ id, deleted }];
	},
};
