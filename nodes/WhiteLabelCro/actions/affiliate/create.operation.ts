import { PATHS, readRecord } from '../../transport/contract';
import type { Operation } from '../operation';
import { additionalFields, affiliateCode, email, firstName, lastName, phone } from '../shared/parameters';
import { optionalFields, requiredPerson } from '../shared/input';

export const create: Operation = {
	name: 'Create',
	value: 'create',
	action: 'Create an affiliate',
	description: 'Add a new referral partner',
	properties: [firstName, lastName, email, ...additionalFields([affiliateCode, phone])],
	writes: true,
	async execute(item) {
		const body = { ...optionalFields(item), ...requiredPerson(item) };
		const request = {
			method: 'POST',
			path: PATHS.affiliates,
			body,
			itemIndex: item.index,
			read: readRecord,
		} as const;
		return [await item.api.request(request)];
	},
};
