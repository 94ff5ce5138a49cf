import { leadLocator } from '../shared/locators';
import { updateStatusOf } from '../shared/person';

export const updateStatus = updateStatusOf(
	'lead',
	leadLocator,
	'searchLeadStatuses',
	'Move a lead to another status. Only statuses that begin with "Lead" are for leads.',
);
