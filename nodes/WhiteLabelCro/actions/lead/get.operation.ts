import { getOf } from '../shared/get';
import { leadLocator } from '../shared/locators';

export const get = getOf('lead', leadLocator);
