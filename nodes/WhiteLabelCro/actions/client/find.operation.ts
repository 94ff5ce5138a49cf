import { findOf } from '../shared/person';

export const find = findOf('client', 'Client', 'Find the first client that matches every value exactly');
