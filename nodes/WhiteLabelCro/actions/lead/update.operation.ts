import { PATHS } from '../../transport/contract';
import type { Operation } from '../operation';
import { change } from '../shared/change';
import { changesOf, requiredId } from '../shared/input';
import { leadLocator } from '../shared/locators';
import { personChanges, updateFields } from '../shared/parameters';
import { updatedItem } from '../shared/written';

export const update: Operation = {
	name: 'Update',
	value: 'update',
	action: 'Update a lead',
	description: 'Change fields of a lead. Fields that you leave out keep their values.',
	properties: [leadLocator, updateFields(personChanges)],
	writes: true,
	async execute(item) {
		const id = requiredId(item, leadLocator);
		const body = changesOf(item);
		const answer = await change(item, { kind: 'lead', id, path: PATHS.lead(id), body, operation: 'Update' });
		return [updatedItem(item, { client_id: id }, body, answer)];
	},
};
