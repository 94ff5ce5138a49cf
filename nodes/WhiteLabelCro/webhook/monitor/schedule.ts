/** When a published trigger is checked: at each tick of n8n's, and soon after it was started. */
import { sleep } from 'n8n-workflow';
import type { IHookFunctions, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { triggerKey } from '../../events/context';
import { readSelection } from '../../events/selection';
import { fingerprint } from '../../helpers/fingerprint';
import { readCatchUp, readLookBackMs } from '../options';
import { loadUrl } from '../subscription/staticData';
import { CHECK_INTERVAL_MINUTES, CHECK_INTERVAL_MS } from './interval';
import { registry } from './registry';
import type { Monitor } from './registry';

/** The pauses before its first checks once n8n has started: the CRM may be back a moment after n8n. */
const AFTER_START_MS = [3_000, 30_000, 60_000, 120_000].filter((ms) => ms < CHECK_INTERVAL_MS / 2);
/** The same once a person has published it. */
const AFTER_PUBLISHING_MS = [30_000];

/** Whether n8n is starting, or this process takes over from another: nobody is publishing. */
export function isAtStart(context: IHookFunctions | ITriggerFunctions): boolean {
	return ['init', 'leadershipChange'].includes(context.getActivationMode());
}

/** Checks the subscription of a published trigger until n8n ends the trigger. */
export function startMonitor(context: ITriggerFunctions): ITriggerResponse {
	const trigger = registry.of(triggerKey(context));
	registry.deliveriesOf(trigger);
	const monitor: Monitor = {
		trigger,
		context,
		selection: readSelection(context),
		lookBackMs: readCatchUp(context) ? readLookBackMs(context) : undefined,
		startedAt: Date.now(),
		troubles: new Map(),
		repairedAt: [],
		attempts: 0,
		nextAttemptAt: 0,
	};
	trigger.monitor = monitor;
	// Another process may have gone on meanwhile.
	if (isAtStart(context)) Object.assign(trigger, { catchUp: undefined, choices: undefined });
	const ended = new AbortController();
	// The current modules: n8n may have updated this package. Once it is uninstalled, there are none.
	const check = async () => {
		const current = await import('./healthCheck.js').catch(() => undefined);
		await current?.checkSubscription(monitor);
	};
	context.helpers.registerCron({ expression: cronOf(trigger.key) }, () => void check());
	void checkSoon(check, isAtStart(context) ? AFTER_START_MS : AFTER_PUBLISHING_MS, ended.signal);
	return {
		closeFunction: async () => {
			ended.abort();
			const current = await import('./shutdown.js').catch(() => undefined);
			await current?.stop(monitor);
		},
	};
}

/** The addresses of the triggers that are published in this process, and the workflows that they belong to. */
export function publishedUrls(): Array<{ url: string; workflowId?: string }> {
	return registry
		.published()
		.map(({ context }) => ({ url: loadUrl(context) ?? '', workflowId: context.getWorkflow().id }));
}

async function checkSoon(check: () => Promise<void>, pauses: number[], signal: AbortSignal): Promise<void> {
	for (const ms of pauses) {
		await sleep(ms, signal).catch(() => undefined);
		if (signal.aborted) return;
		await check();
	}
}

/** The same for each start of the trigger, since n8n would run two that differ; spread over the minute. */
function cronOf(key: string): `${number} */${number} * * * *` {
	const second = Number.parseInt(fingerprint([key]).slice(0, 8), 16) % 60;
	return `${second} */${CHECK_INTERVAL_MINUTES} * * * *`;
}
