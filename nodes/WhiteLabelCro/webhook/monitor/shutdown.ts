import { sleep } from 'n8n-workflow';

import { Api } from '../../transport/request';
import { readLog } from '../catchUp/catchUp';
import { describe } from '../subscription/description';
import { findOut } from './healthCheck';
import { seenWellOf } from '../catchUp/state';
import { writeSeenWell } from '../catchUp/checkpoint';
import { SharedLog } from './cache';
import { loadUrl } from '../subscription/staticData';
import { endWatch, isPublished } from './schedule';
import type { Watch } from './schedule';

/** How long all triggers together hold up the end of n8n, which is forced after half a minute. */
const STOP_MS = 5_000;
/** How much of that one may read the log, so that there is time to note how far it got. */
const READ_MS = 2_500;
/** After this long, it is another end of n8n. */
const ANOTHER_STOP_MS = 60_000;
/** How old an answer may be that was given to another trigger since the first one ended. */
const ANSWER_AGE_MS = 5_000;

let stoppingSince = -Infinity;

/**
 * Ends looking after a trigger. If it is still published, n8n stops, or it is published again after a change: then it is noted
 * up to where nothing is missing, so that nothing comes twice after that. It takes some seconds at most, and never throws.
 */
export async function stop(watch: Watch): Promise<void> {
	if (!endWatch(watch)) return;
	const timer = new AbortController();
	const patience = sleep(patienceMs(), timer.signal).catch(() => undefined);
	await Promise.race([lastLook(watch).catch(() => undefined), patience]);
	timer.abort();
}

async function lastLook(watch: Watch): Promise<void> {
	const { context, lookBackMs } = watch;
	const url = loadUrl(context);
	if (url === undefined || lookBackMs === undefined) return;
	const api = await Api.open(context, 0);
	const startedAt = Date.now();
	const ageMs = Math.min(ANSWER_AGE_MS, startedAt - stoppingSince);
	const { current, own, missed } = await findOut(watch, url, api, ageMs);
	const subscription = current ?? own[0];
	const isUnpublished = () => !isPublished(watch);
	if (subscription === undefined || isUnpublished()) return;
	const log = new SharedLog(ageMs);
	const isEnough = () => isUnpublished() || Date.now() - startedAt > READ_MS;
	await readLog(watch, missed, api, isEnough, log).catch(() => undefined);
	if (isUnpublished()) return;
	await writeSeenWell(api, subscription, seenWellOf(watch.key, missed), describe(context));
}

/** n8n ends its triggers one by one, however many there are. */
function patienceMs(): number {
	const now = Date.now();
	if (now < stoppingSince || now - stoppingSince > ANOTHER_STOP_MS) stoppingSince = now;
	return Math.max(0, stoppingSince + STOP_MS - now);
}
