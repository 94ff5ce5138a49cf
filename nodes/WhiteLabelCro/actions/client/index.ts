import type { Resource } from '../operation';
import { create } from './create.operation';
import { createOrUpdate } from './createOrUpdate.operation';
import { find } from './find.operation';
import { get } from './get.operation';
import { getMany } from './getMany.operation';
import { update } from './update.operation';
import { updateStatus } from './updateStatus.operation';

export const client: Resource = {
	name: 'Client',
	value: 'client',
	operations: [create, createOrUpdate, find, get, getMany, update, updateStatus],
};
