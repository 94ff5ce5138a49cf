import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { inputError } from '../../client/errors';
import { ifClient } from './ifClient';

const DEFAULT_WAIT_SECONDS = 300;
const MOST_AT_ONCE = 50;

/** What can be set for the operations on items. The check of the account is made once, and has its own time limit. */
export const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	displayOptions: { hide: { resource: ['account'] } },
	options: [
		ifClient,
		{
			displayName: 'Items at Once',
			name: 'itemsAtOnce',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: MOST_AT_ONCE },
			default: MOST_AT_ONCE,
			description:
				'How many items to process at the same time. Items that change the same record take turns. With 1, each item waits for the one before it.',
		},
		{
			displayName: 'Maximum Wait (Seconds)',
			name: 'maximumWait',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: DEFAULT_WAIT_SECONDS,
			description:
				"How long a call may wait once WhiteLabelCRO's rate limit is used up. After that, its item fails.",
		},
	],
};

/** How long one call may wait for the rate limit, in milliseconds. @throws NodeOperationError if the option is no such time */
export function maximumWaitMs(context: IExecuteFunctions): number {
	const value = context.getNodeParameter('options.maximumWait', 0, DEFAULT_WAIT_SECONDS) as unknown;
	const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
	throw inputError(
		context.getNode(),
		"'Maximum Wait' is not a number of seconds",
		"Enter 0 or more under 'Options', or remove 'Maximum Wait' there to wait up to 300 seconds.",
		0,
	);
}

/** How many items are worked on at the same time. @throws NodeOperationError if that is no whole number from 1 to 50 */
export function itemsAtOnce(context: IExecuteFunctions): number {
	const atOnce = Number(context.getNodeParameter('options.itemsAtOnce', 0, MOST_AT_ONCE));
	if (Number.isInteger(atOnce) && atOnce >= 1 && atOnce <= MOST_AT_ONCE) return atOnce;
	throw inputError(
		context.getNode(),
		`'Items at Once' must be a whole number from 1 to ${MOST_AT_ONCE}`,
		"Correct it under 'Options'.",
	);
}
