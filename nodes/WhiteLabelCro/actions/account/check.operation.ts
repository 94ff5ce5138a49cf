import type { INodeProperties } from 'n8n-workflow';

import type { Operation } from '../operation';

const checkWriteScopes: INodeProperties = {
	displayName: 'Check Write Scopes',
	name: 'checkWriteScopes',
	type: 'boolean',
	default: false,
	description:
		"Whether to also check the scopes integrations:write and admin. This sends a lead without a name and a test event without a type, which WhiteLabelCRO should refuse. If it doesn't, the output says what was created.",
};

export const check: Operation = {
	name: 'Check',
	value: 'check',
	action: 'Check the account',
	description:
		"Find out what's wrong with the API key, its scopes, the Base URL, the clock, or the webhook subscriptions, once for all input items and without changing anything",
	properties: [checkWriteScopes],
	writes: false,
	async execute({ context, api, index }) {
		// One check says all: more would use up the rate limit.
		if (index > 0) return [];
		const writes = context.getNodeParameter(checkWriteScopes.name, index, false) === true;
		// Loaded when it is needed: n8n reads the descriptions whenever it starts.
		const { checkAccount } = await import('./account.js');
		return [await checkAccount(context, api, writes)];
	},
};
