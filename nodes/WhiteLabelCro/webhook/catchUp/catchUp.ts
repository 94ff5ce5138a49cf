import { deepCopy, sleep } from 'n8n-workflow';
import type { IDataObject } from 'n8n-workflow';

import { identifyLog } from '../../api/events';
import { isWanted, toItem } from '../../events/choice';
import type { LogPosition } from '../../events/logPosition';
import { newEvents } from '../../events/newEvents';
import { subscribedTypes } from '../../events/triggerOn';
import { fingerprint } from '../../helpers/fingerprint';
import { readCompanyId, readEnvelope, readEventKey, readEventTime } from '../../transport/contract';
import { asNodeError, isForbidden } from '../../transport/errors';
import type { Api } from '../../transport/request';
import { accept, lookUp } from '../deduplication';
import { closeOutage, isInOutage, judge, noteCompany, seenWellOf } from './state';
import type { Missed, Verdict, Waiting } from './state';
import { EVERY_INTERVAL } from '../monitor/interval';
import { crmNow, crmTime } from './checkpoint';
import { SharedLog, noteEnd } from '../monitor/cache';
import { saveSeenWell } from '../subscription/staticData';
import { isOver, nameOf } from '../monitor/schedule';
import type { Watch } from '../monitor/schedule';

/** What one look reads, keeps and starts at most, so that the next can follow; the rest comes with that. */
const MAX_PAGES = 60;
const LONGEST_MS = 2 * 60_000;
const MAX_WAITING = 2000;
const MAX_DOUBTFUL = 100;
/** n8n starts at once every execution it is given. */
const BETWEEN_STARTS_MS = 50;
/** How many events must have been received here for each that was not, to believe that all are received here. */
const RECEIVED_PER_UNRECEIVED = 2;
/** How many events count for that. */
const MAX_COUNTED = 1000;
/** How often the log tells the same. */
const REPORTED_EVERY_MS = 24 * 60 * 60_000;

/**
 * Starts the workflow for the events that it missed, oldest first: those in the event log that it wants and that were
 * neither received nor under way. It never throws: what cannot be read now is read at the next look.
 */
export async function catchUp(watch: Watch, missed: Missed, api: Api): Promise<void> {
	try {
		await readLog(watch, missed, api, () => isOver(watch));
	} catch (error) {
		reportUnread(watch, missed, error as Error);
	}
	await startMissed(watch, missed, api);
}

/**
 * Takes in what is new in the log, as far as one look may go.
 * @param log the pages, which others may have asked for
 * @throws NodeApiError, NodeOperationError
 */
export async function readLog(
	watch: Watch,
	missed: Missed,
	api: Api,
	isCancelled: () => boolean,
	log = new SharedLog(),
): Promise<void> {
	const startedAt = Date.now();
	let pages = 0;
	try {
		if (missed.account !== api.account || missed.companyId === undefined) {
			noteCompany(missed, api.account, (await identifyLog(api, log.fetch)).companyId);
		}
		const { position, readAt } = missed;
		let from = { ...position };
		const wanted = { types: [], fetch: log.fetch, readAt };
		for await (const rows of newEvents(watch.context, api, position, wanted)) {
			// The time is certain only now: this process's clock may have been set.
			missed.ahead = api.leastDateOffset;
			if (!missed.behind) lookBack(watch, missed);
			missed.waiting = missed.waiting.concat(rows.flatMap((row) => toWaiting(watch, missed, from, row)));
			missed.behind = true;
			from = { ...position };
			pages += 1;
			const isEnough = pages === MAX_PAGES || missed.waiting.length >= MAX_WAITING;
			if (isEnough || isCancelled() || Date.now() - startedAt > LONGEST_MS) return;
		}
	} catch (error) {
		missed.denied = isForbidden(error);
		throw asNodeError(api.node, error);
	}
	Object.assign(missed, {
		behind: false,
		denied: false,
		cutShown: false,
		readAt: crmTime(log.askedAt, missed),
	});
	const { position } = missed;
	if (position.cursor === undefined) return;
	noteEnd(api.account, { cursor: position.cursor, at: missed.readAt });
	// What comes after it is new, whatever its clock says.
	position.since = undefined;
}

/** Passes over what happened too long ago. */
function lookBack(watch: Watch, missed: Missed): void {
	const { readAt, denied, cutShown } = missed;
	missed.cutAt = crmNow(missed) - (watch.lookBackMs ?? 0);
	if (readAt >= missed.cutAt || denied || cutShown) return;
	missed.cutShown = true;
	watch.context.logger.warn(
		`${nameOf(watch)} does not catch up on events from before ${new Date(missed.cutAt).toISOString()}, as 'Look Back' says.`,
	);
}

function toWaiting(watch: Watch, missed: Missed, from: LogPosition, row: IDataObject): Waiting[] {
	missed.companyId ??= readCompanyId(row);
	const now = crmNow(missed);
	const time = readEventTime(row);
	// Nothing tells that it is new, or it is too long ago.
	const isBlind = from.lastId === undefined && (from.cursor === undefined || from.rereading === true);
	if (time === undefined ? isBlind : time < missed.cutAt) return [];
	const createdAt = Math.min(time ?? now, now);
	missed.reachedAt = Math.max(missed.reachedAt, createdAt);
	const envelope = readEnvelope(row);
	if (envelope === undefined || !isSubscribed(watch, envelope.type)) return [];
	if (!isWanted(watch.choice, envelope)) return [];
	return [{ envelope, key: readEventKey(envelope), createdAt, from, isMissed: isInOutage(missed, time) }];
}

/** The CRM delivers no others, so none of them is missed. */
function isSubscribed({ choice }: Watch, type: string): boolean {
	return subscribedTypes(choice.options).includes(type);
}

/** Starts what is missed, and keeps what may yet turn out to be. */
async function startMissed(watch: Watch, missed: Missed, api: Api): Promise<void> {
	const startedAt = Date.now();
	const verdicts = new Map(missed.waiting.map((event) => [event, judge(watch.key, missed, event)]));
	const are = (verdict: Verdict) => missed.waiting.filter((event) => verdicts.get(event) === verdict);
	const doubtful = are('doubtful');
	count(missed, are('received').length, doubtful);
	const areReceivedHere =
		missed.received > 0 && missed.received >= missed.unreceived * RECEIVED_PER_UNRECEIVED;
	const doubtfulKept = areReceivedHere ? doubtful : doubtful.slice(-MAX_DOUBTFUL);
	const due = new Set(areReceivedHere ? [...are('missed'), ...doubtful] : are('missed'));
	const kept = new Set([...are('open'), ...are('missed'), ...doubtfulKept]);
	missed.waiting = missed.waiting.filter((event) => kept.has(event));

	if (due.size > 0) {
		watch.context.logger.info(`${nameOf(watch)} starts for ${due.size} WhiteLabelCRO events that it missed.`);
	}
	for (const event of missed.waiting) {
		if (isOver(watch) || Date.now() - startedAt > LONGEST_MS) return;
		// It may have been delivered while others were started.
		if (!due.has(event) || lookUp(watch.key, event.key) !== 'no') continue;
		start(watch, missed, api, event);
		await sleep(BETWEEN_STARTS_MS);
	}
	closeOutage(missed);
}

/** Counts which events are received here; what was long ago counts less and less. */
function count(missed: Missed, received: number, doubtful: Waiting[]): void {
	missed.received += received;
	for (const event of doubtful) {
		if (event.isCounted !== true) missed.unreceived += 1;
		event.isCounted = true;
	}
	if (missed.received + missed.unreceived <= MAX_COUNTED) return;
	missed.received /= 2;
	missed.unreceived /= 2;
}

function start(watch: Watch, missed: Missed, { baseUrl }: Api, { envelope, key }: Waiting): void {
	accept(watch.key, key);
	missed.waiting = missed.waiting.filter((other) => other.key !== key);
	// n8n stores it with what a trigger emits, and only then.
	saveSeenWell(watch.context, { account: missed.account, ...seenWellOf(watch.key, missed) });
	// With it, n8n 2.41 and newer start an event once, even after a restart. Older ones ignore it.
	const deduplicationKey = fingerprint([watch.key, baseUrl, key]);
	// Other triggers may hold the same.
	const json = deepCopy(toItem(watch.choice, envelope));
	watch.context.emit([[{ json }]], undefined, undefined, deduplicationKey);
}

function reportUnread(watch: Watch, missed: Missed, cause: Error): void {
	const now = Date.now();
	if (missed.reportedAt !== undefined && Math.abs(now - missed.reportedAt) < REPORTED_EVERY_MS) return;
	missed.reportedAt = now;
	const remedy = missed.denied
		? " Use a key with the scope events:read, or switch off 'Catch Up on Missed Events'."
		: ` It is tried again ${EVERY_INTERVAL}.`;
	watch.context.logger.warn(
		`${nameOf(watch)} could not look for WhiteLabelCRO events that it missed: ${cause.message}.${remedy}`,
	);
}
