import { PATHS, readRecord } from '../../transport/contract';
import { apiRequest } from '../../transport/request';
import type { Operation } from '../operation';
import {
	additionalFields,
	changedByLocator,
	clientLocator,
	optionalFields,
	requiredId,
	requiredStatus,
	statusLocator,
} from '../parameters';

export const updateStatus: Operation = {
	name: 'Update Status',
	value: 'updateStatus',
	action: 'Update the status of a client',
	description: 'Move a client to another status',
	properties: [
		clientLocator,
		statusLocator('searchClientStatuses'),
		...additionalFields([
			changedByLocator,
			{
				displayName: 'Status Note',
				name: 'statusNote',
				type: 'string',
				default: '',
				description: 'Why the status is changed',
			},
		]),
	],
	async execute(context, itemIndex) {
		const body = { ...optionalFields(context, itemIndex), ...requiredStatus(context, itemIndex) };
		const path = PATHS.clientStatus(requiredId(context, clientLocator, itemIndex));
		return [await apiRequest(context, { method: 'PATCH', path, body, itemIndex, read: readRecord })];
	},
};
