import { sleep } from 'n8n-workflow';
import type { IDataObject } from 'n8n-workflow';

import { isWanted, toItem } from '../events/choice';
import { rewind } from '../events/logPosition';
import type { LogPosition } from '../events/logPosition';
import { newEvents } from '../events/newEvents';
import { fingerprint } from '../helpers/fingerprint';
import { readCompanyId, readEnvelope, readEventKey, readEventTime } from '../transport/contract';
import type { EventEnvelope } from '../transport/contract';
import { hasStatus } from '../transport/errors';
import type { Api } from '../transport/request';
import { accept, lookUp, remembersSince } from './memory';
import { crmNow, crmTime } from './seenWell';
import type { SeenWell } from './seenWell';
import { SharedLog, endBefore, noteEnd } from './shared';
import { saveSeenWell } from './storage';
import { isOver, nameOf } from './watch';
import type { Watch } from './watch';

/** For so long a delivery that failed is left to the CRM's own retries. */
const GRACE_MS = 3 * 60_000;
/** What one look reads and keeps at most, so that the next can follow; the rest comes with that. */
const MAX_PAGES = 60;
const READING_MS = 2 * 60_000;
const MAX_WAITING = 2000;
const MAX_DOUBTFUL = 500;
/** n8n starts every execution at once that it is told to start. */
const BETWEEN_STARTS_MS = 50;
/** How many events must have been received here for each that was not, to believe that all are received here. */
const RECEIVED_PER_MISSED = 4;
/** By how much the CRM's time may be later than it is taken to be. */
const SLACK_MS = 3000;
/** A subscription that was found well so lately is well. */
const LATELY_MS = 6 * 60_000;

/** An event of the log that was not received here, or not yet. */
interface Waiting {
	envelope: EventEnvelope;
	key: string;
	createdAt: number;
	/** Where the page begins that it came with. */
	from: LogPosition;
}

/** What is known of the events that a trigger may have missed. Plain data, as the watch it belongs to. Times are the CRM's. */
export interface Missed {
	account: string;
	/** The company of the log's events; the key was changed, and no other's count from then on. */
	companyId?: string;
	keyChanged: boolean;
	/** How far the CRM's clock is ahead of this process's. */
	ahead: number;
	position: LogPosition;
	/** When the log was last read to its end, and whether there is more; then, of when the last event was that was read. */
	readAt: number;
	behind: boolean;
	reachedAt: number;
	/** When the subscription was last found well, and from when to when it may not have been. */
	wellAt: number;
	outage?: { from: number; to: number };
	waiting: Waiting[];
	/** How many events of the log were received by this process. */
	received: number;
	/** Whether the log tells that events cannot be read, and whether this key may not read them. */
	reported: boolean;
	denied: boolean;
}

/** What is known at first: from a moment on, events may be missing. */
export function nothingMissed(account: string, ahead: number, { at, cursor }: SeenWell): Missed {
	return {
		account,
		keyChanged: false,
		ahead,
		position: { cursor: cursor ?? endBefore(account, at)?.cursor, since: at },
		readAt: at,
		behind: false,
		reachedAt: at,
		wellAt: at,
		waiting: [],
		received: 0,
		reported: false,
		denied: false,
	};
}

/** Notes that the subscription is well now; an outage is over. */
export function noteSeenWell(missed: Missed): void {
	missed.wellAt = crmNow(missed);
	if (missed.outage?.to === Infinity) missed.outage.to = missed.wellAt + SLACK_MS;
}

/** Notes that the subscription is not well, and may not have been since it was last found so. */
export function noteOutage(missed: Missed): void {
	missed.outage = { from: missed.outage?.from ?? missed.wellAt, to: Infinity };
}

/** Up to when nothing is missing, as far as is known. */
export function seenWellOf(watch: Watch, missed: Missed): SeenWell {
	const { position, behind, readAt, reachedAt, wellAt, outage, denied, waiting } = missed;
	const next = waiting.find((event) => ['open', 'missed'].includes(judge(watch, missed, event)));
	if (next !== undefined) return { at: next.createdAt, cursor: next.from.cursor };
	if (behind) return { at: Math.max(readAt, reachedAt), cursor: position.cursor };
	const checkedAt = denied ? wellAt : Math.min(readAt, wellAt);
	const now = crmNow(missed);
	const isWell = outage === undefined && now - checkedAt < LATELY_MS;
	return { at: isWell ? now : checkedAt, cursor: position.cursor };
}

/**
 * Starts the workflow for the events that it missed, the oldest first: of the event log, those that it wants and that were
 * neither received nor are being so. It never throws: what cannot be read now is read at the next look.
 */
export async function catchUp(watch: Watch, missed: Missed, api: Api): Promise<void> {
	try {
		if (missed.account !== api.account) changeAccount(missed, api.account);
		await readLog(watch, missed, api);
		missed.reported = false;
		missed.denied = false;
	} catch (error) {
		missed.denied = hasStatus(error, 403);
		// What happened in it cannot be found out.
		if (missed.denied && missed.outage?.to !== Infinity) missed.outage = undefined;
		reportUnread(watch, missed, error as Error);
	}
	await startMissed(watch, missed, api);
}

/** A key can be renewed, so the events of the same company go on; where that cannot be told, they begin anew. */
function changeAccount(missed: Missed, account: string): void {
	missed.account = account;
	missed.keyChanged = true;
	rewind(missed.position);
	if (missed.companyId === undefined) missed.position = { since: crmNow(missed) };
}

/** Takes in what is new in the log, as far as one look may go. @throws NodeApiError, NodeOperationError */
async function readLog(watch: Watch, missed: Missed, api: Api): Promise<void> {
	const { position, waiting } = missed;
	const startedAt = Date.now();
	if (!missed.behind) lookBackFrom(watch, missed);
	const log = new SharedLog();
	let pages = 0;
	const isEnough = () =>
		isOver(watch) ||
		waiting.length >= MAX_WAITING ||
		pages === MAX_PAGES ||
		Date.now() - startedAt > READING_MS;
	let from = { ...position };
	for await (const rows of newEvents(watch.context, api, position, { types: [], fetch: log.fetch })) {
		waiting.push(...rows.flatMap((row) => toWaiting(watch, missed, from, row)));
		from = { ...position };
		missed.behind = true;
		pages += 1;
		if (isEnough()) return;
	}
	missed.behind = false;
	missed.readAt = crmTime(log.askedAt, missed);
	if (position.cursor !== undefined) noteEnd(api.account, { cursor: position.cursor, at: missed.readAt });
}

/** Passes over what happened too long ago. */
function lookBackFrom(watch: Watch, missed: Missed): void {
	const { position, readAt } = missed;
	const since = crmNow(missed) - (watch.lookBackMs ?? 0);
	if ((position.since ?? since) < since && readAt < since) {
		watch.context.logger.warn(
			`${nameOf(watch)} does not catch up on events from before ${new Date(since).toISOString()}, as 'Look Back' says.`,
		);
	}
	position.since = Math.max(position.since ?? since, since);
}

function toWaiting(watch: Watch, missed: Missed, from: LogPosition, row: IDataObject): Waiting[] {
	const companyId = readCompanyId(row);
	if (missed.keyChanged && companyId !== missed.companyId) return [];
	missed.companyId ??= companyId;
	const now = crmNow(missed);
	const createdAt = Math.min(readEventTime(row) ?? now, now);
	missed.reachedAt = Math.max(missed.reachedAt, createdAt);
	const envelope = readEnvelope(row);
	const key = envelope && readEventKey(envelope);
	if (envelope === undefined || key === undefined || !isWanted(watch.choice, envelope)) return [];
	return [{ envelope, key, createdAt, from }];
}

/**
 * received: by this process. open: it may yet be. missed: it happened in an outage. doubtful: this process would know if it had
 * received it, but it may be that others receive too. unknowable: it is from before this process remembers.
 */
type Verdict = 'received' | 'open' | 'missed' | 'doubtful' | 'unknowable';

function judge(watch: Watch, missed: Missed, { key, createdAt }: Waiting): Verdict {
	const known = lookUp(watch.key, key);
	if (known !== 'no') return known === 'accepted' ? 'received' : 'open';
	const { from, to } = missed.outage ?? { from: Infinity, to: -Infinity };
	if (createdAt >= from && createdAt <= to) return 'missed';
	if (createdAt > crmNow(missed) - GRACE_MS) return 'open';
	const remembers = createdAt >= remembersSince(watch.key) + missed.ahead + SLACK_MS;
	return remembers ? 'doubtful' : 'unknowable';
}

/** Starts what is missed, and keeps what may yet turn out to be. */
async function startMissed(watch: Watch, missed: Missed, api: Api): Promise<void> {
	const verdicts = new Map(missed.waiting.map((event) => [event, judge(watch, missed, event)]));
	const are = (verdict: Verdict) => missed.waiting.filter((event) => verdicts.get(event) === verdict);
	missed.received += are('received').length;
	const doubtful = are('doubtful').slice(-MAX_DOUBTFUL);
	const areAllReceivedHere = missed.received >= Math.max(1, doubtful.length * RECEIVED_PER_MISSED);
	const due = areAllReceivedHere ? [...are('missed'), ...doubtful] : are('missed');
	const kept = new Set([...are('open'), ...are('missed'), ...doubtful]);
	missed.waiting = missed.waiting.filter((event) => kept.has(event));

	if (due.length > 0) {
		watch.context.logger.info(
			`${nameOf(watch)} starts for ${due.length} WhiteLabelCRO events that it missed.`,
		);
	}
	for (const event of due.sort((one, other) => one.createdAt - other.createdAt)) {
		if (isOver(watch)) return;
		missed.waiting = missed.waiting.filter((other) => other !== event);
		// It may have been delivered while others were started.
		if (lookUp(watch.key, event.key) !== 'no') continue;
		start(watch, missed, api, event);
		await sleep(BETWEEN_STARTS_MS);
	}
	if (!missed.behind && missed.readAt > (missed.outage?.to ?? Infinity)) missed.outage = undefined;
}

function start(watch: Watch, missed: Missed, { baseUrl }: Api, { envelope, key }: Waiting): void {
	accept(watch.key, key);
	// n8n stores it with what a trigger emits, and only then.
	saveSeenWell(watch.context, { account: missed.account, ...seenWellOf(watch, missed) });
	// By it, n8n 2.41 and newer start an event once, also after a restart. Older ones take no notice.
	const deduplicationKey = fingerprint([watch.key, baseUrl, key]);
	const item = { json: toItem(watch.choice, envelope) };
	watch.context.emit([[item]], undefined, undefined, deduplicationKey);
}

function reportUnread(watch: Watch, missed: Missed, cause: Error): void {
	if (missed.reported) return;
	missed.reported = true;
	const remedy = missed.denied
		? " Use a key with the scope events:read, or switch off 'Catch Up on Missed Events'."
		: ' It is tried again every five minutes.';
	watch.context.logger.warn(
		`${nameOf(watch)} could not look for WhiteLabelCRO events that it missed: ${cause.message}.${remedy}`,
	);
}
