import type { Operation } from '../operation';
import {
	additionalFields,
	email,
	employeeLocator,
	firstName,
	lastName,
	personFields,
} from '../shared/parameters';
import { optionalFields, requiredPerson } from '../shared/input';
import { createOrUpdateRecord, matchBy } from '../shared/createOrUpdate';

export const createOrUpdate: Operation = {
	name: 'Create or Update',
	value: 'createOrUpdate',
	action: 'Create or update a client',
	description: 'Create a new client, or update the current one if it already exists (upsert)',
	properties: [matchBy, firstName, lastName, email, ...additionalFields([employeeLocator, ...personFields])],
	writes: true,
	confirms: true,
	async execute(item) {
		return [await createOrUpdateRecord(item, 'client', { ...optionalFields(item), ...requiredPerson(item) })];
	},
};
