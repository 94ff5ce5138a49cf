import { clientLocator } from '../shared/locators';
import { updateOf } from '../shared/person';

export const update = updateOf('client', clientLocator);
