import { PATHS, readRecord } from '../../transport/contract';
import type { Operation } from '../operation';
import { additionalFields, leadLocator, personChanges } from '../shared/parameters';
import { assertChanges, optionalFields, requiredId } from '../shared/input';

export const update: Operation = {
	name: 'Update',
	value: 'update',
	action: 'Update a lead',
	description: 'Change fields of a lead; fields that are left out keep their values',
	properties: [leadLocator, ...additionalFields(personChanges)],
	writes: true,
	async execute(item) {
		const path = PATHS.lead(requiredId(item, leadLocator));
		const body = optionalFields(item);
		assertChanges(item, body);
		return [await item.api.request({ method: 'PATCH', path, body, itemIndex: item.index, read: readRecord })];
	},
};
