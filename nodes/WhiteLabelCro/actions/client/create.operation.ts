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
import { keysOf, takeTurn } from '../shared/keys';

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
		const write = { body, itemIndex: item.index, earlier: item.earlier };
		return [await takeTurn(item, keysOf(item, body), () => createRecord(item.api, 'client', write))];
	},
};
