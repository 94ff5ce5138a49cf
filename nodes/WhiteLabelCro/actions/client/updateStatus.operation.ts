import { clientLocator } from '../shared/locators';
import { updateStatusOf } from '../shared/person';

export const updateStatus = updateStatusOf(
	'client',
	clientLocator,
	'searchClientStatuses',
	'Move a client to another status',
);
