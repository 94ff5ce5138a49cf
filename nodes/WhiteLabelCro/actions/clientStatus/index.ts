import type { Resource } from '../operation';
import { getManyOf } from '../shared/getMany';

export const clientStatus: Resource = {
	name: 'Client Status',
	value: 'clientStatus',
	operations: [
		getManyOf(
			'clientStatuses',
			'client statuses',
			'List the account\'s statuses; those that begin with "Lead" are for leads',
		),
	],
};
