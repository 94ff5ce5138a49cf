import { getManyOf } from '../shared/getMany';

export const getMany = getManyOf(
	'clients',
	{ action: 'Get many clients', description: 'List the clients whose name or email contains a text' },
	[
		{
			displayName: 'Search',
			name: 'search',
			type: 'string',
			default: '',
			placeholder: 'e.g. smith',
			description: 'The text to look for; leave it empty for all clients',
		},
	],
);
