import { createRecord } from '../../api/create';
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
import { keysOf, takeTurn } from '../shared/keys';

export const create: Operation = {
	name: 'Create',
	value: 'create',
	action: 'Create a lead',
	description: 'Add a new lead, which starts in the status "Lead - New"',
	properties: [firstName, lastName, email, ...additionalFields([packageKeyword, ...personFields])],
	writes: true,
	confirms: true,
	async execute(item) {
		const body = { ...optionalFields(item), ...requiredPerson(item) };
		const write = { body, itemIndex: item.index, earlier: item.earlier };
		return [await takeTurn(item, keysOf(item, body), () => createRecord(item.api, 'lead', write))];
	},
};
