import { NodeOperationError } from 'n8n-workflow';

import { EVERY_INTERVAL } from './interval';
import { nameOf } from './schedule';
import type { Watch } from './schedule';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** When a person has to be told, and how long they are left alone then. */
const ILL_AFTER_MS = 30 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SHOWN_AGAIN_MS = DAY_MS;
/** How often a subscription may need fixing in a day before a person is told. */
const MANY_A_DAY = 10;
/** How often at most the log says that something is wrong. */
const LOGGED_AGAIN_MS = HOUR_MS;

/** Notes that a trigger's subscription is well, and tells it if it was not. */
export function noteWell(watch: Watch): void {
	const { illSince, loggedAt = -Infinity } = watch;
	if (illSince === undefined) return;
	if (loggedAt >= illSince) {
		watch.context.logger.info(`WhiteLabelCRO delivers events to ${nameOf(watch)} again.`);
	}
	Object.assign(watch, { illSince: undefined, attempts: 0, nextAttemptAt: 0 });
}

/** Whether a person has to be told now. */
export function isDue({ illSince = Infinity, shownAt = -Infinity }: Watch, now: number): boolean {
	return now - illSince >= ILL_AFTER_MS && now - shownAt >= SHOWN_AGAIN_MS;
}

/** Notes that a subscription is fixed once more. Shown to a person if it keeps happening. */
export function noteHealing(watch: Watch, now: number): void {
	watch.healedAt = [...watch.healedAt.filter((at) => now - at < DAY_MS), now];
	const { length } = watch.healedAt;
	if (length < MANY_A_DAY || now - (watch.shownAt ?? -Infinity) < SHOWN_AGAIN_MS) return;
	show(
		watch,
		now,
		`WhiteLabelCRO has switched off this trigger's webhook subscription, or lost it, ${length} times within a day`,
		"Each time the trigger puts it right again. WhiteLabelCRO switches a subscription off after too many failed deliveries: look in WhiteLabelCRO's delivery log why they fail, and whether another n8n uses the same address.",
	);
}

/** Notes that a trigger's subscription is not well: in the log, and after half an hour where a person looks. */
export function noteIll(watch: Watch, cause: Error, now: number): void {
	const { context, loggedAt = -Infinity } = watch;
	watch.illSince ??= now;
	if (now - loggedAt >= LOGGED_AGAIN_MS) {
		watch.loggedAt = now;
		context.logger.warn(
			`The WhiteLabelCRO subscription of ${nameOf(watch)} could not be looked after: ${cause.message}. It is tried again ${EVERY_INTERVAL}.`,
		);
	}
	if (!isDue(watch, now)) return;
	const minutes = Math.round((now - watch.illSince) / MINUTE_MS);
	const remedy =
		'description' in cause && typeof cause.description === 'string'
			? ` ${cause.description.replace(/[^.]$/, '$&.')}`
			: '';
	show(
		watch,
		now,
		`WhiteLabelCRO events may not be coming in: for ${minutes} minutes this trigger could not look after its webhook subscription`,
		`${cause.message}.${remedy} The trigger goes on trying ${EVERY_INTERVAL}, and this is shown once a day until it succeeds.`,
	);
}

/** A failed execution, which starts the workflow's error workflow too. */
function show(watch: Watch, now: number, message: string, description: string): void {
	const { context } = watch;
	watch.shownAt = now;
	context.logger.error(`${nameOf(watch)}: ${message}. ${description}`);
	context.saveFailedExecution(new NodeOperationError(context.getNode(), message, { description }));
}
