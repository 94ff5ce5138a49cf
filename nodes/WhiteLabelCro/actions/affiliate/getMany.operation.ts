import { getManyOf } from '../shared/getMany';

export const getMany = getManyOf('affiliates', {
	action: 'Get many affiliates',
	description: 'List the approved affiliates',
});
