/** What a person gets to see of a trigger's health: lines in the log, and failed executions. */
import { NodeOperationError } from 'n8n-workflow';

import { EVERY_INTERVAL } from './interval';
import { nameOf } from './registry';
import type { Monitor, Trouble } from './registry';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** When a person has to be told, and how long they are left alone then. */
export const UNHEALTHY_AFTER_MS = 30 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SHOWN_AGAIN_MS = DAY_MS;
/** How often a subscription may need a repair in a day before a person is told. */
const MANY_A_DAY = 10;
/** How often at most the log says that something is wrong. */
const LOGGED_AGAIN_MS = HOUR_MS;

/** What is wrong, and what to do. */
export interface Cause {
	message: string;
	description: string;
}

/** Notes that nothing of a kind is wrong with a trigger, and tells it if something was. */
export function reportHealthy(monitor: Monitor, kind: Trouble): void {
	const { since, loggedAt = -Infinity } = troubleOf(monitor, kind);
	if (since === undefined) return;
	troubleOf(monitor, kind).since = undefined;
	const isOver = [...monitor.troubles.values()].every((other) => other.since === undefined);
	if (loggedAt >= since && isOver) {
		monitor.context.logger.info(`WhiteLabelCRO delivers events to ${nameOf(monitor)} again.`);
	}
}

/** Notes that something is wrong, from now on if this process's clock was set back since. @returns since when it is */
export function noteUnhealthy(monitor: Monitor, kind: Trouble, now: number): number {
	const trouble = troubleOf(monitor, kind);
	return (trouble.since = Math.min(trouble.since ?? now, now));
}

/** Whether a person has to be told now. */
export function isAlertDue(monitor: Monitor, kind: Trouble, now: number): boolean {
	const { since = Infinity } = troubleOf(monitor, kind);
	return now - since >= UNHEALTHY_AFTER_MS && !wasJustShown(monitor, kind, now);
}

/** Notes that a subscription is repaired once more. Shown to a person if it keeps happening. */
export function reportRepair(monitor: Monitor, now: number): void {
	monitor.repairedAt = [...monitor.repairedAt.filter((at) => now - at < DAY_MS), now];
	const { length } = monitor.repairedAt;
	if (length < MANY_A_DAY) return;
	showOnceADay(monitor, 'subscription', now, {
		message: `WhiteLabelCRO has turned off or lost this trigger's webhook subscription ${length} times within a day`,
		description:
			"The trigger repairs it each time. WhiteLabelCRO turns a subscription off after too many failed deliveries: check WhiteLabelCRO's delivery log to see why they fail, and make sure no other n8n uses the same address.",
	});
}

/** Notes that a trigger's subscription is not well: in the log, and after half an hour where a person looks. */
export function reportUnhealthy(monitor: Monitor, cause: Error, now: number): void {
	const since = noteUnhealthy(monitor, 'subscription', now);
	logOnceAnHour(
		monitor,
		'subscription',
		now,
		`The WhiteLabelCRO subscription of ${nameOf(monitor)} could not be checked: ${cause.message}. It tries again ${EVERY_INTERVAL}.`,
	);
	if (!isAlertDue(monitor, 'subscription', now)) return;
	const minutes = Math.round((now - since) / MINUTE_MS);
	const remedy =
		'description' in cause && typeof cause.description === 'string'
			? ` ${cause.description.replace(/[^.]$/, '$&.')}`
			: '';
	showOnceADay(monitor, 'subscription', now, {
		message: `WhiteLabelCRO events may not be coming in: for ${minutes} minutes this trigger could not check its webhook subscription`,
		description: `${cause.message}.${remedy} The trigger keeps trying ${EVERY_INTERVAL}, and this is shown once a day until it succeeds.`,
	});
}

/** Notes what is wrong with deliveries: in the log, and where a person looks. @param shown when they are told */
export function reportTrouble(
	monitor: Monitor,
	kind: Trouble,
	{ message, description }: Cause,
	now: number,
	shown: 'at once' | 'after half an hour' | 'never',
): void {
	noteUnhealthy(monitor, kind, now);
	logOnceAnHour(monitor, kind, now, `${nameOf(monitor)}: ${message}. ${description}`);
	if (shown === 'never' || (shown !== 'at once' && !isAlertDue(monitor, kind, now))) return;
	showOnceADay(monitor, kind, now, {
		message,
		description: `${description} This is shown once a day until it's fixed.`.trim(),
	});
}

function troubleOf({ troubles }: Monitor, kind: Trouble) {
	const trouble = troubles.get(kind) ?? {};
	troubles.set(kind, trouble);
	return trouble;
}

function logOnceAnHour(monitor: Monitor, kind: Trouble, now: number, text: string): void {
	const trouble = troubleOf(monitor, kind);
	if (Math.abs(now - (trouble.loggedAt ?? -Infinity)) < LOGGED_AGAIN_MS) return;
	trouble.loggedAt = now;
	monitor.context.logger.warn(text);
}

function wasJustShown(monitor: Monitor, kind: Trouble, now: number): boolean {
	return Math.abs(now - (troubleOf(monitor, kind).shownAt ?? -Infinity)) < SHOWN_AGAIN_MS;
}

/** A failed execution, which starts the workflow's error workflow too. */
function showOnceADay(monitor: Monitor, kind: Trouble, now: number, { message, description }: Cause): void {
	if (wasJustShown(monitor, kind, now)) return;
	const { context } = monitor;
	troubleOf(monitor, kind).shownAt = now;
	context.logger.error(`${nameOf(monitor)}: ${message}. ${description}`);
	context.saveFailedExecution(new NodeOperationError(context.getNode(), message, { description }));
}
