import type { Resource } from '../operation';
import { create } from './create.operation';
import { find } from './find.operation';
import { getMany } from './getMany.operation';
import { update } from './update.operation';

export const affiliate: Resource = {
	name: 'Affiliate',
	value: 'affiliate',
	operations: [create, find, getMany, update],
};
