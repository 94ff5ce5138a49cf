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
import { keysOf, touch } from '../shared/keys';

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
		await touch(item, keysOf(item, body));
		return [await createRecord(item.api, 'lead', { body, itemIndex: item.index, earlier: item.earlier })];
	},
};
