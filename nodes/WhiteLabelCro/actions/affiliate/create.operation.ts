import { PATHS } from '../../transport/contract';
import type { Operation } from '../operation';
import { additionalFields, affiliateCode, email, firstName, lastName, phone } from '../shared/parameters';
import { optionalFields, requiredPerson } from '../shared/input';
import { keysOf, touch } from '../shared/keys';
import { write } from '../shared/write';

export const create: Operation = {
	name: 'Create',
	value: 'create',
	action: 'Create an affiliate',
	description: 'Add a new referral partner',
	properties: [firstName, lastName, email, ...additionalFields([affiliateCode, phone])],
	writes: true,
	async execute(item) {
		const body = { ...optionalFields(item), ...requiredPerson(item) };
		await touch(item, keysOf(item, body));
		return [await write(item, { method: 'POST', path: PATHS.affiliates, body })];
	},
};
