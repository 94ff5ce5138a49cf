import { getOf } from '../shared/get';
import { clientLocator } from '../shared/locators';

export const get = getOf('client', clientLocator);
