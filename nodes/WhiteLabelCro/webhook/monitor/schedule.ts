import { sleep } from 'n8n-workflow';
import type { IHookFunctions, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { isWanted, readChoice } from '../../events/choice';
import type { Choice } from '../../events/choice';
import { triggerKey } from '../../events/context';
import { BoundedMap } from '../../helpers/boundedMap';
import { fingerprint } from '../../helpers/fingerprint';
import { goOnReceiving } from '../deduplication';
import type { Received } from '../deduplication';
import { noteOutage } from '../catchUp/state';
import type { Missed } from '../catchUp/state';
import { CHECK_INTERVAL_MINUTES, CHECK_INTERVAL_MS } from './interval';
import { readLookBackMs } from '../options';
import { loadUrl } from '../subscription/staticData';

/**
 * A published trigger as it is looked after. Plain data: it outlives the modules of this package, which n8n reloads when
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
	/** The deliveries that are known. */
	received: Received;
	/** When it was last noted in the subscription up to when all was well, and what that tells; until when not to try again. */
	written?: { at: number; told: number };
	unwritableUntil?: number;
	stopped: boolean;
	busy: boolean;
	/** Since when its subscription has not been as wanted, and when a person was last shown that. In milliseconds. */
	illSince?: number;
	shownAt?: number;
	/** When the log last told of it. */
	loggedAt?: number;
	/** When it was fixed within the last day. */
	healedAt: number[];
	/** How often it was fixed without being found well since, and when it may be next. */
	attempts: number;
	nextAttemptAt: number;
}

/** Where a trigger is in its life, as n8n's hooks tell; a publishing that failed stays one. */
export type Stage = 'publishing' | 'published' | 'unpublished';

const MAX_TRIGGERS = 10_000;
const stages = new BoundedMap<string, Stage>(MAX_TRIGGERS);

/** How long a trigger that ended is taken for one that is being republished with changes. */
const EDIT_MS = 60_000;
/** How long it takes at most until the subscription of a trigger that is being published is there. */
const PUBLISHING_MS = 10_000;
const ended = new BoundedMap<string, { at: number; watch: Watch }>(MAX_TRIGGERS);

/** The newest watch of each trigger: after a failed publishing n8n goes on ticking for an older one. */
const watches = new Map<string, Watch>();

/**
 * The pauses before its first looks once n8n has started, since the CRM may be back a moment after n8n. Later it is looked
 * after in each interval.
 */
const AFTER_START_MS = [3_000, 30_000, 60_000, 120_000].filter((ms) => ms < CHECK_INTERVAL_MS / 2);
/** The same once a person has published it. */
const AFTER_PUBLISHING_MS = [30_000];

/** Whether n8n is starting, or this process takes over from another: nobody is publishing. */
export function isAtStart(context: IHookFunctions | ITriggerFunctions): boolean {
	return ['init', 'leadershipChange'].includes(context.getActivationMode());
}

/** Listening for a test event runs the same hooks, and is no stage of the published trigger. */
export function setStage(context: IHookFunctions, stage: Stage): void {
	if (context.getMode() !== 'manual') stages.set(triggerKey(context), stage);
}

/** Whether a trigger must not be looked after: it is not published, or a person is at it. */
export function isOver(watch: Watch): boolean {
	return watch.stopped || !isPublished(watch);
}

export function isPublished({ key }: Watch): boolean {
	return (stages.get(key) ?? 'published') === 'published';
}

/** The newest watch of the trigger that one belongs to. */
export function newestOf(watch: Watch): Watch {
	return watches.get(watch.key) ?? watch;
}

/** The addresses of the triggers that are published in this process, and the workflows that they belong to. */
export function publishedUrls(): Array<{ url: string; workflowId?: string }> {
	return [...watches.values()]
		.filter((watch) => !isOver(watch))
		.map(({ context }) => ({ url: loadUrl(context) ?? '', workflowId: context.getWorkflow().id }));
}

/** Looks after the subscription of a published trigger until n8n ends the trigger. */
export function startWatch(context: ITriggerFunctions): ITriggerResponse {
	const key = triggerKey(context);
	const watch: Watch = {
		key,
		context,
		choice: readChoice(context),
		lookBackMs: readLookBackMs(context),
		startedAt: Date.now(),
		received: goOnReceiving(key, lastOf(key)?.received),
		stopped: false,
		busy: false,
		healedAt: [],
		attempts: 0,
		nextAttemptAt: 0,
	};
	if (!isAtStart(context)) goOn(watch);
	watches.set(key, watch);
	const over = new AbortController();
	// The current modules: n8n may have updated this package. Once it is uninstalled, there are none.
	const look = async () => {
		const current = await import('./healthCheck.js').catch(() => undefined);
		await current?.lookAfter(watch);
	};
	context.helpers.registerCron({ expression: cronOf(key) }, () => void look());
	void lookSoon(look, isAtStart(context) ? AFTER_START_MS : AFTER_PUBLISHING_MS, over.signal);
	return {
		closeFunction: async () => {
			over.abort();
			const current = await import('./shutdown.js').catch(() => undefined);
			await current?.stop(watch);
		},
	};
}

/** Ends a watch. @returns whether its trigger is still published: n8n stops, or it is published again after a change */
export function endWatch(watch: Watch): boolean {
	const { key } = watch;
	const wasPublished = !isOver(watch);
	watch.stopped = true;
	if (watches.get(key) === watch) watches.delete(key);
	const now = Date.now();
	for (const [other, { at }] of ended) {
		if (Math.abs(now - at) > EDIT_MS) ended.delete(other);
	}
	ended.set(key, { at: now, watch });
	return wasPublished;
}

/** The newest watch of a trigger, also if it has just ended. */
export function lastOf(key: string): Watch | undefined {
	const last = ended.get(key);
	const hasJustEnded = last !== undefined && Math.abs(Date.now() - last.at) <= EDIT_MS;
	return watches.get(key) ?? (hasJustEnded ? last.watch : undefined);
}

/** A workflow that is published again after a change misses nothing in between, and nothing from before. */
function goOn(watch: Watch): void {
	const missed = lastOf(watch.key)?.missed;
	if (missed === undefined) return;
	const waiting = missed.waiting.filter(({ envelope }) => isWanted(watch.choice, envelope));
	// The one before may still be reading.
	watch.missed = { ...missed, waiting, position: { ...missed.position } };
	noteOutage(watch.missed);
	watch.missed.outageUntil = watch.startedAt + missed.ahead + PUBLISHING_MS;
}

async function lookSoon(look: () => Promise<void>, pauses: number[], signal: AbortSignal): Promise<void> {
	for (const ms of pauses) {
		await sleep(ms, signal).catch(() => undefined);
		if (signal.aborted) return;
		await look();
	}
}

/** The same for each start of the trigger, since n8n would run two that differ; spread over the minute. */
function cronOf(key: string): `${number} */${number} * * * *` {
	const second = Number.parseInt(fingerprint([key]).slice(0, 8), 16) % 60;
	return `${second} */${CHECK_INTERVAL_MINUTES} * * * *`;
}

/** How a trigger is named in the log. */
export function nameOf({ context }: Watch): string {
	return `"${context.getNode().name}" in workflow "${context.getWorkflow().name ?? ''}"`;
}
