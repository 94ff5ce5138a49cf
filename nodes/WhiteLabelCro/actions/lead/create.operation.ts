import { createRecord } from '../../api/create';
import type { Operation } from '../operation';
import { optionalFields, requiredPerson } from '../shared/input';
import { keysOf, touch } from '../shared/keys';
import {
	additionalFields,
	email,
	firstName,
	lastName,
	packageKeyword,
	personFields,
	warning,
} from '../shared/parameters';
import { createdItem } from '../shared/written';

export const create: Operation = {
	name: 'Create',
	value: 'create',
	action: 'Create a lead',
	description:
		'Add a new lead in the status "Lead - New". Running it again adds a duplicate: Create or Update does not.',
	properties: [
		warning(
			'Running this again with the same person adds a second lead. To avoid that, use Create or Update.',
		),
		firstName,
		lastName,
		email,
		additionalFields([packageKeyword, ...personFields]),
	],
	writes: true,
	confirms: true,
	async execute(item) {
		const body = { ...optionalFields(item), ...requiredPerson(item) };
		await touch(item, keysOf(item, body));
		const { api, index: itemIndex, earlier } = item;
		return [createdItem(body, await createRecord(api, 'lead', { body, itemIndex, earlier }))];
	},
};
