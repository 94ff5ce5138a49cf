import type { Resource } from '../operation';
import { getMany } from './getMany.operation';

export const clientStatus: Resource = {
	name: 'Client Status',
	value: 'clientStatus',
	operations: [getMany],
};
