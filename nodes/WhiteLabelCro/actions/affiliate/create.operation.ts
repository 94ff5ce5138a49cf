import { PATHS } from '../../contract/paths';
import { readCreated } from '../../contract/records';
import type { Operation } from '../operation';
import { write } from '../shared/change';
import { optionalFields, requiredPerson } from '../shared/input';
import { lockKeysOf, lockRecords } from '../shared/lockKeys';
import {
	additionalFields,
	affiliateCode,
	email,
	firstName,
	lastName,
	phone,
	warning,
} from '../shared/parameters';
import { person, withAnswer } from '../shared/written';

export const create: Operation = {
	name: 'Create',
	value: 'create',
	action: 'Create an affiliate',
	description: 'Add a new referral partner. Running it again adds a duplicate.',
	properties: [
		warning(
			'Running this again with the same person adds a second affiliate. To avoid that, run Find first.',
		),
		firstName,
		lastName,
		email,
		additionalFields([affiliateCode, phone]),
	],
	writes: true,
	async execute(item) {
		const body = { ...optionalFields(item), ...requiredPerson(item) };
		await lockRecords(item, lockKeysOf(item, body));
		const request = { method: 'POST', path: PATHS.affiliates, body } as const;
		const answer = await write(item, request, (told) => readCreated(told, 'affiliate_id'));
		return [withAnswer({ affiliate_id: null, ...person(body), created_utc: null }, answer)];
	},
};
