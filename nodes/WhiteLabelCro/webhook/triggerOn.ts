import type { IHookFunctions, INodeProperties, IWebhookFunctions } from 'n8n-workflow';

import { EVENT_TYPES } from '../transport/contract';

export const triggerOn: INodeProperties = {
	displayName: 'Trigger On',
	name: 'triggerOn',
	type: 'multiOptions',
	required: true,
	default: [],
	description: 'The events that start the workflow',
	options: [
		{ name: 'Affiliate Created', value: 'affiliate.created', description: 'A referral partner was added' },
		{ name: 'Agreement Signed', value: 'agreement.signed', description: 'An e-signature was completed' },
		{ name: 'All Events', value: '*', description: 'Any of the events in this list' },
		{ name: 'Client Created', value: 'client.created', description: 'A new client was enrolled' },
		{
			name: 'Client Status Changed',
			value: 'client.status_changed',
			description: 'A client moved to another stage',
		},
		{ name: 'Document Uploaded', value: 'document.uploaded', description: 'A file was attached to a record' },
		{ name: 'Invoice Created', value: 'invoice.created', description: 'An invoice was generated' },
		{
			name: 'Invoice Status Changed',
			value: 'invoice.status_changed',
			description: "An invoice's payment status changed",
		},
		{ name: 'Lead Created', value: 'lead.created', description: 'A lead was captured' },
		{ name: 'Payment Failed', value: 'payment.failed', description: 'A payment was declined' },
		{ name: 'Payment Succeeded', value: 'payment.succeeded', description: 'A payment was processed' },
	],
};

/** The event types chosen under 'Trigger On'; `*` stands for all that are known. */
export function chosenTypes(context: IHookFunctions | IWebhookFunctions): string[] {
	const chosen = context.getNodeParameter('triggerOn', []) as string[];
	return chosen.includes('*') ? [...EVENT_TYPES] : chosen;
}
