import { PATHS, readRecord } from '../../transport/contract';
import type { Operation } from '../operation';
import { clientLocator, statusChangeFields, statusLocator } from '../shared/parameters';
import { requiredId, statusChange } from '../shared/input';

export const updateStatus: Operation = {
	name: 'Update Status',
	value: 'updateStatus',
	action: 'Update the status of a client',
	description: 'Move a client to another status',
	properties: [clientLocator, statusLocator('searchClientStatuses'), ...statusChangeFields],
	writes: true,
	async execute(item) {
		const path = PATHS.clientStatus(requiredId(item, clientLocator));
		const body = statusChange(item);
		return [await item.api.request({ method: 'PATCH', path, body, itemIndex: item.index, read: readRecord })];
	},
};
