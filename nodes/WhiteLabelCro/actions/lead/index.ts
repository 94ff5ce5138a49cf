import type { Resource } from '../operation';
import { create } from './create.operation';
import { createOrUpdate } from './createOrUpdate.operation';
import { find } from './find.operation';
import { get } from './get.operation';
import { update } from './update.operation';
import { updateStatus } from './updateStatus.operation';

export const lead: Resource = {
	name: 'Lead',
	value: 'lead',
	operations: [create, createOrUpdate, find, get, update, updateStatus],
};
