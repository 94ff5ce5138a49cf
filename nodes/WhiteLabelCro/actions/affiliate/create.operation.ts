import { PATHS } from '../../transport/contract';
import type { Operation } from '../operation';
import { optionalFields, requiredPerson } from '../shared/input';
import { keysOf, touch } from '../shared/keys';
import {
	additionalFields,
	affiliateCode,
	email,
	firstName,
	lastName,
	phone,
	warning,
} from '../shared/parameters';
import { write } from '../shared/write';
import { person, withAnswer } from '../shared/written';

export const create: Operation = {
	name: 'Create',
	value: 'create',
	action: 'Create an affiliate',
	description: 'Add a new referral partner. Run again, it adds a duplicate.',
	properties: [
		warning('Run again with the same person, this adds a second affiliate. Use Find first.'),
		firstName,
		lastName,
		email,
		additionalFields([affiliateCode, phone]),
	],
	writes: true,
	async execute(item) {
		const body = { ...optionalFields(item), ...requiredPerson(item) };
		await touch(item, keysOf(item, body));
		const answer = await write(item, { method: 'POST', path: PATHS.affiliates, body });
		return [withAnswer({ affiliate_id: null, ...person(body), created_utc: null }, answer)];
	},
};
