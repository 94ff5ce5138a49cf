import { sleep } from 'n8n-workflow';
import type { IHookFunctions, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { triggerKey } from '../events/context';
import { chosenTypes } from '../events/triggerOn';
import { BoundedMap } from '../helpers/boundedMap';
import { fingerprint } from '../helpers/fingerprint';

/**
 * A published trigger as it is looked after. Plain data: it outlives the modules of this package, which n8n loads anew when
 * it updates the package and leaves its triggers as they are.
 */
export interface Watch {
	key: string;
	context: ITriggerFunctions;
	/** Read when it is published, since n8n evaluates no expressions later. */
	eventTypes: string[];
	stopped: boolean;
	busy: boolean;
	/** Since when its subscription has not been as wanted, and when a person was last shown that. In milliseconds. */
	illSince?: number;
	shownAt?: number;
	/** Whether the log tells of it. */
	logged: boolean;
	/** How often it was put right without having been found well since, and when it may be next. */
	attempts: number;
	nextAttemptAt: number;
}

/** Where a trigger is in its life, as n8n's hooks tell; a publishing that failed stays one. */
export type Stage = 'publishing' | 'published' | 'unpublished';

const MAX_TRIGGERS = 10_000;
const stages = new BoundedMap<string, Stage>(MAX_TRIGGERS);

/** The newest watch of each trigger: after a failed publishing n8n goes on ticking for an older one. */
const watches = new Map<string, Watch>();

/**
 * When it is looked after once n8n has started, in milliseconds from then: the CRM may be back a moment after n8n. Later it
 * is every five minutes.
 */
const AFTER_START_MS = [3_000, 30_000, 60_000, 120_000];

/** Whether n8n is starting, or this process takes over from another: nobody is publishing. */
export function isAtStart(context: IHookFunctions | ITriggerFunctions): boolean {
	return ['init', 'leadershipChange'].includes(context.getActivationMode());
}

/** Listening for a test event runs the same hooks, and is no stage of the published trigger. */
export function setStage(context: IHookFunctions, stage: Stage): void {
	if (context.getMode() !== 'manual') stages.set(triggerKey(context), stage);
}

/** Whether a trigger must not be looked after: it is not published, or a person is at it. */
export function isOver({ key, stopped }: Watch): boolean {
	return stopped || (stages.get(key) ?? 'published') !== 'published';
}

/** The newest watch of the trigger that one belongs to. */
export function newestOf(watch: Watch): Watch {
	return watches.get(watch.key) ?? watch;
}

/** Has the subscription of a published trigger looked after, until n8n ends the trigger. */
export function startWatch(context: ITriggerFunctions): ITriggerResponse {
	const key = triggerKey(context);
	const watch: Watch = {
		key,
		context,
		eventTypes: chosenTypes(context),
		stopped: false,
		busy: false,
		logged: false,
		attempts: 0,
		nextAttemptAt: 0,
	};
	watches.set(key, watch);
	const ended = new AbortController();
	// The module of the moment: n8n may have updated this package. Once it is uninstalled, there is none.
	const look = async () => {
		const current = await import('./lookAfter.js').catch(() => undefined);
		await current?.lookAfter(watch);
	};
	context.helpers.registerCron({ expression: everyFiveMinutes(key) }, () => void look());
	if (isAtStart(context)) void lookSoon(look, ended.signal);
	return {
		closeFunction: () => {
			watch.stopped = true;
			ended.abort();
			if (watches.get(key) === watch) watches.delete(key);
			return Promise.resolve();
		},
	};
}

async function lookSoon(look: () => Promise<void>, signal: AbortSignal): Promise<void> {
	for (const ms of AFTER_START_MS) {
		await sleep(ms, signal).catch(() => undefined);
		if (signal.aborted) return;
		await look();
	}
}

/** The same for each start of the trigger, since n8n would run two that differ; spread over the minute. */
function everyFiveMinutes(key: string): `${number} */5 * * * *` {
	const second = Number.parseInt(fingerprint([key]).slice(0, 8), 16) % 60;
	return `${second} */5 * * * *`;
}
