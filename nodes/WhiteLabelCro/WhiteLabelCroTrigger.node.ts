import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	IHookFunctions,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import { filters } from './events/filters';
import { output } from './events/output';
import { triggerOn } from './events/triggerOn';
import { whiteLabelCroApiTest } from './methods/credentialTest';
import { getStatuses } from './methods/loadOptions';
import { ACCEPTED, receiveDelivery } from './webhook/deliveries';
import { subscribe, subscriptionExists, unsubscribe } from './webhook/lifecycle';
import { options } from './webhook/options';

export class WhiteLabelCroTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'WhiteLabelCRO Trigger',
		name: 'whiteLabelCroTrigger',
		icon: { light: 'file:../../icons/whitelabelcro.svg', dark: 'file:../../icons/whitelabelcro.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle:
			'={{$parameter["triggerOn"].includes("*") ? "all events" : $parameter["triggerOn"].join(", ")}}',
		description: 'Starts the workflow when something happens in the WhiteLabelCRO credit-repair CRM',
		defaults: { name: 'WhiteLabelCRO Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'whiteLabelCroApi', required: true, testedBy: 'whiteLabelCroApiTest' }],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				responseMode: 'onReceived',
				// Without it n8n would answer the literal text "firstEntryJson".
				responseData: ACCEPTED,
				path: 'webhook',
			},
		],
		properties: [triggerOn, filters, output, ...options],
	};

	methods = { credentialTest: { whiteLabelCroApiTest }, loadOptions: { getStatuses } };

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await subscriptionExists(this);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				await subscribe(this);
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return await unsubscribe(this);
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receiveDelivery(this);
	}
}
