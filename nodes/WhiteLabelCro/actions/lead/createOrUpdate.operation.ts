import { packageKeyword } from '../shared/parameters';
import { createOrUpdateOf } from '../shared/person';

export const createOrUpdate = createOrUpdateOf('lead', [packageKeyword]);
