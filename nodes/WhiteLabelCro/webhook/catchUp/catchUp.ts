import { deepCopy, sleep } from 'n8n-workflow';
import type { IDataObject } from 'n8n-workflow';

import type { EventCursor } from '../../api/eventCursor';
import { identifyLog } from '../../api/events';
import { newEvents } from '../../api/newEvents';
import { accounts } from '../../client/account';
import type { ApiClient } from '../../client/apiClient';
import { asNodeError, isForbidden } from '../../client/errors';
import { readCompanyId, readEnvelope, readEventKey, readEventTime } from '../../contract/events';
import { wasWanted, withChoice } from '../../events/choices';
import type { Choice } from '../../events/choices';
import { logUncompared, toItem } from '../../events/selection';
import { subscribedTypes } from '../../events/triggerOn';
import { fingerprint } from '../../helpers/fingerprint';
import { begin } from '../deduplication';
import { startExecution } from '../executions';
import { CachedLog } from '../monitor/cache';
import { reportMissing } from '../monitor/deliveryHealth';
import { EARLY_MS, EVERY_INTERVAL } from '../monitor/interval';
import { isStopped, nameOf } from '../monitor/registry';
import type { Monitor, TriggerState } from '../monitor/registry';
import { loadChoices } from '../subscription/staticData';
import { STILL_MISSING, classify } from './classify';
import { crmTime, endOutage, isInOutage, startingAt, useAccount } from './state';
import type { CatchUpState, PendingEvent } from './state';

/** What one check reads, keeps, and starts at most, and how long each may take, so that the next can follow with the rest. */
const MAX_PAGES = 60;
const LONGEST_MS = 2 * EARLY_MS;
const MAX_PENDING = 2000;
/** n8n starts at once every execution it is given. */
const BETWEEN_STARTS_MS = 50;
/** How long a key may be denied the log, and still go on where it was. */
const DENIED_MS = 60 * 60_000;
/** How often the log tells the same. */
const REPORTED_EVERY_MS = 24 * 60 * 60_000;

/**
 * Starts the workflow for the events that it missed, oldest first: those in the event log that it wants and that were
 * neither received nor under way. It never throws: what cannot be read now is read at the next check.
 */
export async function catchUp(monitor: Monitor, state: CatchUpState, api: ApiClient): Promise<void> {
	try {
		await readLog(monitor, state, api, () => isStopped(monitor));
	} catch (error) {
		reportUnread(monitor, state, error as Error);
	}
	await startMissed(monitor, state, api);
}

/**
 * Takes in what is new in the log, as far as one check may go.
 * @param log the pages, which others may have asked for
 * @throws NodeApiError, NodeOperationError
 */
export async function readLog(
	monitor: Monitor,
	state: CatchUpState,
	api: ApiClient,
	isCancelled: () => boolean,
	log = new CachedLog(),
): Promise<void> {
	const startedAt = Date.now();
	let pages = 0;
	try {
		await identify(state, api, log.fetch);
		const { position, readAt } = state;
		let from = { ...position };
		const wanted = { types: [], fetch: log.fetch, readAt };
		for await (const rows of newEvents(api, position, wanted)) {
			// The time is certain only now: this process's clock may have been set.
			state.ahead = api.leastDateOffset;
			if (!state.behind) lookBack(monitor, state);
			state.pending = state.pending.concat(rows.flatMap((row) => toPending(monitor, state, from, row)));
			state.behind = true;
			from = { ...position };
			pages += 1;
			const isEnough = pages === MAX_PAGES || state.pending.length >= MAX_PENDING;
			if (isEnough || isCancelled() || Date.now() - startedAt > LONGEST_MS) return;
		}
	} catch (error) {
		state.denied = isForbidden(error);
		const now = crmTime(Date.now(), state);
		// What happens until a key may read it is not caught up on, unless that was but a moment.
		if (state.denied && (state.position.cursor === undefined || now - state.readAt > DENIED_MS)) {
			Object.assign(state, startingAt(now));
		}
		throw asNodeError(api.node, error);
	}
	Object.assign(state, {
		behind: false,
		denied: false,
		cutShown: false,
		readAt: crmTime(log.askedAt, state),
	});
	const { position } = state;
	if (position.cursor === undefined) return;
	accounts.of(api.account).logEnd = { cursor: position.cursor, at: state.readAt };
	// What comes after it is new, whatever its clock says.
	position.since = undefined;
}

/** Finds out whose log a key reads, unless that is known. @throws NodeApiError */
export async function identify(
	state: CatchUpState,
	api: ApiClient,
	fetch?: CachedLog['fetch'],
): Promise<void> {
	if (state.account === api.account && state.companyId !== undefined) return;
	const { companyId } = await identifyLog(api, fetch);
	useAccount(state, api.account, companyId, crmTime(Date.now(), state));
}

/** Passes over what happened too long ago. */
function lookBack(monitor: Monitor, state: CatchUpState): void {
	const { readAt, denied, cutShown } = state;
	state.cutAt = crmTime(Date.now(), state) - (monitor.lookBackMs ?? 0);
	if (readAt >= state.cutAt || denied || cutShown) return;
	state.cutShown = true;
	monitor.context.logger.warn(
		`${nameOf(monitor)} doesn't catch up on events from before ${new Date(state.cutAt).toISOString()}, because of 'Look Back'.`,
	);
}

function toPending(
	monitor: Monitor,
	state: CatchUpState,
	from: EventCursor,
	row: IDataObject,
): PendingEvent[] {
	state.companyId ??= readCompanyId(row);
	const now = crmTime(Date.now(), state);
	const time = readEventTime(row);
	// Nothing tells that it is new, or it is too long ago.
	const isBlind = from.lastId === undefined && (from.cursor === undefined || from.rereading === true);
	if (time === undefined ? isBlind : time < state.cutAt) return [];
	const createdAt = Math.min(time ?? now, now);
	state.reachedAt = Math.max(state.reachedAt, createdAt);
	const envelope = readEnvelope(row);
	// The CRM delivers no other types, so none of them is state.
	const types = subscribedTypes(monitor.selection.options);
	if (envelope === undefined || !types.includes(envelope.type)) return [];
	if (!wasWanted(choicesOf(monitor, now), envelope, time)) return [];
	state.hasUnsavedEvents = true;
	return [{ envelope, key: readEventKey(envelope), createdAt, from, isMissed: isInOutage(state, now, time) }];
}

/** What was chosen when n8n last published the trigger, or another choice from now on: other nodes may have put back an old one. */
function choicesOf({ trigger, context, selection }: Monitor, now: number): Choice[] {
	return (trigger.choices ??= withChoice(loadChoices(context), selection, now));
}

/** Starts what is missed, and keeps what may yet turn out to be. */
async function startMissed(monitor: Monitor, state: CatchUpState, api: ApiClient): Promise<void> {
	const startedAt = Date.now();
	const due = sortPending(monitor.trigger, state);
	if ([...due].some(({ isMissed }) => !isMissed)) reportMissing(monitor, startedAt);
	if (due.size > 0) {
		monitor.context.logger.info(
			`${nameOf(monitor)} starts for ${due.size} WhiteLabelCRO events that it missed.`,
		);
		const events = [...due].map(({ envelope }) => envelope);
		logUncompared(monitor.context, monitor.selection, events);
	}
	for (const event of due) {
		if (isStopped(monitor) || Date.now() - startedAt > LONGEST_MS) return;
		if (start(monitor, api, event)) await sleep(BETWEEN_STARTS_MS);
	}
	endOutage(state);
}

/** Drops the pending events that are settled. @returns those to be started */
function sortPending(trigger: TriggerState, state: CatchUpState): Set<PendingEvent> {
	const verdicts = new Map(state.pending.map((event) => [event, classify(trigger, state, event)]));
	state.pending = state.pending.filter((event) => STILL_MISSING.includes(verdicts.get(event) ?? 'open'));
	return new Set(state.pending.filter((event) => verdicts.get(event) === 'missed'));
}

/**
 * Starts the workflow for an event, which counts as known once n8n has it, and is tried again otherwise.
 * @returns whether it does: the event may have been delivered while others were started
 */
function start(
	{ trigger, context, selection }: Monitor,
	{ baseUrl }: ApiClient,
	event: PendingEvent,
): boolean {
	// Other triggers may hold the same.
	const json = deepCopy(toItem(selection, event.envelope));
	const arrival = begin(trigger, event.key);
	if (arrival.known !== 'no') return false;
	const deduplicationKey = fingerprint([trigger.key, baseUrl, event.key]);
	void startExecution(context, json, deduplicationKey).then((isStarted) => {
		arrival.end(isStarted ? 200 : 500);
	});
	return true;
}

function reportUnread(monitor: Monitor, state: CatchUpState, cause: Error): void {
	const now = Date.now();
	if (state.reportedAt !== undefined && Math.abs(now - state.reportedAt) < REPORTED_EVERY_MS) return;
	state.reportedAt = now;
	const remedy = state.denied
		? " Use a key with the scope events:read, or turn off 'Catch Up on Missed Events'."
		: ` It tries again ${EVERY_INTERVAL}.`;
	monitor.context.logger.warn(
		`${nameOf(monitor)} could not look for WhiteLabelCRO events that it missed: ${cause.message}.${remedy}`,
	);
}
