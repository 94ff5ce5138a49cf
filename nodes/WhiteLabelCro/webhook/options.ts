import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { TriggerContext } from '../events/context';

/** What the CRM's delivery log gets to see of a delivery that started the workflow. */
export const ACCEPTED = 'OK';

const HOUR_MS = 3_600_000;
const DEFAULT_LOOK_BACK_HOURS = 24;

/** The options of the webhook trigger. */
export const options: INodeProperties[] = [
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
					"Whether to start the workflow later for events that couldn't be delivered because n8n or the connection was down. The API key needs the scope events:read.",
			},
			{
				displayName: 'Ignore Duplicate Deliveries',
				name: 'ignoreDuplicates',
				type: 'boolean',
				default: true,
				description:
					'Whether to ignore the second copy if WhiteLabelCRO sends the same event twice. A restart of n8n clears this memory, and in queue mode each webhook process has its own.',
			},
			{
				displayName: 'Look Back',
				name: 'lookBack',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 720 },
				default: DEFAULT_LOOK_BACK_HOURS,
				description: 'How many hours back to look for missed events after an outage',
			},
			{
				displayName: 'Verify Signature',
				name: 'verifySignature',
				type: 'boolean',
				default: true,
				description:
					"Whether to refuse deliveries that neither their signature nor WhiteLabelCRO's event log proves genuine",
			},
		],
	},
	{
		displayName:
			'Anyone who knows the address of this trigger can now start the workflow with any data. Turn Verify Signature back on as soon as you can.',
		name: 'unverifiedNotice',
		type: 'notice',
		displayOptions: { show: { '/options.verifySignature': [false] } },
		default: '',
	},
];

/** Whether missed events are caught up on. */
export function readCatchUp(context: TriggerContext): boolean {
	return (context.getNodeParameter('options', {}) as IDataObject).catchUp !== false;
}

/** How old an event may be to start the workflow, in milliseconds, unless its delivery's signature is verified. */
export function readLookBackMs(context: TriggerContext): number {
	const { lookBack } = context.getNodeParameter('options', {}) as IDataObject;
	const hours = Number(lookBack);
	return (Number.isFinite(hours) && hours > 0 ? hours : DEFAULT_LOOK_BACK_HOURS) * HOUR_MS;
}
