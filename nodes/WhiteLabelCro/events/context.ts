import type { IHookFunctions, IPollFunctions, ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';

/** Where a trigger of this package reads its parameters: at activation, for a delivery, or at a poll. */
export type TriggerContext = IHookFunctions | ITriggerFunctions | IWebhookFunctions | IPollFunctions;

/** The same text for every delivery to, or poll of, one trigger node of one workflow, and another for any other. */
export function triggerKey(context: TriggerContext): string {
	return `${context.getWorkflow().id ?? ''} ${context.getNode().id}`;
}
