import { getManyOf } from '../shared/getMany';

export const getMany = getManyOf('employees', {
	action: 'Get many employees',
	description: 'List the active employees, affiliates not included',
});
