import type { IHookFunctions, IPollFunctions, IWebhookFunctions } from 'n8n-workflow';

/** Where a trigger of this package reads its parameters: at activation, for a delivery, or at a poll. */
export type TriggerContext = IHookFunctions | IWebhookFunctions | IPollFunctions;
