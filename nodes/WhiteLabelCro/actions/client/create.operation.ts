import { createRecord } from '../../api/create';
import type { Operation } from '../operation';
import { optionalFields, requiredPerson } from '../shared/input';
import { keysOf, touch } from '../shared/keys';
import { employeeLocator, initialStatus } from '../shared/locators';
import { additionalFields, email, firstName, lastName, personFields, warning } from '../shared/parameters';
import { createdItem } from '../shared/written';

export const create: Operation = {
	name: 'Create',
	value: 'create',
	action: 'Create a client',
	description: 'Add a new client. Running it again adds a duplicate: Create or Update does not.',
	properties: [
		warning(
			'Running this again with the same person adds a second client. To avoid that, use Create or Update.',
		),
		firstName,
		lastName,
		email,
		additionalFields([employeeLocator, initialStatus, ...personFields]),
	],
	writes: true,
	confirms: true,
	async execute(item) {
		const body = { ...optionalFields(item), ...requiredPerson(item) };
		await touch(item, keysOf(item, body));
		const { api, index: itemIndex, earlier } = item;
		return [createdItem(body, await createRecord(api, 'client', { body, itemIndex, earlier }))];
	},
};
