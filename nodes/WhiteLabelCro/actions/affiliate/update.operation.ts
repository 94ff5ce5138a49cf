import { PATHS } from '../../contract/paths';
import type { Operation } from '../operation';
import { write } from '../shared/change';
import { changesOf, requiredId } from '../shared/input';
import { affiliateLocator } from '../shared/locators';
import { affiliateKey, lockRecords } from '../shared/lockKeys';
import {
	affiliateCode,
	email,
	firstName,
	lastName,
	optional,
	phone,
	updateFields,
} from '../shared/parameters';
import { updatedItem } from '../shared/written';

const affiliate = { ...affiliateLocator, required: true, description: 'The affiliate to use' };

export const update: Operation = {
	name: 'Update',
	value: 'update',
	action: 'Update an affiliate',
	description: 'Change fields of an affiliate. Fields you leave out keep their values.',
	properties: [
		affiliate,
		updateFields([affiliateCode, optional(email), optional(firstName), optional(lastName), phone]),
	],
	writes: true,
	async execute(item) {
		const id = requiredId(item, affiliate);
		const body = changesOf(item);
		await lockRecords(item, [affiliateKey(id)]);
		const answer = await write(item, { method: 'PATCH', path: PATHS.affiliate(id), body });
		return [updatedItem(item, { affiliate_id: id }, body, answer)];
	},
};
