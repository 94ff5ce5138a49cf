import { leadLocator } from '../shared/locators';
import { updateOf } from '../shared/person';

export const update = updateOf('lead', leadLocator);
