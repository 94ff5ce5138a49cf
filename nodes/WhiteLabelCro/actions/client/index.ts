import type { Resource } from '../operation';
import { getManyOf } from '../shared/getMany';
import { employeeLocator, initialStatus } from '../shared/locators';
import { textParameter } from '../shared/parameters';
import { createOf, createOrUpdateOf, findOf, getOf, updateOf, updateStatusOf } from '../shared/person';

export const client: Resource = {
	name: 'Client',
	value: 'client',
	operations: [
		createOf('client', "Add a new client. Running it again adds a duplicate; Create or Update doesn't.", [
			employeeLocator,
			initialStatus,
		]),
		createOrUpdateOf('client', [employeeLocator]),
		findOf(
			'client',
			'Find the first client that matches every value exactly. It may be a lead: then its status begins with "Lead".',
		),
		getOf('client'),
		getManyOf(
			'clients',
			'clients',
			'List the clients, and leads among them, whose name or email contains certain text',
			[
				textParameter(
					'Search',
					'search',
					'The text to look for; leave it empty for all clients',
					'e.g. smith',
				),
			],
		),
		updateOf('client'),
		updateStatusOf('client', 'Move a client to another status'),
	],
};
