import { PATHS, readRecord } from '../../transport/contract';
import type { Operation } from '../operation';
import { leadLocator, statusChangeFields, statusLocator } from '../shared/parameters';
import { requiredId, statusChange } from '../shared/input';

export const updateStatus: Operation = {
	name: 'Update Status',
	value: 'updateStatus',
	action: 'Update the status of a lead',
	description: 'Move a lead to another status, which has to be one of those that begin with "Lead"',
	properties: [leadLocator, statusLocator('searchLeadStatuses'), ...statusChangeFields],
	writes: true,
	async execute(item) {
		const path = PATHS.leadStatus(requiredId(item, leadLocator));
		const body = statusChange(item);
		return [await item.api.request({ method: 'PATCH', path, body, itemIndex: item.index, read: readRecord })];
	},
};
