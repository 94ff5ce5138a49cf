import type { Resource } from '../operation';
import { getMany } from './getMany.operation';

export const employee: Resource = {
	name: 'Employee',
	value: 'employee',
	operations: [getMany],
};
