import { PATHS } from '../../transport/contract';
import type { Operation } from '../operation';
import { change } from '../shared/change';
import { changesOf, requiredId } from '../shared/input';
import { clientLocator } from '../shared/locators';
import { personChanges, updateFields } from '../shared/parameters';
import { updatedItem } from '../shared/written';

export const update: Operation = {
	name: 'Update',
	value: 'update',
	action: 'Update a client',
	description: 'Change fields of a client. Fields that you leave out keep their values.',
	properties: [clientLocator, updateFields(personChanges)],
	writes: true,
	async execute(item) {
		const id = requiredId(item, clientLocator);
		const body = changesOf(item);
		const answer = await change(item, {
			kind: 'client',
			id,
			path: PATHS.client(id),
			body,
			operation: 'Update',
		});
		return [updatedItem(item, { client_id: id }, body, answer)];
	},
};
