import { sleep } from 'n8n-workflow';
import type { IHookFunctions, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { readChoice } from '../events/choice';
import type { Choice } from '../events/choice';
import { triggerKey } from '../events/context';
import { BoundedMap } from '../helpers/boundedMap';
import { fingerprint } from '../helpers/fingerprint';
import type { Subscription } from '../transport/contract';
import type { Missed } from './catchUp';
import { readLookBackMs } from './options';

/**
 * A published trigger as it is looked after. Plain data: it outlives the modules of this package, which n8n loads anew when
 * it updates the package and leaves its triggers as they are.
 */
export interface Watch {
	key: string;
	context: ITriggerFunctions;
	/** Read when it is published, since n8n evaluates no expressions later. */
	choice: Choice;
	/** How far back missed events are caught up on, in milliseconds; undefined if they are not. */
	lookBackMs?: number;
	startedAt: number;
	/** What is known of missed events; undefined as long as the CRM was not reached. */
	missed?: Missed;
	/** Its subscription, as it was last found well. */
	current?: Subscription;
	/** When it was last noted in the subscription that all is well, and whether that does not work. */
	writtenAt?: number;
	unwritable?: boolean;
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

/** For so long a trigger that ended is taken for one that is being published again, with changes. */
const EDIT_MS = 60_000;
/** How exactly the moments of ending and beginning are known, by the CRM's clock too. */
const EDIT_SLACK_MS = 5_000;
const ended = new BoundedMap<string, { at: number; watch: Watch }>(MAX_TRIGGERS);

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
		choice: readChoice(context),
		lookBackMs: readLookBackMs(context),
		startedAt: Date.now(),
		stopped: false,
		busy: false,
		logged: false,
		attempts: 0,
		nextAttemptAt: 0,
	};
	watches.set(key, watch);
	if (!isAtStart(context)) goOn(watch);
	const over = new AbortController();
	// The module of the moment: n8n may have updated this package. Once it is uninstalled, there is none.
	const look = async () => {
		const current = await import('./lookAfter.js').catch(() => undefined);
		await current?.lookAfter(watch);
	};
	// What is received is remembered from the first moment on.
	void import('./memory.js');
	context.helpers.registerCron({ expression: everyFiveMinutes(key) }, () => void look());
	if (isAtStart(context)) void lookSoon(look, over.signal);
	return {
		closeFunction: async () => {
			const wasOver = isOver(watch);
			watch.stopped = true;
			over.abort();
			if (watches.get(key) === watch) watches.delete(key);
			ended.set(key, { at: Date.now(), watch });
			if (wasOver) return;
			const current = await import('./lookAfter.js').catch(() => undefined);
			await current?.noteStop(watch);
		},
	};
}

/** A workflow that is published again after a change misses nothing in between, and nothing from before. */
function goOn(watch: Watch): void {
	const before = ended.get(watch.key);
	if (before?.watch.missed === undefined || watch.startedAt - before.at > EDIT_MS) return;
	const { missed, choice } = before.watch;
	const since = before.at + missed.ahead - EDIT_SLACK_MS;
	watch.missed = {
		...missed,
		outage: {
			from: Math.min(missed.outage?.from ?? since, since),
			to: watch.startedAt + missed.ahead + EDIT_SLACK_MS,
		},
	};
	if (JSON.stringify(choice) === JSON.stringify(watch.choice)) return;
	watch.missed.waiting = [];
	watch.missed.position = { ...missed.position, since };
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

/** How a trigger is named in the log. */
export function nameOf({ context }: Watch): string {
	return `"${context.getNode().name}" in workflow "${context.getWorkflow().name ?? ''}"`;
}
