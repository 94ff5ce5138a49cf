import type { IDataObject, INodeProperties, ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';

/** What the CRM's delivery log gets to see of us for every delivery that was accepted, whether or not a workflow started. */
export const ACCEPTED = 'OK';

const HOUR_MS = 3_600_000;
const DEFAULT_LOOK_BACK_HOURS = 24;

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
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			{
				displayName: 'Catch Up on Missed Events',
				name: 'catchUp',
				type: 'boolean',
				default: true,
				description:
					'Whether to start the workflow later for events that could not be delivered, because n8n or the connection was down. The API key needs the scope events:read for it.',
			},
			{
				displayName: 'Look Back',
				name: 'lookBack',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 720 },
				default: DEFAULT_LOOK_BACK_HOURS,
				description: 'How many hours back missed events are looked for after an outage',
			},
		],
	},
];

export function verifies(context: IWebhookFunctions): boolean {
	return context.getNodeParameter('verifySignature', true) !== false;
}

export function ignoresDuplicates(context: IWebhookFunctions): boolean {
	return context.getNodeParameter('ignoreDuplicates', true) !== false;
}

/** How far back missed events are caught up on, in milliseconds; undefined if they are not. */
export function readLookBackMs(context: ITriggerFunctions): number | undefined {
	const { catchUp = true, lookBack } = context.getNodeParameter('options', {}) as IDataObject;
	if (catchUp === false) return undefined;
	const hours = Number(lookBack);
	return (Number.isFinite(hours) && hours > 0 ? hours : DEFAULT_LOOK_BACK_HOURS) * HOUR_MS;
}
