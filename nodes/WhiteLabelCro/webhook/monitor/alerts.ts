/** What a person gets to see of a trigger's health: lines in the log, and failed executions. */
import { NodeOperationError } from 'n8n-workflow';

import { EVERY_INTERVAL } from './interval';
import { nameOf } from './registry';
import type { Monitor } from './registry';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** When a person has to be told, and how long they are left alone then. */
const UNHEALTHY_AFTER_MS = 30 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SHOWN_AGAIN_MS = DAY_MS;
/** How often a subscription may need a repair in a day before a person is told. */
const MANY_A_DAY = 10;
/** How often at most the log says that something is wrong. */
const LOGGED_AGAIN_MS = HOUR_MS;

/** Notes that a trigger's subscription is well, and tells it if it was not. */
export function reportHealthy(monitor: Monitor): void {
	const { unhealthySince, loggedAt = -Infinity } = monitor;
	if (unhealthySince === undefined) return;
	if (loggedAt >= unhealthySince) {
		monitor.context.logger.info(`WhiteLabelCRO delivers events to ${nameOf(monitor)} again.`);
	}
	Object.assign(monitor, { unhealthySince: undefined, attempts: 0, nextAttemptAt: 0 });
}

/** Notes that a trigger's subscription is not well, from now on if this process's clock was set back since. */
export function noteUnhealthy(monitor: Monitor, now: number): void {
	monitor.unhealthySince = Math.min(monitor.unhealthySince ?? now, now);
}

/** Whether a person has to be told now. */
export function isAlertDue(monitor: Monitor, now: number): boolean {
	const { unhealthySince = Infinity } = monitor;
	return now - unhealthySince >= UNHEALTHY_AFTER_MS && !wasJustShown(monitor, now);
}

/** Notes that a subscription is repaired once more. Shown to a person if it keeps happening. */
export function reportRepair(monitor: Monitor, now: number): void {
	monitor.repairedAt = [...monitor.repairedAt.filter((at) => now - at < DAY_MS), now];
	const { length } = monitor.repairedAt;
	if (length < MANY_A_DAY || wasJustShown(monitor, now)) return;
	show(
		monitor,
		now,
		`WhiteLabelCRO has switched off this trigger's webhook subscription, or lost it, ${length} times within a day`,
		"Each time the trigger puts it right again. WhiteLabelCRO switches a subscription off after too many failed deliveries: look in WhiteLabelCRO's delivery log why they fail, and whether another n8n uses the same address.",
	);
}

/** Notes that a trigger's subscription is not well: in the log, and after half an hour where a person looks. */
export function reportUnhealthy(monitor: Monitor, cause: Error, now: number): void {
	const { context, loggedAt = -Infinity } = monitor;
	noteUnhealthy(monitor, now);
	if (Math.abs(now - loggedAt) >= LOGGED_AGAIN_MS) {
		monitor.loggedAt = now;
		context.logger.warn(
			`The WhiteLabelCRO subscription of ${nameOf(monitor)} could not be checked: ${cause.message}. It is tried again ${EVERY_INTERVAL}.`,
		);
	}
	if (!isAlertDue(monitor, now)) return;
	const minutes = Math.round((now - (monitor.unhealthySince ?? now)) / MINUTE_MS);
	const remedy =
		'description' in cause && typeof cause.description === 'string'
			? ` ${cause.description.replace(/[^.]$/, '$&.')}`
			: '';
	show(
		monitor,
		now,
		`WhiteLabelCRO events may not be coming in: for ${minutes} minutes this trigger could not check its webhook subscription`,
		`${cause.message}.${remedy} The trigger goes on trying ${EVERY_INTERVAL}, and this is shown once a day until it succeeds.`,
	);
}

function wasJustShown({ shownAt = -Infinity }: Monitor, now: number): boolean {
	return Math.abs(now - shownAt) < SHOWN_AGAIN_MS;
}

/** A failed execution, which starts the workflow's error workflow too. */
function show(monitor: Monitor, now: number, message: string, description: string): void {
	const { context } = monitor;
	monitor.shownAt = now;
	context.logger.error(`${nameOf(monitor)}: ${message}. ${description}`);
	context.saveFailedExecution(new NodeOperationError(context.getNode(), message, { description }));
}
