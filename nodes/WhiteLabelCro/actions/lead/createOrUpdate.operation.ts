import type { Operation } from '../operation';
import {
	additionalFields,
	email,
	firstName,
	lastName,
	packageKeyword,
	personFields,
} from '../shared/parameters';
import { optionalFields, requiredPerson } from '../shared/input';
import { createOrUpdateRecord, matchBy } from '../shared/createOrUpdate';

export const createOrUpdate: Operation = {
	name: 'Create or Update',
	value: 'createOrUpdate',
	action: 'Create or update a lead',
	description: 'Create a new lead, or update the current one if it already exists (upsert)',
	properties: [matchBy, firstName, lastName, email, ...additionalFields([packageKeyword, ...personFields])],
	writes: true,
	confirms: true,
	async execute(item) {
		return [await createOrUpdateRecord(item, 'lead', { ...optionalFields(item), ...requiredPerson(item) })];
	},
};
