import { sleep } from 'n8n-workflow';

import { ApiClient } from '../../client/apiClient';
import { readLog } from '../catchUp/catchUp';
import { writeCheckpoint } from '../catchUp/checkpoint';
import { checkpointOf } from '../catchUp/classify';
import { describe } from '../subscription/description';
import { loadUrl } from '../subscription/staticData';
import { CachedLog } from './cache';
import { inspect } from './healthCheck';
import { isStopped, registry } from './registry';
import type { Monitor } from './registry';

/** How long all triggers together hold up the end of n8n, which is forced after half a minute. */
const STOP_MS = 5_000;
/** How much of that one may read the log, so that there is time to note how far it got. */
const READ_MS = 2_500;
/** After this long, it is another end of n8n. */
const ANOTHER_STOP_MS = 60_000;
/** How old an answer may be that was given to another trigger since the first one ended. */
const ANSWER_AGE_MS = 5_000;

/**
 * Ends the monitor of a trigger. If that is still published, n8n stops, or it is published again after a change: then a
 * checkpoint is written, so that nothing comes twice after that. It takes some seconds at most, and never throws.
 */
export async function stop(monitor: Monitor): Promise<void> {
	registry.current(monitor);
	const wasStopped = isStopped(monitor);
	registry.end(monitor);
	if (wasStopped) return;
	const timer = new AbortController();
	const timeout = sleep(maximumWaitMs(), timer.signal).catch(() => undefined);
	await Promise.race([writeLastCheckpoint(monitor).catch(() => undefined), timeout]);
	timer.abort();
}

async function writeLastCheckpoint(monitor: Monitor): Promise<void> {
	const { trigger, context, lookBackMs } = monitor;
	const url = loadUrl(context);
	if (url === undefined || lookBackMs === undefined) return;
	const api = await ApiClient.open(context, 0, { priority: 'person' });
	const startedAt = Date.now();
	const ageMs = Math.min(ANSWER_AGE_MS, startedAt - registry.stoppingSince);
	const { current, own, state } = await inspect(monitor, url, api, ageMs);
	const subscription = current ?? own[0];
	const isUnpublished = () => trigger.phase !== 'published';
	if (subscription === undefined || isUnpublished()) return;
	const isEnough = () => isUnpublished() || Date.now() - startedAt > READ_MS;
	await readLog(monitor, state, api, isEnough, new CachedLog(ageMs)).catch(() => undefined);
	if (isUnpublished()) return;
	await writeCheckpoint(api, subscription, checkpointOf(trigger, state), describe(context));
}

/** n8n ends its triggers one by one, however many there are. */
function maximumWaitMs(): number {
	const now = Date.now();
	const since = registry.stoppingSince;
	if (now < since || now - since > ANOTHER_STOP_MS) registry.stoppingSince = now;
	return Math.max(0, registry.stoppingSince + STOP_MS - now);
}
