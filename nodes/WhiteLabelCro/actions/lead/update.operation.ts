import { PATHS } from '../../transport/contract';
import type { Operation } from '../operation';
import { assertChanges, optionalFields, requiredId } from '../shared/input';
import { clientKey, touch } from '../shared/keys';
import { additionalFields, leadLocator, personChanges } from '../shared/parameters';
import { write } from '../shared/write';

export const update: Operation = {
	name: 'Update',
	value: 'update',
	action: 'Update a lead',
	description: 'Change fields of a lead; fields that are left out keep their values',
	properties: [leadLocator, ...additionalFields(personChanges)],
	writes: true,
	async execute(item) {
		const id = requiredId(item, leadLocator);
		const body = optionalFields(item);
		assertChanges(item, body);
		await touch(item, [clientKey(id)]);
		return [await write(item, { method: 'PATCH', path: PATHS.lead(id), body })];
	},
};
