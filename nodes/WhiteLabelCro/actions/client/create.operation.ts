import { employeeLocator, initialStatus } from '../shared/locators';
import { createOf } from '../shared/person';

export const create = createOf(
	'client',
	'Add a new client. Running it again adds a duplicate: Create or Update does not.',
	[employeeLocator, initialStatus],
);
