/** What Lead: Create or Update does with a person who is a client already. */
import type { INodeProperties } from 'n8n-workflow';

import type { Item } from '../operation';
import { invalid } from './input';

const CHOICES = ['create', 'fail', 'skip', 'update'] as const;

export type IfClient = (typeof CHOICES)[number];

export const ifClient: INodeProperties = {
	displayName: 'If the Person Is Already a Client',
	name: 'ifClient',
	type: 'options',
	default: 'update',
	displayOptions: { show: { '/resource': ['lead'], '/operation': ['createOrUpdate'] } },
	description: 'What to do if the values to match by find a client instead of a lead',
	options: [
		{ name: 'Create a Lead', value: 'create', description: 'The person is then in WhiteLabelCRO twice' },
		{ name: 'Fail', value: 'fail', description: 'Stop with an error, or send the item to the error output' },
		{ name: 'Skip', value: 'skip', description: 'Change nothing, and return the client' },
		{ name: 'Update the Client', value: 'update', description: 'Change the fields of the client' },
	],
};

/** What the user chose. @throws NodeOperationError if an expression names none of the choices */
export function chosenIfClient(item: Item): IfClient {
	const value = item.context.getNodeParameter(
		`options.${ifClient.name}`,
		item.index,
		ifClient.default,
	) as unknown;
	const choice = CHOICES.find((each) => each === value);
	if (choice !== undefined) return choice;
	throw invalid(
		item,
		`'${ifClient.displayName}' is not one of its choices`,
		`Choose from its list under 'Options', or let the expression give one of: ${CHOICES.join(', ')}.`,
	);
}
