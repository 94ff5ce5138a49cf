import type { INodeProperties } from 'n8n-workflow';

/** What an event becomes in the workflow. */
export const output: INodeProperties = {
	displayName: 'Output',
	name: 'output',
	type: 'options',
	default: 'envelope',
	description: 'What each event becomes in the workflow',
	options: [
		{
			name: 'Full Event',
			value: 'envelope',
			description: 'The event as WhiteLabelCRO sends it: ID, type, time, company, payload, and metadata',
		},
		{
			name: 'Payload Only',
			value: 'payload',
			description: 'The fields of the payload, plus event_id, event_type, created_utc, and company_id',
		},
	],
};
