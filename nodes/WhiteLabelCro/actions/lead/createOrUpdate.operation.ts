import type { Operation } from '../operation';
import { additionalFields, email, firstName, lastName, packageKeyword } from '../shared/parameters';
import { createOrUpdateRecord } from '../shared/createOrUpdate';
import { matchFields, upsertFields } from '../shared/matchBy';

export const createOrUpdate: Operation = {
	name: 'Create or Update',
	value: 'createOrUpdate',
	action: 'Create or update a lead',
	description: 'Create a new lead, or update the current one if it already exists (upsert)',
	properties: [
		...matchFields,
		firstName,
		lastName,
		email,
		additionalFields([packageKeyword, ...upsertFields]),
	],
	writes: true,
	confirms: true,
	async execute(item) {
		return [await createOrUpdateRecord(item, 'lead')];
	},
};
