import { packageKeyword } from '../shared/parameters';
import { createOf } from '../shared/person';

export const create = createOf(
	'lead',
	'Add a new lead in the status "Lead - New". Running it again adds a duplicate: Create or Update does not.',
	[packageKeyword],
);
