import { account } from './account';
import { affiliate } from './affiliate';
import { client } from './client';
import { clientStatus } from './clientStatus';
import { employee } from './employee';
import { event } from './event';
import { lead } from './lead';
import { note } from './note';
import type { Resource } from './operation';
import { webhookSubscription } from './webhookSubscription';

/** The first is the one that is chosen at first. */
export const resources: [Resource, ...Resource[]] = [
	lead,
	client,
	affiliate,
	note,
	event,
	employee,
	clientStatus,
	webhookSubscription,
	account,
];
