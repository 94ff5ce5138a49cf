import { jsonParse, sleep } from 'n8n-workflow';
import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { isExactId, readEnvelope, readEventKey } from '../contract/events';
import { triggerKey } from '../events/context';
import { logUncompared, readSelection, toItem, whyIgnored } from '../events/selection';
import { fingerprint } from '../helpers/fingerprint';
import { begin, isAccepted, markAccepted } from './deduplication';
import { registry } from './monitor/registry';
import type { Ending, TriggerState } from './monitor/registry';
import { logRejection } from './rejections';
import { verifySignature } from './signature';
import type { DeliveryHeaders } from './signature';
import { signatureShape } from './signatureShape';
import { loadSubscription } from './subscription/staticData';

/** How long a copy waits for the first one of its event: the CRM hangs up after 10 s (D), and an answer takes time too. */
const LONGEST_WAIT_MS = 8000;

/**
 * How long to wait for n8n to go on with a request whose sender has hung up, and how often to look. It waits
 * for its database or queue while those are down; an event that it never reports on may be started again.
 */
const LONGEST_START_MS = 60 * 60_000;
const LOOK_EVERY_MS = 500;

type HttpResponse = ReturnType<IWebhookFunctions['getResponseObject']>;

/**
 * Answers one request to the trigger's URL: a stranger gets 401 and starts nothing; a verified event that is not wanted,
 * filtered out or a duplicate gets 200 and starts nothing; any other starts the workflow.
 */
export async function receiveDelivery(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const trigger = registry.of(triggerKey(context));
	const body = await rawBody(context);
	// Before anything of the body is looked at.
	const isVerifying = context.getNodeParameter('options.verifySignature', true) !== false;
	const unverified = isVerifying ? whyUnverified(context, body) : undefined;
	if (unverified !== undefined) {
		logRejection(context, trigger, unverified.reason, unverified.shape);
		return answer(context, 401, 'Unauthorized');
	}
	// From the verified bytes, whatever n8n made of them by their content type.
	const text = body.toString('utf8').replace(/^\uFEFF/, '');
	const envelope = readEnvelope(jsonParse(text, { fallbackValue: null }));
	if (envelope === undefined) {
		logRejection(context, trigger, 'its body is not an event');
		return answer(context, 400, 'Bad Request');
	}
	const selection = readSelection(context);
	const isTest = context.getMode() === 'manual';
	const eventKey = readEventKey(envelope);
	const reason = whyIgnored(selection, envelope);
	if (reason !== undefined) {
		if (!isTest) markAccepted(trigger, eventKey);
		return ignored(reason);
	}
	// The CRM takes it for failed and tries again, which may reach another process. So that try starts the workflow: if
	// this one did as well, it would run twice. If there is no further try, the CRM's log counts the event as failed.
	if (context.getResponseObject().destroyed) {
		logRejection(context, trigger, 'its sender had hung up before n8n came to it, and should send it again');
		return { noWebhookResponse: true };
	}
	// Listening for a test event takes each delivery as it comes.
	const deliveryKey = isExactId(envelope.id) ? eventKey : fingerprint(body.toString());
	const duplicate = isTest ? undefined : await asDuplicate(context, trigger, eventKey, deliveryKey);
	if (duplicate !== undefined) return duplicate;
	logUncompared(context, selection, [envelope]);
	return { workflowData: [[{ json: toItem(selection, envelope) }]] };
}

/** Why a request does not come from the CRM, and what looks like a signature if none of the known forms fits; undefined if it does. */
function whyUnverified(
	context: IWebhookFunctions,
	body: Buffer,
): { reason: string; shape?: string } | undefined {
	const stored = loadSubscription(context);
	if (stored === undefined) {
		return { reason: 'its signing secret is unknown here; publish the workflow again to get a new one' };
	}
	const headers = context.getHeaderData() as DeliveryHeaders;
	const verification = verifySignature(body, headers, stored.secret, Date.now());
	if (verification.accepted) return undefined;
	const { reason } = verification;
	const fitsNoForm = reason === 'no signature' || reason === 'wrong signature';
	return { reason, shape: fitsNoForm ? signatureShape(headers) : undefined };
}

/**
 * The answer to a copy of an event that is known already, if duplicates are ignored. Undefined for one that starts the
 * workflow: the first one's ending is watched, since n8n answers with success once it has the execution, so only then
 * is the event remembered.
 */
async function asDuplicate(
	context: IWebhookFunctions,
	trigger: TriggerState,
	eventKey: string,
	deliveryKey: string,
): Promise<IWebhookResponseData | undefined> {
	const arrival = begin(trigger, deliveryKey);
	if (arrival.known === 'no') {
		void endingOf(context.getResponseObject()).then((ending) => {
			arrival.end(ending);
			// It identifies the event in the event log.
			if (isAccepted(ending)) markAccepted(trigger, eventKey);
		});
		return undefined;
	}
	if (context.getNodeParameter('options.ignoreDuplicates', true) === false) return undefined;
	if (arrival.known === 'accepted') return ignored('duplicate');
	const timer = new AbortController();
	try {
		const ending = await Promise.race([arrival.ending, sleep(LONGEST_WAIT_MS, timer.signal)]);
		if (typeof ending !== 'number') return answer(context, 503, 'The first copy is not accepted yet');
		if (ending < 300) return ignored('duplicate');
		return answer(context, ending, 'The first copy of this delivery failed');
	} finally {
		timer.abort();
	}
}

/**
 * The status n8n ends a request with, whether or not its sender still listens: n8n starts an execution that it has begun
 * to start also if the CRM has hung up meanwhile, and the CRM's next try is then a duplicate.
 */
async function endingOf(response: HttpResponse): Promise<Ending> {
	await new Promise<void>((resolve) => response.once('close', resolve));
	for (let waited = 0; !response.writableEnded && waited < LONGEST_START_MS; waited += LOOK_EVERY_MS) {
		await sleep(LOOK_EVERY_MS);
	}
	return response.writableEnded ? response.statusCode : undefined;
}

async function rawBody(context: IWebhookFunctions): Promise<Buffer> {
	const request = context.getRequestObject() as unknown as {
		rawBody?: Buffer;
		readable: boolean;
		readRawBody(): Promise<void>;
	};
	// A form that n8n has already read has nothing left to verify: reading it again would hang, or throw.
	if (request.rawBody === undefined && request.readable) await request.readRawBody().catch(() => undefined);
	return request.rawBody ?? Buffer.alloc(0);
}

/** The CRM's delivery log keeps the answer (D), so that a person can tell such a delivery from one that ran. */
function ignored(reason: string): IWebhookResponseData {
	return { webhookResponse: `Ignored: ${reason}` };
}

/** Ends the request here. Throwing instead would answer 500 and leave a failed execution for every stranger. */
function answer(context: IWebhookFunctions, status: number, text: string): IWebhookResponseData {
	context.getResponseObject().status(status).send(text).end();
	return { noWebhookResponse: true };
}
