import type { INodeProperties, IWebhookFunctions } from 'n8n-workflow';

/** What the CRM's delivery log gets to see of us for every delivery that was accepted, whether or not a workflow started. */
export const ACCEPTED = 'OK';

/** The switches of the webhook trigger. */
export const options: INodeProperties[] = [
	{
		displayName: 'Verify Signature',
		name: 'verifySignature',
		type: 'boolean',
		default: true,
		description:
			"Whether to refuse deliveries that were not signed with the secret of this trigger's own subscription",
	},
	{
		displayName:
			'Anyone who learns the address of this trigger can now start the workflow with data of their own. Switch Verify Signature on again as soon as you can.',
		name: 'unverifiedNotice',
		type: 'notice',
		displayOptions: { show: { verifySignature: [false] } },
		default: '',
	},
	{
		displayName: 'Ignore Duplicate Deliveries',
		name: 'ignoreDuplicates',
		type: 'boolean',
		default: true,
		description:
			'Whether to start the workflow only once for an event that WhiteLabelCRO delivers several times. It is remembered until n8n restarts, by each webhook process for itself.',
	},
];

export function verifies(context: IWebhookFunctions): boolean {
	return context.getNodeParameter('verifySignature', true) !== false;
}

/** Listening for a test event takes each delivery as it comes. */
export function ignoreDuplicates(context: IWebhookFunctions): boolean {
	return context.getMode() !== 'manual' && context.getNodeParameter('ignoreDuplicates', true) !== false;
}
