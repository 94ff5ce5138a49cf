import { getManyOf } from '../shared/getMany';

export const getMany = getManyOf('clientStatuses', {
	action: 'Get many client statuses',
	description: 'List the account\'s statuses; those that begin with "Lead" are for leads',
});
