import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	IExecuteFunctions,
	IHookFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	ITriggerFunctions,
	ITriggerResponse,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import { filters } from './events/filters';
import { output } from './events/output';
import { subtitle, triggerOn } from './events/triggerOn';
import { whiteLabelCroApiTest } from './methods/credentialTest';
import { getStatuses } from './methods/loadOptions';
import { ACCEPTED, options } from './webhook/options';

export class WhiteLabelCroTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'WhiteLabelCRO Trigger',
		name: 'whiteLabelCroTrigger',
		icon: { light: 'file:../../icons/whitelabelcro.svg', dark: 'file:../../icons/whitelabelcro.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle,
		// n8n's nodes panel shows it for the one item that stands for this trigger and for the node with the actions.
		description:
			'Start workflows from events in the WhiteLabelCRO credit-repair CRM, and create, update, and find its leads, clients, and affiliates',
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
				// WhiteLabelCRO is told the address: a person has nothing to do with it.
				ndvHideUrl: true,
			},
		],
		properties: [triggerOn, filters, output, ...options],
		triggerPanel: {
			header: 'Listen for an event from WhiteLabelCRO',
			executionsHelp: {
				inactive:
					"While you build the workflow, click 'Execute step' and then make something happen in WhiteLabelCRO: add a lead, change a status, or run 'Event: Send Test Event' in a WhiteLabelCRO node.<br /><br />Once you publish the workflow, each event you selected starts it automatically. Those executions show up in the executions list, not in the editor.",
				active:
					"While you build the workflow, click 'Execute step' and then make something happen in WhiteLabelCRO: add a lead, change a status, or run 'Event: Send Test Event' in a WhiteLabelCRO node.<br /><br />The workflow is published, so each event you selected also starts it automatically. Those executions show up in the executions list, not in the editor.",
			},
			activationHint:
				"Once you've finished building the workflow, publish it: WhiteLabelCRO then sends it every event you selected.",
		},
	};

	methods = { credentialTest: { whiteLabelCroApiTest }, loadOptions: { getStatuses } };

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const { subscriptionExists } = await import('./webhook/lifecycle.js');
				const { withRemedy } = await import('./client/errors.js');
				return await withRemedy(subscriptionExists(this));
			},
			async create(this: IHookFunctions): Promise<boolean> {
				const { subscribe } = await import('./webhook/lifecycle.js');
				const { withRemedy } = await import('./client/errors.js');
				await withRemedy(subscribe(this));
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				const { unsubscribe } = await import('./webhook/lifecycle.js');
				return await unsubscribe(this);
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const { receiveDelivery } = await import('./webhook/deliveries.js');
		return await receiveDelivery(this);
	}

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		const { startMonitor } = await import('./webhook/monitor/schedule.js');
		return startMonitor(this);
	}

	/** Without it n8n would call `trigger` to listen for a test event. */
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { passOn } = await import('./webhook/subscription/handover.js');
		return await passOn(this);
	}
}
