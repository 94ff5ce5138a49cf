import { listSubscriptions } from '../../api/subscriptions';
import type { Operation } from '../operation';
import { wantedCount } from '../shared/input';
import { returnAllOrLimit } from '../shared/parameters';
import { subscriptionItem } from './parameters';

export const getMany: Operation = {
	name: 'Get Many',
	value: 'getMany',
	action: 'Get many webhook subscriptions',
	description: "List the account's webhook subscriptions and whether each is on",
	properties: returnAllOrLimit,
	writes: false,
	async execute(item) {
		const count = wantedCount(item);
		return (await listSubscriptions(item.api, item.index)).slice(0, count).map(subscriptionItem);
	},
};
