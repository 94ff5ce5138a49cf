import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

const DEFAULT_WAIT_SECONDS = 300;

/** What can be set for every operation. */
export const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		{
			displayName: 'Maximum Wait (Seconds)',
			name: 'maximumWait',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: DEFAULT_WAIT_SECONDS,
			description:
				"How long one call may wait for the API key's rate limit before its item fails. The waits of several calls and items add up.",
		},
	],
};

/** How long one item may wait for the rate limit, in milliseconds. */
export function maximumWaitMs(context: IExecuteFunctions): number {
	return Number(context.getNodeParameter('options.maximumWait', 0, DEFAULT_WAIT_SECONDS)) * 1000;
}
