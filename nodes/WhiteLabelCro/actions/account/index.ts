import type { Resource } from '../operation';
import { check } from './check.operation';

export const account: Resource = { name: 'Account', value: 'account', operations: [check] };
