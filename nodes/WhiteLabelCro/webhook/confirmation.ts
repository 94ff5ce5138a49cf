/**
 * The second proof: a delivery whose signature cannot be verified is believed if the CRM's own event log, read with the API
 * key, has its event. What starts the workflow is then the log's row, so that whoever sent the delivery has no say in it.
 */
import { sleep } from 'n8n-workflow';
import type { IWebhookFunctions } from 'n8n-workflow';

import type { EventCursor } from '../api/eventCursor';
import { newEvents } from '../api/newEvents';
import { accounts } from '../client/account';
import { ApiClient } from '../client/apiClient';
import { readCompanyId, readEnvelope, readEventKey, readEventTime } from '../contract/events';
import type { EventEnvelope } from '../contract/events';
import { BoundedMap } from '../helpers/boundedMap';
import { withTimeout } from '../helpers/withTimeout';
import { checkpointOf } from './catchUp/classify';
import { GRACE_MS, initialState } from './catchUp/state';
import type { Checkpoint } from './catchUp/state';
import { CachedLog, listOf } from './monitor/cache';
import type { LogReader, LookUps, TriggerState } from './monitor/registry';
import { readLookBackMs } from './options';
import { readCheckpoint } from './subscription/description';
import { knownSubscription, knownSubscriptions, loadCheckpoint } from './subscription/staticData';
import { crmNow } from './verification';

/** How long a delivery waits for it: the CRM hangs up after 10 s (D). */
const DEADLINE_MS = 8000;

/** How many rows are remembered for each trigger, and how many pages one reading reads at most. */
const MAX_ROWS = 2000;
const MAX_PAGES = 20;
/** A trigger begins a reading once a second at most: deliveries in between share it. */
const BETWEEN_READINGS_MS = 1000;

const MINUTE_MS = 60_000;
/** How many look-ups within a minute may confirm nothing before they pause, for how long, and when that is forgotten. */
const MAX_MISSES = 6;
const FIRST_PAUSE_MS = MINUTE_MS;
const LONGEST_PAUSE_MS = 15 * MINUTE_MS;
const FORGOTTEN_AFTER_MS = 60 * MINUTE_MS;

/** How far in the future an event may be: nobody knows the CRM's clock before it has answered. */
const MOST_AHEAD_MS = 60 * MINUTE_MS;

/**
 * What the log says of an event: its row; that it has none, and whether it may yet come; or nothing, since it cannot be read or
 * too many look-ups of late confirmed nothing.
 */
export type Finding = EventEnvelope | 'absent' | 'not yet' | 'unreadable' | 'paused';

/**
 * Whether a request may be what the CRM sent for an event: no call is made for any other.
 * @param now by the CRM's clock, in milliseconds
 */
export function isPlausible(
	context: IWebhookFunctions,
	{ log, catchUp }: TriggerState,
	event: EventEnvelope,
	now: number,
): boolean {
	if (!/^\d{1,20}$/.test(String(event.id))) return false;
	// Of a key that was changed since, the company may have been another.
	const account = knownSubscriptions(context)[0]?.place?.account;
	const logs = [log, catchUp].filter((each) => each?.account === account);
	const companyId = logs.map((each) => each?.companyId).find((each) => each !== undefined);
	if (companyId !== undefined && readCompanyId(event) !== companyId) return false;
	const createdAt = readEventTime(event) ?? -Infinity;
	return createdAt > now - readLookBackMs(context) && createdAt < now + MOST_AHEAD_MS;
}

/** Looks an event up in the log. It never throws. */
export async function lookUp(
	context: IWebhookFunctions,
	trigger: TriggerState,
	event: EventEnvelope,
): Promise<Finding> {
	const known = trigger.log?.rows.get(readEventKey(event));
	if (known !== undefined) return known;
	const lookUps = (trigger.lookUps ??= {
		misses: [],
		isUnreadable: false,
		pausedUntil: -Infinity,
		pauseMs: FIRST_PAUSE_MS,
	});
	const searching = search(context, trigger, lookUps, event).catch(() => 'unreadable' as const);
	const finding = (await withTimeout(DEADLINE_MS, searching)) ?? 'not yet';
	if (finding === 'paused') return lookUps.isUnreadable ? 'unreadable' : 'paused';
	if (typeof finding === 'string') noteMiss(lookUps, readEventKey(event), finding);
	return finding;
}

/** @throws NodeApiError, NodeOperationError */
async function search(
	context: IWebhookFunctions,
	trigger: TriggerState,
	lookUps: LookUps,
	event: EventEnvelope,
): Promise<Finding> {
	if (isPaused(lookUps)) return 'paused';
	const api = await ApiClient.open(context, DEADLINE_MS, { priority: 'background' });
	const log = await openLog(context, trigger, api);
	// The reading that is under way may have passed the event's place already.
	for (let reading = 0; reading < 2; reading++) {
		if (isPaused(lookUps)) return 'paused';
		await (log.reading ??= readOn(log, lookUps, api).finally(() => {
			Object.assign(log, { reading: undefined, readAt: Date.now() });
		}));
		const row = log.rows.get(readEventKey(event));
		if (row !== undefined) return row;
	}
	const now = Date.now() + (accounts.of(api.account).clockAhead ?? 0);
	const isLate = (readEventTime(event) ?? now) < now - GRACE_MS;
	return log.isAtEnd && isLate ? 'absent' : 'not yet';
}

/** What is known of the log, or where to begin with it: at the trigger's checkpoint, since what came before is not missing. */
async function openLog(
	context: IWebhookFunctions,
	trigger: TriggerState,
	api: ApiClient,
): Promise<LogReader> {
	const { account } = api;
	const position = trigger.log?.account === account ? {} : await beginning(context, trigger, api);
	// Another delivery may have opened it meanwhile.
	if (trigger.log?.account === account) return trigger.log;
	return (trigger.log = {
		account,
		position,
		rows: new BoundedMap(MAX_ROWS),
		readAt: -Infinity,
		isAtEnd: false,
	});
}

/**
 * The checkpoint: this process's own or, where another one monitors the trigger, that of the subscription. What happened before
 * is not to be confirmed: whoever guesses its ID could start the workflow for it.
 */
async function beginning(
	context: IWebhookFunctions,
	trigger: TriggerState,
	api: ApiClient,
): Promise<EventCursor> {
	const positionAt = (checkpoint: Checkpoint) => initialState(api, 0, checkpoint).position;
	const { catchUp: state } = trigger;
	if (state?.account === api.account) return positionAt(checkpointOf(trigger, state));
	const { held } = await listOf(api);
	const own = knownSubscription(context, held);
	const { description } = held.find(({ id }) => id === own?.id) ?? {};
	const stored = own?.place && loadCheckpoint(context, own.place.url);
	const told = readCheckpoint(description) ?? (stored?.account === api.account ? stored : undefined);
	return positionAt(told ?? { at: crmNow(context) - readLookBackMs(context) });
}

/** Reads what is new in the log. @throws NodeApiError, NodeOperationError */
async function readOn(log: LogReader, lookUps: LookUps, api: ApiClient): Promise<void> {
	const waitMs = log.readAt + BETWEEN_READINGS_MS - Date.now();
	if (waitMs > 0) await sleep(Math.min(waitMs, BETWEEN_READINGS_MS));
	log.isAtEnd = false;
	let pages = 0;
	const { fetch } = new CachedLog(BETWEEN_READINGS_MS);
	for await (const rows of newEvents(api, log.position, { types: [], fetch })) {
		for (const row of rows) {
			log.companyId ??= readCompanyId(row);
			const event = readEnvelope(row);
			if (event === undefined) continue;
			const key = readEventKey(event);
			log.rows.set(key, event);
			forgive(lookUps, key);
		}
		pages += 1;
		if (pages === MAX_PAGES) return;
	}
	log.isAtEnd = true;
	// What comes after it is new, whatever its clock says.
	if (log.position.cursor !== undefined) log.position.since = undefined;
}

function isPaused({ pausedUntil }: LookUps): boolean {
	const leftMs = pausedUntil - Date.now();
	// A longer pause is of a clock that was set back.
	return leftMs > 0 && leftMs <= LONGEST_PAUSE_MS;
}

/** Anybody can send what looks like an event: strangers must not be able to use up the account's calls. */
function noteMiss(lookUps: LookUps, key: string, finding: Finding): void {
	const now = Date.now();
	lookUps.isUnreadable = finding === 'unreadable';
	lookUps.misses = [...lookUps.misses, { key, at: now }].slice(-MAX_MISSES);
	const lately = lookUps.misses.filter(({ at }) => Math.abs(now - at) < MINUTE_MS);
	const isFirst = Math.abs(now - lookUps.pausedUntil) > FORGOTTEN_AFTER_MS;
	if (isPaused(lookUps) || (isFirst && lately.length < MAX_MISSES)) return;
	lookUps.pauseMs = isFirst ? FIRST_PAUSE_MS : Math.min(2 * lookUps.pauseMs, LONGEST_PAUSE_MS);
	lookUps.pausedUntil = now + lookUps.pauseMs;
}

/** A log that lags behind makes misses of genuine events. Once it has one of them, no stranger is at it. */
function forgive(lookUps: LookUps, key: string): void {
	const others = lookUps.misses.filter((miss) => miss.key !== key);
	if (others.length < lookUps.misses.length) {
		Object.assign(lookUps, { misses: others, pausedUntil: -Infinity });
	}
}
