import type { Resource } from '../operation';
import { getManyOf } from '../shared/getMany';
import { create } from './create.operation';
import { find } from './find.operation';
import { update } from './update.operation';

export const affiliate: Resource = {
	name: 'Affiliate',
	value: 'affiliate',
	operations: [create, find, getManyOf('affiliates', 'affiliates', 'List the approved affiliates'), update],
};
