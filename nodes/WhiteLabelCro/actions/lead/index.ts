import type { Resource } from '../operation';
import { create } from './create.operation';

export const lead: Resource = { name: 'Lead', value: 'lead', operations: [create] };
