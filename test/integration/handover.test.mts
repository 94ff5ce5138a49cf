// What only stores a secret starts nothing, however it is run.
import { expect, it } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';

import { useTriggerStage } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');

it.each(['retry', 'manual', 'trigger'])('A subscription that is handed over, run as %s', async (mode) => {
	const { watch } = await stage.published();
	stage.sandbox.store.subscriptions.clear();
	await stage.look(watch);
	const [item] = watch.stored.flat(3);
	const staticData: { subscription?: object } = {};
	const context = {
		getInputData: () => [item],
		getMode: () => mode,
		getWorkflowStaticData: () => staticData,
		getCredentials: () => Promise.resolve(stage.credential),
	} as unknown as IExecuteFunctions;
	const output = await stage.engine.nodeType('whiteLabelCroTrigger').execute?.call(context);
	expect(output).toEqual([[]]);
	expect(staticData.subscription !== undefined).toBe(mode === 'trigger');
});
