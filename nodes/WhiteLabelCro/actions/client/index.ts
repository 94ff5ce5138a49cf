import type { Resource } from '../operation';
import { find } from './find.operation';
import { updateStatus } from './updateStatus.operation';

export const client: Resource = { name: 'Client', value: 'client', operations: [find, updateStatus] };
