import { findRecord } from '../../api/search';
import { criteria, foundOptions, foundOrNot, requiredCriteria } from '../shared/find';
import type { Operation } from '../operation';
import { output, shapeRecord } from '../shared/output';
import { email, externalId, optional, phone, recordIdCriterion } from '../shared/parameters';

export const find: Operation = {
	name: 'Find',
	value: 'find',
	action: 'Find a client',
	description: 'Find the first client that matches every value exactly',
	properties: [
		criteria([optional(email), externalId, recordIdCriterion('Client'), phone]),
		...foundOptions,
		...output,
	],
	writes: false,
	async execute(item) {
		const record = await findRecord(item.api, 'client', requiredCriteria(item), item.index);
		return foundOrNot(item, record && shapeRecord(item, record));
	},
};
