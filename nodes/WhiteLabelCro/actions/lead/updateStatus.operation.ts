import { PATHS } from '../../transport/contract';
import type { Operation } from '../operation';
import { change } from '../shared/change';
import { requiredId, statusChange } from '../shared/input';
import { leadLocator, statusLocator } from '../shared/locators';
import { statusChangeFields } from '../shared/parameters';
import { statusItem } from '../shared/written';

export const updateStatus: Operation = {
	name: 'Update Status',
	value: 'updateStatus',
	action: 'Update the status of a lead',
	description: 'Move a lead to another status. Only statuses that begin with "Lead" are for leads.',
	properties: [leadLocator, statusLocator('searchLeadStatuses'), statusChangeFields],
	writes: true,
	async execute(item) {
		const id = requiredId(item, leadLocator);
		const body = statusChange(item);
		const path = PATHS.leadStatus(id);
		return [statusItem(id, await change(item, { kind: 'lead', id, path, body, operation: 'Update Status' }))];
	},
};
