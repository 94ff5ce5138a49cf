/** What is told of deliveries whose signature could not be verified: in the log, and, if they are refused, by the next check. */
import type { IWebhookFunctions } from 'n8n-workflow';

import type { Refusals, TriggerState } from './monitor/registry';

/** At most one line a minute for each trigger: anyone can send requests, and none may fill the log. */
const INTERVAL_MS = 60_000;
/** How often the log tells that deliveries have to be confirmed. */
const CONFIRMED_EVERY_MS = 24 * 60 * 60_000;

/** How much of a header's name, of all names together, and of the shapes of signatures a line shows, in characters. */
const NAME_SHOWN = 60;
const NAMES_SHOWN = 1000;
const SHAPES_SHOWN = 1000;

/** Why a signature could not be verified. */
export interface Unverified {
	reason: string;
	/** What a person can do about it. */
	remedy?: string;
	/** Of what looks like a signature in a form that is not known (see signatureShape). */
	shape?: string;
	/** Whether it looks signed at all. */
	isSigned?: boolean;
}

/** Logs why a delivery was rejected, with the names of its headers and never their values. */
export function logRejection(
	context: IWebhookFunctions,
	trigger: TriggerState,
	{ reason, shape }: Unverified,
): void {
	const last = trigger.rejections;
	const now = Date.now();
	if (last !== undefined && Math.abs(now - last.at) < INTERVAL_MS) {
		last.unlogged += 1;
		return;
	}
	trigger.rejections = { at: now, unlogged: 0 };
	const names = Object.keys(context.getHeaderData())
		.map((name) => name.slice(0, NAME_SHOWN))
		.join(', ')
		.slice(0, NAMES_SHOWN);
	const signed = reportIt(shape, 'If this comes from WhiteLabelCRO,');
	const others =
		last !== undefined && last.unlogged > 0
			? ` ${last.unlogged} more were refused since this was last logged.`
			: '';
	context.logger.warn(
		`WhiteLabelCRO Trigger "${context.getNode().name}" refused a delivery: ${reason}. Headers seen: ${names}.${signed}${others}`,
		{ workflowId: context.getWorkflow().id },
	);
}

/** Logs, once a day, that a delivery was genuine although its signature could not be verified. */
export function logConfirmed(
	context: IWebhookFunctions,
	trigger: TriggerState,
	{ reason, remedy = '', shape }: Unverified,
): void {
	const now = Date.now();
	if (Math.abs(now - (trigger.confirmedAt ?? -Infinity)) < CONFIRMED_EVERY_MS) return;
	trigger.confirmedAt = now;
	const signed = reportIt(shape, 'It comes from WhiteLabelCRO, so');
	context.logger.warn(
		`WhiteLabelCRO Trigger "${context.getNode().name}" could not verify a delivery (${reason}), and started with what WhiteLabelCRO's event log says about the event. ${remedy}${signed}`,
		{ workflowId: context.getWorkflow().id },
	);
}

/** Notes that a delivery that may have been genuine was refused. */
export function noteRefusal(trigger: TriggerState, { reason, remedy = '', shape }: Unverified): void {
	const now = Date.now();
	const { count, since }: Pick<Refusals, 'count' | 'since'> = trigger.refusals ?? { count: 0, since: now };
	const signed = reportIt(shape, 'If it comes from WhiteLabelCRO,');
	trigger.refusals = { count: count + 1, since: Math.min(since, now), reason, remedy: remedy + signed };
}

/** What looks like a signature, and the request to report it; nothing if nothing does. @param whose what begins that request */
function reportIt(shape: string | undefined, whose: string): string {
	if (shape === undefined) return '';
	return ` It looks signed: ${shape.slice(0, SHAPES_SHOWN)}. ${whose} please report this line to the maintainers of this node.`;
}
