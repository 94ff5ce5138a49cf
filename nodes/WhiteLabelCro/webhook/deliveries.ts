import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { readEnvelope } from '../transport/contract';
import { storedSubscription } from './lifecycle';
import { verifySignature } from './signature';
import type { DeliveryHeaders } from './signature';
import { chosenTypes } from './triggerOn';

/** What the CRM's delivery log gets to see of us for every delivery that was accepted, whether or not a workflow started. */
export const ACCEPTED = 'OK';

/**
 * Answers one request to the trigger's URL: a stranger gets 401 and starts nothing, a verified event that is not wanted
 * gets 200 and starts nothing, and a wanted one starts the workflow with the event envelope, unchanged.
 */
export async function receiveDelivery(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const stored = storedSubscription(context);
	if (stored === undefined) {
		return refuse(
			context,
			401,
			'its signing secret is unknown here: publish the workflow again to get a new one',
		);
	}
	// Before anything else of it is looked at.
	const verification = verifySignature(
		await rawBody(context),
		context.getHeaderData() as DeliveryHeaders,
		stored.secret,
		Date.now(),
	);
	if (!verification.accepted) return refuse(context, 401, verification.reason);

	const envelope = readEnvelope(context.getBodyData());
	if (envelope === undefined) return refuse(context, 400, 'its body is not an event');
	if (!chosenTypes(context).includes(envelope.type)) return { webhookResponse: ACCEPTED };
	return { workflowData: [[{ json: envelope }]] };
}

async function rawBody(context: IWebhookFunctions): Promise<Buffer> {
	const request = context.getRequestObject() as unknown as { rawBody?: Buffer; readRawBody(): Promise<void> };
	if (request.rawBody === undefined) await request.readRawBody();
	return request.rawBody ?? Buffer.alloc(0);
}

/** Ends the request here. Throwing instead would answer 500 and leave one failed execution for every stranger. */
function refuse(context: IWebhookFunctions, status: 400 | 401, reason: string): IWebhookResponseData {
	const names = Object.keys(context.getHeaderData()).join(', ');
	context.logger.warn(`WhiteLabelCRO Trigger refused a delivery: ${reason}. Headers seen: ${names}`, {
		workflowId: context.getWorkflow().id,
		node: context.getNode().name,
	});
	context
		.getResponseObject()
		.status(status)
		.send(status === 401 ? 'Unauthorized' : 'Bad Request')
		.end();
	return { noWebhookResponse: true };
}
