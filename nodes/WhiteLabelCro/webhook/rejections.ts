import type { IWebhookFunctions } from 'n8n-workflow';

import type { TriggerState } from './monitor/registry';

/** At most one line a minute for each trigger: anyone can send requests, and none may fill the log. */
const INTERVAL_MS = 60_000;

/** How much of a header's name, of all names together, and of the shapes of signatures a line shows, in characters. */
const NAME_SHOWN = 60;
const NAMES_SHOWN = 1000;
const SHAPES_SHOWN = 1000;

/**
 * Logs why a delivery was rejected, with the names of its headers and never their values.
 * @param shape of what looks like a signature in a form that is not known (see signatureShape)
 */
export function logRejection(
	context: IWebhookFunctions,
	trigger: TriggerState,
	reason: string,
	shape?: string,
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
	const signed =
		shape === undefined
			? ''
			: ` It looks signed: ${shape.slice(0, SHAPES_SHOWN)}. If this comes from WhiteLabelCRO, please report this line to the maintainers of this node.`;
	const others =
		last !== undefined && last.unlogged > 0
			? ` ${last.unlogged} more were refused since the last such line.`
			: '';
	context.logger.warn(
		`WhiteLabelCRO Trigger "${context.getNode().name}" refused a delivery: ${reason}. Headers seen: ${names}.${signed}${others}`,
		{ workflowId: context.getWorkflow().id },
	);
}
