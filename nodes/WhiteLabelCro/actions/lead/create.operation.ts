import { PATHS, readRecord } from '../../transport/contract';
import { apiRequest } from '../../transport/request';
import type { Operation } from '../operation';
import {
	additionalFields,
	address,
	affiliateLocator,
	email,
	externalId,
	firstName,
	lastName,
	optionalFields,
	phone,
	requiredEmail,
	requiredText,
} from '../parameters';

export const create: Operation = {
	name: 'Create',
	value: 'create',
	action: 'Create a lead',
	description: 'Add a new lead, which starts in the status "Lead - New"',
	properties: [
		firstName,
		lastName,
		email,
		...additionalFields([
			affiliateLocator,
			...address,
			externalId,
			{
				displayName: 'Package Keyword',
				name: 'packageKeyword',
				type: 'string',
				default: '',
				description: 'The keyword of the service package that the lead asked for',
			},
			phone,
		]),
	],
	async execute(context, itemIndex) {
		const body = {
			...optionalFields(context, itemIndex),
			first_name: requiredText(context, firstName, itemIndex),
			last_name: requiredText(context, lastName, itemIndex),
			email: requiredEmail(context, itemIndex),
		};
		return [
			await apiRequest(context, { method: 'POST', path: PATHS.leads, body, itemIndex, read: readRecord }),
		];
	},
};
