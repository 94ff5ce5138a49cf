import type { Resource } from '../operation';
import { getManyOf } from '../shared/getMany';

export const employee: Resource = {
	name: 'Employee',
	value: 'employee',
	operations: [getManyOf('employees', 'employees', 'List the active employees, not including affiliates')],
};
