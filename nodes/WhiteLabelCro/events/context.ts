import type { IHookFunctions, IPollFunctions, ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';

/** Where a trigger of this package reads its parameters: at activation, for a delivery, or at a poll. */
export type TriggerContext = IHookFunctions | ITriggerFunctions | IWebhookFunctions | IPollFunctions;

/**
 * The same text for every delivery to, or poll of, one trigger node of one workflow, and another for any other. A node's ID
 * does not do: older versions of n8n accept two nodes of one ID. As n8n makes the address, so this is the webhook ID, which
 * outlives a new name, or the name, which is unique in a workflow.
 */
export function triggerKey(context: TriggerContext): string {
	const { webhookId, name } = context.getNode();
	return `${context.getWorkflow().id ?? ''} ${webhookId ?? name}`;
}
