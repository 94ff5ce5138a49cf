import { NodeConnectionTypes } from 'n8n-workflow';
import type { INodeExecutionData, INodeType, INodeTypeDescription, IPollFunctions } from 'n8n-workflow';

import { filters } from './events/filters';
import { output } from './events/output';
import { subtitle, triggerOn } from './events/triggerOn';
import { whiteLabelCroApiTest } from './methods/credentialTest';
import { getStatuses } from './methods/loadOptions';
import { start } from './polling/options';

export class WhiteLabelCroPollingTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'WhiteLabelCRO Polling Trigger',
		name: 'whiteLabelCroPollingTrigger',
		icon: { light: 'file:../../icons/whitelabelcro.svg', dark: 'file:../../icons/whitelabelcro.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle,
		description:
			'Asks the WhiteLabelCRO credit-repair CRM at intervals for new events: for an n8n that cannot be reached from outside, or as a safety net',
		defaults: { name: 'WhiteLabelCRO Polling Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'whiteLabelCroApi', required: true, testedBy: 'whiteLabelCroApiTest' }],
		properties: [triggerOn, start, filters, output],
	};

	methods = { credentialTest: { whiteLabelCroApiTest }, loadOptions: { getStatuses } };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		const { poll } = await import('./polling/poll.js');
		return await poll(this);
	}
}
