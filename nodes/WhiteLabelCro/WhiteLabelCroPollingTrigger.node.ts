import { NodeConnectionTypes } from 'n8n-workflow';
import type { INodeExecutionData, INodeType, INodeTypeDescription, IPollFunctions } from 'n8n-workflow';

import { filters } from './events/filters';
import { output } from './events/output';
import { subtitle, triggerOn } from './events/triggerOn';
import { whiteLabelCroApiTest } from './methods/credentialTest';
import { getStatuses } from './methods/loadOptions';
import { start } from './polling/options';

/**
 * From a parameter labeled "Trigger On" n8n's nodes panel makes a second item with a list of the same triggers. Without
 * that label it shows this node as what it is: one more trigger, with "Trigger" in its name.
 */
const pollFor = { ...triggerOn, displayName: 'Poll For' };

export class WhiteLabelCroPollingTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'WhiteLabelCRO Polling Trigger',
		name: 'whiteLabelCroPollingTrigger',
		icon: { light: 'file:../../icons/whitelabelcro.svg', dark: 'file:../../icons/whitelabelcro.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle,
		description:
			"Only if WhiteLabelCRO can't reach your n8n from the internet, or as a safety net: checks for new events at set times",
		defaults: { name: 'WhiteLabelCRO Polling Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'whiteLabelCroApi', required: true, testedBy: 'whiteLabelCroApiTest' }],
		properties: [pollFor, start, filters, output],
		triggerPanel: { header: 'See the newest event from WhiteLabelCRO' },
	};

	methods = { credentialTest: { whiteLabelCroApiTest }, loadOptions: { getStatuses } };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		const { poll } = await import('./polling/poll.js');
		return await poll(this);
	}
}
