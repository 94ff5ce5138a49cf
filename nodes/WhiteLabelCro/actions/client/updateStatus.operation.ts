import { PATHS } from '../../transport/contract';
import type { Operation } from '../operation';
import { requiredId, statusChange } from '../shared/input';
import { clientKey, touch } from '../shared/keys';
import { clientLocator, statusChangeFields, statusLocator } from '../shared/parameters';
import { write } from '../shared/write';

export const updateStatus: Operation = {
	name: 'Update Status',
	value: 'updateStatus',
	action: 'Update the status of a client',
	description: 'Move a client to another status',
	properties: [clientLocator, statusLocator('searchClientStatuses'), ...statusChangeFields],
	writes: true,
	async execute(item) {
		const id = requiredId(item, clientLocator);
		const body = statusChange(item);
		await touch(item, [clientKey(id)]);
		return [await write(item, { method: 'PATCH', path: PATHS.clientStatus(id), body })];
	},
};
