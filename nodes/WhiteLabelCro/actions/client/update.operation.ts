import { PATHS, readRecord } from '../../transport/contract';
import type { Operation } from '../operation';
import { additionalFields, clientLocator, personChanges } from '../shared/parameters';
import { assertChanges, optionalFields, requiredId } from '../shared/input';

export const update: Operation = {
	name: 'Update',
	value: 'update',
	action: 'Update a client',
	description: 'Change fields of a client; fields that are left out keep their values',
	properties: [clientLocator, ...additionalFields(personChanges)],
	writes: true,
	async execute(item) {
		const path = PATHS.client(requiredId(item, clientLocator));
		const body = optionalFields(item);
		assertChanges(item, body);
		return [await item.api.request({ method: 'PATCH', path, body, itemIndex: item.index, read: readRecord })];
	},
};
