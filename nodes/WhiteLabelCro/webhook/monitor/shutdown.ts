import { ApiClient } from '../../client/apiClient';
import { withTimeout } from '../../helpers/withTimeout';
import { readLog } from '../catchUp/catchUp';
import { isCheckpointDue, writeCheckpoint } from '../catchUp/checkpoint';
import type { CatchUpState } from '../catchUp/state';
import { readCheckpoint } from '../subscription/description';
import { loadUrl } from '../subscription/staticData';
import { CachedLog } from './cache';
import { inspect } from './healthCheck';
import { isStopped, registry } from './registry';
import type { Monitor } from './registry';

/** How long all triggers together hold up the end of n8n, which is forced after half a minute. */
const STOP_MS = 5_000;
/** How much of that one may read the log, so that there is time to write how far it got. */
const READ_MS = 2_500;

/**
 * Ends the monitor of a trigger. If that is still published, n8n stops, or it is published again after a change: then what it
 * has received since the last check is noted in its checkpoint, so that nothing comes twice after that. It never throws.
 */
export async function stop(monitor: Monitor): Promise<void> {
	registry.current(monitor);
	const wasPublished = !isStopped(monitor);
	registry.end(monitor);
	if (wasPublished) {
		if (registry.lastCheckpoints.size === 0) registry.stoppingSince = Date.now();
		const writing: Promise<unknown> = writeLastCheckpoint(monitor)
			.catch(() => undefined)
			.finally(() => registry.lastCheckpoints.delete(writing));
		registry.lastCheckpoints.add(writing);
	}
	// n8n ends its triggers one by one: the last one waits for all.
	if (registry.published().length === 0) await lastCheckpoints();
}

/** Waits for the checkpoints that are being written, though not for long. */
export async function lastCheckpoints(): Promise<void> {
	await withTimeout(STOP_MS, Promise.all(registry.lastCheckpoints));
}

async function writeLastCheckpoint(monitor: Monitor): Promise<void> {
	const { trigger, context, lookBackMs } = monitor;
	const url = loadUrl(context);
	if (url === undefined || lookBackMs === undefined) return;
	const api = await ApiClient.open(context, 0, { priority: 'person' });
	// What another one was answered since the first one ended.
	const ageMs = Date.now() - registry.stoppingSince;
	const { current, own, state } = await inspect(monitor, url, api, ageMs);
	await readToEnd(monitor, state, api, ageMs);
	const subscription = current ?? own[0];
	if (subscription === undefined || trigger.phase !== 'published') return;
	if (!isCheckpointDue(trigger, state, readCheckpoint(subscription.description))) return;
	await writeCheckpoint(api, monitor, state, subscription);
}

/**
 * Takes in what the log has until now, once a check that is under way has ended, and though not for long. It never throws.
 * @param ageMs how old an answer may be that another trigger was given
 */
export async function readToEnd(
	monitor: Monitor,
	state: CatchUpState,
	api: ApiClient,
	ageMs: number,
): Promise<void> {
	const { lookBackMs, trigger } = monitor;
	if (trigger.check !== undefined) {
		await withTimeout(
			READ_MS,
			trigger.check.catch(() => undefined),
		);
	}
	if (lookBackMs === undefined || trigger.check !== undefined) return;
	const startedAt = Date.now();
	const isEnough = () => Date.now() - startedAt > READ_MS;
	await readLog(monitor, state, api, isEnough, new CachedLog(ageMs)).catch(() => undefined);
}
