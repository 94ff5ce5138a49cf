import { PATHS } from '../../transport/contract';
import type { Operation } from '../operation';
import { change } from '../shared/change';
import { requiredId, statusChange } from '../shared/input';
import { clientLocator, statusLocator } from '../shared/locators';
import { statusChangeFields } from '../shared/parameters';
import { statusItem } from '../shared/written';

export const updateStatus: Operation = {
	name: 'Update Status',
	value: 'updateStatus',
	action: 'Update the status of a client',
	description: 'Move a client to another status',
	properties: [clientLocator, statusLocator('searchClientStatuses'), statusChangeFields],
	writes: true,
	async execute(item) {
		const id = requiredId(item, clientLocator);
		const body = statusChange(item);
		const path = PATHS.clientStatus(id);
		return [
			statusItem(id, await change(item, { kind: 'client', id, path, body, operation: 'Update Status' })),
		];
	},
};
