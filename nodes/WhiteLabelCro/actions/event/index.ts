import type { Resource } from '../operation';
import { getMany } from './getMany.operation';
import { sendTest } from './sendTest.operation';

export const event: Resource = {
	name: 'Event',
	value: 'event',
	operations: [getMany, sendTest],
};
