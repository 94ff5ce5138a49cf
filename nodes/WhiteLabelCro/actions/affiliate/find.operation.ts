import type { IDataObject } from 'n8n-workflow';

import { lookUp } from '../../api/lookup';
import { readLookupRow } from '../../contract/lookups';
import type { Operation } from '../operation';
import { criteria, foundOptions, foundOrNot, requiredCriteria } from '../shared/find';
import { invalid } from '../shared/input';
import { email, optional, textParameter } from '../shared/parameters';

/** The API has no search for affiliates: the list of the approved ones is the nearest. */
export const find: Operation = {
	name: 'Find',
	value: 'find',
	action: 'Find an affiliate',
	description: "Find the first approved affiliate that matches every value. Case doesn't matter.",
	properties: [
		criteria([
			textParameter('Affiliate ID', 'affiliateId', "The affiliate's ID in WhiteLabelCRO", 'e.g. 301'),
			optional(email),
			textParameter('Full Name', 'name', "The affiliate's first and last name", 'e.g. Paula Partner'),
		]),
		...foundOptions,
	],
	writes: false,
	async execute(item) {
		const wanted = requiredCriteria(item);
		const rows = await lookUp(item.api, 'affiliates', '', item.index);
		if (wanted.email !== undefined && rows.length > 0 && rows.every((row) => row.email === undefined)) {
			throw invalid(
				item,
				"This account's list of affiliates has no email addresses",
				'Search by the ID or the full name instead.',
			);
		}
		return foundOrNot(
			item,
			rows.find((row) => matches(row, wanted)),
		);
	},
};

function matches(row: IDataObject, { affiliate_id, email: address, name }: IDataObject): boolean {
	const { id, label } = readLookupRow('affiliates', row) ?? {};
	return (
		(affiliate_id === undefined || affiliate_id === Number(id)) &&
		(address === undefined || same(address, row.email)) &&
		(name === undefined || same(name, label))
	);
}

function same(a: unknown, b: unknown): boolean {
	return String(a).trim().toLowerCase() === String(b).trim().toLowerCase();
}
