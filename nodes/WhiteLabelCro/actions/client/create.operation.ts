import { createRecord } from '../../api/create';
import type { Operation } from '../operation';
import {
	additionalFields,
	email,
	employeeLocator,
	firstName,
	initialStatus,
	lastName,
	personFields,
} from '../shared/parameters';
import { optionalFields, requiredPerson } from '../shared/input';
import { keysOf, touch } from '../shared/keys';

export const create: Operation = {
	name: 'Create',
	value: 'create',
	action: 'Create a client',
	description: 'Add a new client',
	properties: [
		firstName,
		lastName,
		email,
		...additionalFields([employeeLocator, initialStatus, ...personFields]),
	],
	writes: true,
	confirms: true,
	async execute(item) {
		const body = { ...optionalFields(item), ...requiredPerson(item) };
		await touch(item, keysOf(item, body));
		return [await createRecord(item.api, 'client', { body, itemIndex: item.index, earlier: item.earlier })];
	},
};
