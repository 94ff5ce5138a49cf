// What only stores a secret starts nothing, however it is run.
import { expect, it } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';

import { useTriggerStage } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');

it.each([
	['is stored by the execution that is to store it', 'trigger', 'same', true],
	['is not stored by one that a person runs again', 'retry', 'same', false],
	['is not stored by one that a person tries', 'manual', 'same', false],
	['is not stored once there is a new key, and with it another subscription', 'trigger', 'new', false],
])(
	'A subscription that is handed over %s, and goes on to no other node',
	async (_what, mode, key, isStored) => {
		const { watch } = await stage.published();
		stage.sandbox.store.subscriptions.clear();
		await stage.look(watch);
		const [item] = watch.stored.flat(3);
		if (key === 'new') stage.credential.apiKey = stage.sandbox.createKey(['webhooks:write']);
		const staticData: { subscription?: object } = {};
		const context = {
			getInputData: () => [item],
			getMode: () => mode,
			getWorkflowStaticData: () => staticData,
			getCredentials: () => Promise.resolve(stage.credential),
		} as unknown as IExecuteFunctions;
		const output = await stage.engine.nodeType('whiteLabelCroTrigger').execute?.call(context);
		expect(output).toEqual([[]]);
		expect(staticData.subscription !== undefined).toBe(isStored);
	},
);
