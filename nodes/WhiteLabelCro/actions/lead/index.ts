import type { Resource } from '../operation';
import { packageKeyword } from '../shared/parameters';
import { createOf, createOrUpdateOf, findOf, getOf, updateOf, updateStatusOf } from '../shared/person';

export const lead: Resource = {
	name: 'Lead',
	value: 'lead',
	operations: [
		createOf(
			'lead',
			'Add a new lead in the status "Lead - New". Running it again adds a duplicate; Create or Update doesn\'t.',
			[packageKeyword],
		),
		createOrUpdateOf('lead', [
			{
				...packageKeyword,
				description: `${packageKeyword.description}. Sent only when the lead is created.`,
			},
		]),
		findOf(
			'lead',
			"Find the first lead that matches every value exactly. People who have become clients aren't found.",
		),
		getOf('lead'),
		updateOf('lead'),
		updateStatusOf(
			'lead',
			'Move a lead to another status. Only statuses that begin with "Lead" are for leads.',
		),
	],
};
