import type { IDataObject } from 'n8n-workflow';

import { changeSubscription, listSubscriptions } from '../../api/subscriptions';
import type { Item, Operation } from '../operation';
import { invalid, requiredText } from '../shared/input';
import { touch } from '../shared/keys';
import { subscriptionId, subscriptionItem, subscriptionKey } from './parameters';

export const enable: Operation = {
	name: 'Enable',
	value: 'enable',
	action: 'Enable a webhook subscription',
	description: 'Switch on a subscription that was switched off, for example after failed deliveries',
	properties: [subscriptionId],
	writes: true,
	async execute(item) {
		const id = requiredText(item, subscriptionId);
		await touch(item, [subscriptionKey(id)]);
		return [await switchOn(item, id)];
	},
};

async function switchOn(item: Item, id: string): Promise<IDataObject> {
	const held = async () => (await listSubscriptions(item.api, item.index)).find((one) => one.id === id);
	const before = await held();
	if (before === undefined) {
		throw invalid(
			item,
			'There is no such webhook subscription',
			"Check the 'Subscription ID' with Get Many.",
		);
	}
	await changeSubscription(item.api, before, { enabled: true }, item.index);
	// The API does not say whether it applied the change. A state that is not understood does not say the contrary.
	const after = await held();
	if (after !== undefined && after.enabled !== false) return subscriptionItem(after);
	throw invalid(
		item,
		'WhiteLabelCRO did not switch the webhook subscription on',
		'Delete it and create it anew; a WhiteLabelCRO Trigger does so when its workflow is published again.',
	);
}
