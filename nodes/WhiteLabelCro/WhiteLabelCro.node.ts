import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';

import { describe } from './actions/operation';
import { resources } from './actions/resources';
import { options } from './actions/shared/options';
import { whiteLabelCroApiTest } from './methods/credentialTest';
import { listSearch } from './methods/listSearch';

export class WhiteLabelCro implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'WhiteLabelCRO',
		name: 'whiteLabelCro',
		icon: { light: 'file:../../icons/whitelabelcro.svg', dark: 'file:../../icons/whitelabelcro.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ ($parameter["operation"] + ": " + $parameter["resource"]).replace(/[A-Z]/g, " $&").toTitleCase().replace(" Or ", " or ") }}',
		description:
			'Create, update, and find leads, clients, affiliates, and notes in the WhiteLabelCRO credit-repair CRM',
		defaults: { name: 'WhiteLabelCRO' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'whiteLabelCroApi', required: true, testedBy: 'whiteLabelCroApiTest' }],
		properties: describe(resources, options),
	};

	methods = { listSearch, credentialTest: { whiteLabelCroApiTest } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		// Loaded when it is first needed, as by the other nodes: n8n reads every description whenever it starts.
		const { router } = await import('./actions/router.js');
		return await router(this);
	}
}
