import type { Operation } from '../operation';
import { additionalFields, email, firstName, lastName } from '../shared/parameters';
import { employeeLocator } from '../shared/locators';
import { createOrUpdateRecord } from '../shared/createOrUpdate';
import { matchFields, upsertFields } from '../shared/matchBy';

export const createOrUpdate: Operation = {
	name: 'Create or Update',
	value: 'createOrUpdate',
	action: 'Create or update a client',
	description: 'Create a new client, or update the current one if it already exists (upsert)',
	properties: [
		...matchFields,
		firstName,
		lastName,
		email,
		additionalFields([employeeLocator, ...upsertFields]),
	],
	writes: true,
	confirms: true,
	async execute(item) {
		return [await createOrUpdateRecord(item, 'client')];
	},
};
