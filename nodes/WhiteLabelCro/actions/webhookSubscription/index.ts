import type { Resource } from '../operation';
import { remove } from './delete.operation';
import { enable } from './enable.operation';
import { getMany } from './getMany.operation';

export const webhookSubscription: Resource = {
	name: 'Webhook Subscription',
	value: 'webhookSubscription',
	operations: [getMany, enable, remove],
};
