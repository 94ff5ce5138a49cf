import { PATHS } from '../../transport/contract';
import type { Operation } from '../operation';
import { requiredId, statusChange } from '../shared/input';
import { clientKey, touch } from '../shared/keys';
import { leadLocator, statusChangeFields, statusLocator } from '../shared/parameters';
import { write } from '../shared/write';

export const updateStatus: Operation = {
	name: 'Update Status',
	value: 'updateStatus',
	action: 'Update the status of a lead',
	description: 'Move a lead to another status, which has to be one of those that begin with "Lead"',
	properties: [leadLocator, statusLocator('searchLeadStatuses'), ...statusChangeFields],
	writes: true,
	async execute(item) {
		const id = requiredId(item, leadLocator);
		const body = statusChange(item);
		await touch(item, [clientKey(id)]);
		return [await write(item, { method: 'PATCH', path: PATHS.leadStatus(id), body })];
	},
};
