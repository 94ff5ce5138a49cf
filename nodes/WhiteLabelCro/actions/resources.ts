import { client } from './client';
import { lead } from './lead';
import { note } from './note';
import type { Resource } from './operation';

export const resources: [Resource, ...Resource[]] = [client, lead, note];
