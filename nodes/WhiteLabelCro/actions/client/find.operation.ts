import { inputError } from '../../transport/errors';
import { findRecord } from '../../transport/search';
import type { Operation } from '../operation';
import { clientLocator, collectionFields, email, externalId, phone } from '../parameters';

export const find: Operation = {
	name: 'Find',
	value: 'find',
	action: 'Find a client',
	description: 'Find the first client that matches every given value exactly',
	properties: [
		{
			displayName: 'Search By',
			name: 'criteria',
			type: 'collection',
			placeholder: 'Add Value',
			default: {},
			description: 'At least one value. With several, the client has to match them all.',
			options: [
				{
					displayName: 'Client ID',
					name: clientLocator.name,
					type: 'string',
					default: '',
					placeholder: 'e.g. 12345',
					description: "The client's ID in WhiteLabelCRO",
				},
				{ ...email, required: false },
				externalId,
				phone,
			],
		},
		{
			displayName: 'When Nothing Is Found',
			name: 'whenNothingFound',
			type: 'options',
			default: 'noItem',
			description: 'What to do if no client matches',
			options: [
				{
					name: 'Fail',
					value: 'fail',
					description: 'Stop with an error, or send the item to the error output',
				},
				{ name: 'Return No Item', value: 'noItem', description: 'Go on without an item for this client' },
				{
					name: 'Return One Item With "Found: False"',
					value: 'foundFalse',
					description: 'Go on with an item that says so',
				},
			],
		},
	],
	async execute(context, itemIndex) {
		const criteria = collectionFields(context, 'criteria', itemIndex);
		if (Object.keys(criteria).length === 0) {
			throw inputError(
				context.getNode(),
				"'Search By' is empty",
				'Add at least one value to search by: an email, a phone number, a client ID or an external ID.',
				itemIndex,
			);
		}
		const record = await findRecord(context, 'client', criteria, itemIndex);
		if (record !== undefined) return [record];
		const whenNothingFound = context.getNodeParameter('whenNothingFound', itemIndex);
		if (whenNothingFound === 'fail') {
			throw inputError(
				context.getNode(),
				'No client matches',
				"Every value under 'Search By' has to match exactly. Check them, or choose another 'When Nothing Is Found'.",
				itemIndex,
			);
		}
		return whenNothingFound === 'foundFalse' ? [{ found: false }] : [];
	},
};
