import { PATHS } from '../../transport/contract';
import type { Operation } from '../operation';
import {
	additionalFields,
	affiliateCode,
	affiliateLocator,
	email,
	firstName,
	lastName,
	optional,
	phone,
} from '../shared/parameters';
import { assertChanges, optionalFields, requiredId } from '../shared/input';
import { affiliateKey, touch } from '../shared/keys';
import { write } from '../shared/write';

const affiliate = { ...affiliateLocator, required: true, description: 'The affiliate to work on' };

export const update: Operation = {
	name: 'Update',
	value: 'update',
	action: 'Update an affiliate',
	description: 'Change fields of an affiliate; fields that are left out keep their values',
	properties: [
		affiliate,
		...additionalFields([affiliateCode, optional(email), optional(firstName), optional(lastName), phone]),
	],
	writes: true,
	async execute(item) {
		const id = requiredId(item, affiliate);
		const body = optionalFields(item);
		assertChanges(item, body);
		await touch(item, [affiliateKey(id)]);
		return [await write(item, { method: 'PATCH', path: PATHS.affiliate(id), body })];
	},
};
