import type { Resource } from '../operation';
import { create } from './create.operation';

export const note: Resource = { name: 'Note', value: 'note', operations: [create] };
