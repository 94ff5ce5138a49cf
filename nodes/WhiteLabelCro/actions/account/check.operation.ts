import type { INodeProperties } from 'n8n-workflow';

import type { Operation } from '../operation';

const checkAdminScope: INodeProperties = {
	displayName: 'Check Admin Scope',
	name: 'checkAdminScope',
	type: 'boolean',
	default: false,
	description:
		"Whether to check the scope admin, too, which only Event: Send Test Event needs. This asks for a test event without a type, which WhiteLabelCRO should refuse. If it doesn't, the output says what was created.",
};

const includeReport: INodeProperties = {
	displayName: 'Include Report',
	name: 'includeReport',
	type: 'boolean',
	default: false,
	description:
		'Whether to add what the maintainers of this node need to help you: limits, times, and the form of the answers. It contains no key and nothing about your clients.',
};

export const check: Operation = {
	name: 'Check',
	value: 'check',
	action: 'Check the account',
	description:
		"Find out what's wrong with the API key, its scopes, the Base URL, the clock, or the webhook subscriptions, once for all input items and without changing anything",
	properties: [checkAdminScope, includeReport],
	writes: false,
	async execute({ context, api, index }) {
		// One check says all: more would use up the rate limit.
		if (index > 0) return [];
		const isOn = ({ name }: INodeProperties) => context.getNodeParameter(name, index, false) === true;
		// Loaded when it is needed: n8n reads the descriptions whenever it starts.
		const { checkAccount } = await import('./account.js');
		return [await checkAccount(context, api, isOn(checkAdminScope), isOn(includeReport))];
	},
};
