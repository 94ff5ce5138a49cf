import type { INodeProperties } from 'n8n-workflow';

/** What an event becomes in the workflow. */
export const output: INodeProperties = {
	displayName: 'Output',
	name: 'output',
	type: 'options',
	default: 'simplified',
	description: 'What each event becomes in the workflow',
	options: [
		{
			name: 'Full Event',
			value: 'full',
			description: 'The event as WhiteLabelCRO sends it, with its payload and metadata',
		},
		{
			name: 'Simplified',
			value: 'simplified',
			description:
				'What the event is about, such as the name and email of a lead, then its ID, type, and time',
		},
	],
};
