import { changeSubscription, listSubscriptions } from '../../api/subscriptions';
import type { Operation } from '../operation';
import { invalid } from '../shared/input';
import { lockSubscription, subscription, subscriptionItem } from './parameters';

export const enable: Operation = {
	name: 'Enable',
	value: 'enable',
	action: 'Enable a webhook subscription',
	description: 'Turn on a subscription that WhiteLabelCRO turned off after failed deliveries',
	properties: [subscription],
	writes: true,
	async execute(item) {
		const id = await lockSubscription(item);
		const held = async () => (await listSubscriptions(item.api, item.index)).find((one) => one.id === id);
		const before = await held();
		if (before === undefined) {
			throw invalid(
				item,
				'There is no such webhook subscription',
				'It may have been deleted. Choose one from the list.',
			);
		}
		await changeSubscription(item.api, before, { enabled: true }, item.index);
		// The API does not say whether it applied the change. A state that is not understood does not deny it.
		const after = await held();
		if (after !== undefined && after.enabled !== false) return [subscriptionItem(after)];
		throw invalid(
			item,
			'WhiteLabelCRO did not turn the webhook subscription on',
			'If it belongs to one of your workflows, unpublish that workflow and publish it again: that creates a new one.',
		);
	},
};
