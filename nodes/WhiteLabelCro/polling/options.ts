import type { INodeProperties } from 'n8n-workflow';

/** Where a polling trigger begins when it is first published. */
export const start: INodeProperties = {
	displayName: 'Start',
	name: 'start',
	type: 'options',
	default: 'now',
	description:
		'Where to start when the workflow is first published. After that, the trigger continues where it left off.',
	options: [
		{
			name: 'From Now On',
			value: 'now',
			description: 'Only events that happen after the workflow is published',
		},
		{ name: 'From the Beginning', value: 'beginning', description: 'Every event still in the log' },
	],
};
