/**
 * The checkpoint: up to when, and where in the event log, nothing is missing. It is in the subscription's description from its
 * creation on, and checks keep it up to date there. Whoever starts, starts from it.
 */
import type { IHookFunctions, ITriggerFunctions } from 'n8n-workflow';

import { changeSubscription } from '../../api/subscriptions';
import { accounts } from '../../client/account';
import type { ApiClient } from '../../client/apiClient';
import type { Subscription } from '../../contract/subscriptions';
import { CHECK_INTERVAL_MS, EARLY_MS } from '../monitor/interval';
import type { Monitor, TriggerState } from '../monitor/registry';
import { readCatchUp, readLookBackMs } from '../options';
import { describe, readCheckpoint, withCheckpoint } from '../subscription/description';
import type { Place } from '../subscription/plan';
import { loadCheckpoint } from '../subscription/staticData';
import { checkpointOf } from './classify';
import { beginOutage, crmTime, initialState, ownerOf } from './state';
import type { CatchUpState, Checkpoint, LogOwner } from './state';

/** How often it is written where nothing that the trigger wants happens: at every third check. */
const WRITTEN_EVERY_MS = 3 * CHECK_INTERVAL_MS - EARLY_MS;
/** How long it is not tried again where the API does not show what was written. */
const UNWRITABLE_MS = Math.max(60 * 60_000, 3 * CHECK_INTERVAL_MS) - EARLY_MS;

type Known = Checkpoint & LogOwner;

/**
 * Where a trigger goes on that a person publishes: at its newest checkpoint, if it ended within Look Back; a new one begins now.
 * @param own its subscriptions, before any of them is deleted
 */
export function resumeAtPublishing(
	context: IHookFunctions,
	trigger: TriggerState,
	place: Place,
	ahead: number,
	own: Subscription[],
): CatchUpState {
	const known = newestCheckpoint(context, trigger, place, own);
	const now = crmTime(Date.now(), { ahead });
	const { endedAt = now } = loadCheckpoint(context, place.url) ?? {};
	const isOver = own.length === 0 && endedAt < now - readLookBackMs(context);
	// Without Catch Up, nothing is caught up on, nor later on what is missing now.
	if (known === undefined || isOver || !readCatchUp(context)) {
		return (trigger.catchUp = startAt({ account: place.account, at: now }, ahead));
	}
	const { catchUp: state } = trigger;
	return state !== undefined && known.isMine ? state : (trigger.catchUp = outageSince(known, ahead));
}

/** The newest checkpoint that is known of a trigger: what this process knows, its subscription tells, or n8n has stored. */
export function newestCheckpoint(
	context: IHookFunctions,
	trigger: TriggerState,
	place: Place,
	own: Subscription[],
): (Known & { isMine?: boolean }) | undefined {
	const { catchUp: state } = trigger;
	const mine = state && { ...checkpointOf(trigger, state), ...ownerOf(state), isMine: true };
	const stored = loadCheckpoint(context, place.url);
	return newestOf<Known & { isMine?: boolean }>([mine, toldBy(own, place, stored), stored], place);
}

/**
 * Where a trigger goes on that n8n starts: at its checkpoint. Where only n8n's own copy tells it, which may be old, only if the
 * subscription is not well now.
 * @param own the subscriptions at its address
 */
export function resumeAtStart(
	context: ITriggerFunctions,
	place: Place,
	ahead: number,
	own: Subscription[],
	isWell: boolean,
): CatchUpState {
	const stored = loadCheckpoint(context, place.url);
	const told = toldBy(own, place, stored);
	const known = newestOf([told, told !== undefined || !isWell ? stored : undefined], place);
	if (known !== undefined) return outageSince(known, ahead);
	return startAt({ account: place.account, at: crmTime(Date.now(), { ahead }) }, ahead);
}

/** What a subscription of this account tells that is made now. The place in the log is of the account that it was read with. */
export function checkpointFor(trigger: TriggerState, state: CatchUpState, account: string): Checkpoint {
	const checkpoint = checkpointOf(trigger, state);
	return state.account === account ? checkpoint : { at: checkpoint.at };
}

function startAt({ at, cursor, isInclusive, ...owner }: Known, ahead: number): CatchUpState {
	const { logEnd } = accounts.of(owner.account);
	const end = logEnd && logEnd.at <= at ? logEnd.cursor : undefined;
	return initialState(owner, ahead, { at, cursor, isInclusive }, end);
}

/** If the checkpoint is in the future, a clock was ahead: then it must hold nothing back. */
function outageSince(known: Known, ahead: number): CatchUpState {
	const now = crmTime(Date.now(), { ahead });
	const isInclusive = known.isInclusive === true && known.at <= now;
	const state = startAt({ ...known, at: Math.min(known.at, now), isInclusive }, ahead);
	beginOutage(state);
	return state;
}

/** A description does not tell whose log it is about: with the same key, it is the company that n8n's own copy names. */
function toldBy(own: Subscription[], { account }: Place, stored?: LogOwner): Known | undefined {
	const told = own.flatMap(({ description }) => readCheckpoint(description) ?? []);
	const [newest] = told.toSorted((one, other) => other.at - one.at);
	return (
		newest && { ...newest, account, companyId: stored?.account === account ? stored.companyId : undefined }
	);
}

/** Of these, but for those of which nobody can tell whether they are of this account's log. */
function newestOf<T extends Known>(each: Array<T | undefined>, { account }: Place): T | undefined {
	return each
		.filter((one) => one !== undefined)
		.filter((one) => one.account === account || one.companyId !== undefined)
		.toSorted((one, other) => other.at - one.at)[0];
}

/**
 * Writes the checkpoint into the subscription if anything that the trigger wants has happened since, and now and then; rarely,
 * where the API does not show it again.
 */
export async function keepCheckpoint(
	monitor: Monitor,
	state: CatchUpState,
	current: Subscription,
	askedAt: number,
	api: ApiClient,
): Promise<void> {
	const { trigger, written, unwritableUntil = -Infinity } = monitor;
	const now = Date.now();
	// Much later than that, it is of a clock that was set back.
	if (now < unwritableUntil && unwritableUntil - now <= UNWRITABLE_MS) return;
	const told = readCheckpoint(current.description);
	if (written !== undefined && askedAt > written.at && told?.at !== written.told.at) {
		Object.assign(monitor, { written: undefined, unwritableUntil: now + UNWRITABLE_MS });
		return;
	}
	if (!isCheckpointDue(trigger, state, written?.told ?? told)) return;
	try {
		const told = await writeCheckpoint(api, monitor, state, current);
		monitor.written = { at: Date.now(), told };
	} catch {
		Object.assign(monitor, { written: undefined, unwritableUntil: now + WRITTEN_EVERY_MS });
	}
}

/** Whether the checkpoint has moved since the one that is told, by more than what matters to nobody for a while. */
export function isCheckpointDue(
	trigger: TriggerState,
	state: CatchUpState,
	told: Checkpoint | undefined,
): boolean {
	const { at, cursor } = checkpointOf(trigger, state);
	if (told === undefined || state.hasUnsavedEvents || Math.abs(at - told.at) >= WRITTEN_EVERY_MS) return true;
	// Else the log is read from its beginning.
	return told.cursor === undefined && cursor !== undefined;
}

/**
 * Writes the checkpoint where the subscription is, beside what else is written there.
 * @returns what it tells, in whole seconds @throws NodeApiError if the API does not let it
 */
export async function writeCheckpoint(
	api: ApiClient,
	{ trigger, context }: Monitor,
	state: CatchUpState,
	subscription: Subscription,
): Promise<Checkpoint> {
	const checkpoint = checkpointOf(trigger, state);
	const told = { ...checkpoint, at: crmTime(checkpoint.at, { ahead: 0 }) };
	const description = withCheckpoint(subscription.description, told, describe(context));
	await changeSubscription(api, subscription, { description });
	state.hasUnsavedEvents = checkpoint.isInclusive === true;
	return told;
}
