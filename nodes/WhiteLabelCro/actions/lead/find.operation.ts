import { findOf } from '../shared/person';

export const find = findOf(
	'lead',
	'Lead',
	'Find the first lead that matches every value exactly. People who became clients are not found.',
);
