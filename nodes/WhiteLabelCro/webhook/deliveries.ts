import { deepCopy, sleep } from 'n8n-workflow';
import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { isExactId, readContentKey, readEnvelope, readEventKey } from '../contract/events';
import type { EventEnvelope } from '../contract/events';
import { triggerKey } from '../events/context';
import { logUncompared, readSelection, toItem, whyIgnored } from '../events/selection';
import { chosenOptions, isChosen } from '../events/triggerOn';
import { fingerprint } from '../helpers/fingerprint';
import { withTimeout } from '../helpers/withTimeout';
import { isPlausible, lookUp } from './confirmation';
import type { Finding } from './confirmation';
import { begin, isAccepted, markAccepted, statusOf } from './deduplication';
import { probeAnswer } from './monitor/probe';
import { registry } from './monitor/registry';
import type { Ending, TriggerState } from './monitor/registry';
import { logConfirmed, logRejection, noteRefusal } from './rejections';
import type { Unverified } from './rejections';
import { crmNow, noteStored, readJson, whyUnverified } from './verification';

/** How long a copy waits for the first one of its event: the CRM hangs up after 10 s (D), and an answer takes time too. */
const LONGEST_WAIT_MS = 8000;

/**
 * How long to wait for n8n to go on with a request whose sender has hung up, and how often to look. It waits
 * for its database or queue while those are down; an event that it never reports on may be started again.
 */
const LONGEST_START_MS = 60 * 60_000;
const LOOK_EVERY_MS = 500;

type HttpResponse = ReturnType<IWebhookFunctions['getResponseObject']>;

/** What a request proves to be: an event, and by whose word; or the answer that ends it. */
type Proof =
	| { event: EventEnvelope; by: 'signature' | 'event log' | 'nobody' }
	| { refusal: IWebhookResponseData };

/**
 * Answers one request to the trigger's URL: a stranger gets 401 and starts nothing; a genuine event that is not wanted,
 * filtered out or a duplicate gets 200 and starts nothing; any other starts the workflow.
 */
export async function receiveDelivery(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const trigger = registry.of(triggerKey(context));
	const probed = await probeAnswer(context, trigger);
	if (probed !== undefined) return answer(context, 200, probed);
	const body = await rawBody(context);
	const proof = await prove(context, trigger, body);
	if ('refusal' in proof) return proof.refusal;
	const { event, by } = proof;
	const eventKey = keyOf(context, trigger, event, by);
	if (by !== 'nobody' && !isTest(context)) noteDelivered(trigger);
	const selection = readSelection(context);
	const reason = whyIgnored(selection, event);
	if (reason !== undefined) {
		if (!isTest(context)) markAccepted(trigger, eventKey);
		return ignored(reason);
	}
	// The CRM takes it for failed and tries again, which may reach another process. So that try starts the workflow: if
	// this one did as well, it would run twice. If there is no further try, the CRM's log counts the event as failed.
	if (context.getResponseObject().destroyed) {
		const hungUp = 'its sender hung up before n8n got to it, and should send it again';
		logRejection(context, trigger, { reason: hungUp });
		return { noWebhookResponse: true };
	}
	if (!isTest(context)) {
		const deliveryKey = by === 'event log' || isExactId(event.id) ? eventKey : fingerprint(body.toString());
		const duplicate = await asDuplicate(context, trigger, eventKey, deliveryKey, by === 'event log');
		if (duplicate !== undefined) return duplicate;
	}
	logUncompared(context, selection, [event]);
	return { workflowData: [[{ json: toItem(selection, event) }]] };
}

/** Notes that a delivery got in. Then what answers this n8n alone at the address does not answer the CRM. */
function noteDelivered(trigger: TriggerState): void {
	Object.assign(trigger, { wasDelivered: true, deliveredAt: Date.now(), refusals: undefined });
	if (trigger.reach?.other !== undefined) {
		Object.assign(trigger.reach, { other: undefined, isMisled: true });
	}
}

/** Listening for a test event takes each delivery as it comes. */
function isTest(context: IWebhookFunctions): boolean {
	return context.getMode() === 'manual';
}

/** Nobody's word must not keep the real event of an ID from starting the workflow, unless it says the same. */
function keyOf(
	context: IWebhookFunctions,
	trigger: TriggerState,
	event: EventEnvelope,
	by: 'signature' | 'event log' | 'nobody',
): string {
	if (isVerifying(context)) return readEventKey(event);
	const contentKey = readContentKey(event);
	const isKnown = statusOf(trigger, contentKey) !== 'no';
	return by === 'nobody' || isKnown ? contentKey : readEventKey(event);
}

function isVerifying(context: IWebhookFunctions): boolean {
	return context.getNodeParameter('options.verifySignature', true) !== false;
}

/** Takes a request for an event if it is signed or, failing that, if the event log has the event. */
async function prove(context: IWebhookFunctions, trigger: TriggerState, body: Buffer): Promise<Proof> {
	noteStored(context, trigger);
	// Before anything of the body is looked at.
	const unverified = whyUnverified(context, body);
	// Whatever n8n made of it by its content type.
	const event = readEnvelope(readJson(body));
	if (event === undefined) {
		const isStranger = unverified !== undefined && isVerifying(context);
		if (isStranger && unverified.isSigned === true && !isTest(context)) noteRefusal(trigger, unverified);
		return isStranger
			? refused(context, trigger, 401, unverified)
			: refused(context, trigger, 400, { reason: 'its body is not an event' });
	}
	if (unverified === undefined) return { event, by: 'signature' };
	// A replay of a genuine delivery, or what the trigger has caught up on.
	const isKnown = !isTest(context) && statusOf(trigger, readEventKey(event)) === 'accepted';
	if (!isVerifying(context)) return isKnown ? { refusal: ignored('duplicate') } : { event, by: 'nobody' };
	const isWanted = isChosen(chosenOptions(context), event.type);
	if (!isWanted || !isPlausible(context, trigger, event, crmNow(context))) {
		return refused(context, trigger, 401, unverified);
	}
	if (isKnown) return { refusal: ignored('duplicate') };
	const finding = await lookUp(context, trigger, event);
	if (typeof finding !== 'string') {
		logConfirmed(context, trigger, unverified);
		// Other triggers may hold the same.
		return { event: deepCopy(finding), by: 'event log' };
	}
	if (finding === 'unreadable' && !isTest(context)) noteRefusal(trigger, unverified);
	const { status, says } = FINDINGS[finding];
	return refused(context, trigger, status, { ...unverified, reason: `${unverified.reason}, and ${says}` });
}

/** What the event log says of an event that it does not confirm: with 503, the CRM's next try may be confirmed. */
const FINDINGS: Record<Extract<Finding, string>, { status: number; says: string }> = {
	absent: { status: 401, says: "WhiteLabelCRO's event log does not have the event" },
	'not yet': { status: 503, says: "WhiteLabelCRO's event log does not have the event yet" },
	unreadable: { status: 401, says: "WhiteLabelCRO's event log could not be read" },
	paused: { status: 503, says: 'too many recent lookups in the event log confirmed nothing' },
};

const STATUS_TEXTS: Record<number, string> = {
	400: 'Bad Request',
	401: 'Unauthorized',
	503: 'Not confirmed yet',
};

function refused(context: IWebhookFunctions, trigger: TriggerState, status: number, why: Unverified): Proof {
	logRejection(context, trigger, why);
	return { refusal: answer(context, status, STATUS_TEXTS[status] ?? '') };
}

/**
 * The answer to a copy of an event that is known already, if duplicates are ignored. Undefined for one that starts the
 * workflow: the first one's ending is watched, since n8n answers with success once it has the execution, so only then
 * is the event remembered.
 * @param mayBeReplay whether anybody may have sent it again: then it is ignored in any case
 */
async function asDuplicate(
	context: IWebhookFunctions,
	trigger: TriggerState,
	eventKey: string,
	deliveryKey: string,
	mayBeReplay: boolean,
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
	const ignores = context.getNodeParameter('options.ignoreDuplicates', true) !== false;
	if (!ignores && !mayBeReplay) return undefined;
	if (arrival.known === 'accepted') return ignored('duplicate');
	const ending = await withTimeout(LONGEST_WAIT_MS, arrival.ending);
	if (ending === undefined) return answer(context, 503, 'The first copy is not accepted yet');
	if (ending < 300) return ignored('duplicate');
	return answer(context, ending, 'The first copy of this delivery failed');
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
