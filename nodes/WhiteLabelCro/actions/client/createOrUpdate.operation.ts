import { employeeLocator } from '../shared/locators';
import { createOrUpdateOf } from '../shared/person';

export const createOrUpdate = createOrUpdateOf('client', [employeeLocator]);
