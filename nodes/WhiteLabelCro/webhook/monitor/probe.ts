/** Where a trigger's deliveries arrive: it calls its own public address, and sees who answers. */
import { createHmac, randomBytes, timingSafeEqual } from 'crypto';
import type { IWebhookFunctions } from 'n8n-workflow';

import { ApiClient } from '../../client/apiClient';
import { sendUnauthenticated } from '../../client/http';
import { isUntrusted } from '../../client/networkError';
import type { Outcome } from '../../client/retry';
import { textOf } from '../../contract/json';
import type { StoredSubscription } from '../subscription/plan';
import { loadSubscription } from '../subscription/staticData';
import { CHECK_INTERVAL_MS } from './interval';
import { registry } from './registry';
import type { Monitor, TriggerState } from './registry';

/** Its value is a number used once and a proof that whoever calls has the API key, both in hex. */
const HEADER = 'x-n8n-probe';
const FORM = /^([\da-f]{32})\.([\da-f]{64})$/;

/** How long the answer may take in all. */
const LIMIT_MS = 5000;

/** How often this process must have answered, and nobody else, before all deliveries count as arriving here. */
export const PROVEN = 3;
/** How often in a row it must have answered where another one may receive deliveries, or once answered: for half a day. */
export const ALONE = (12 * 60 * 60_000) / CHECK_INTERVAL_MS;

/**
 * Calls the trigger's own address, unless deliveries came in since the last check, and notes who answers: this process,
 * another one of this n8n, or something else. That nobody answers proves nothing: many networks cannot reach themselves.
 * It also notes whether the static data holds the right subscription. It never throws.
 */
export async function probe({ trigger, context }: Monitor, url: string, api: ApiClient): Promise<void> {
	const reach = (trigger.reach ??= { here: 0, isShared: false });
	if (trigger.wasDelivered === true && (reach.here >= PROVEN || reach.isShared)) return;
	const nonce = randomBytes(16).toString('hex');
	trigger.probe = { nonce, isHere: false };
	const key = keyOf(api, trigger.key);
	const outcome = await sendUnauthenticated(
		context,
		{ method: 'POST', url, headers: { [HEADER]: `${nonce}.${mac(key, 'call', nonce)}` }, body: {} },
		LIMIT_MS,
	);
	// If n8n has updated this package meanwhile, the new modules have answered, which do not know of it.
	const current = await import('./registry.js').catch(() => undefined);
	if (current?.registry !== registry) return;
	const { isHere } = trigger.probe;
	trigger.probe = undefined;
	const body = outcome.kind === 'answer' ? textOf(outcome.answer.body) : undefined;
	const [proof, stored] = body?.split('.') ?? [];
	if (proof === mac(key, 'answer', nonce)) {
		reach.other = undefined;
		reach.isMisled = undefined;
		reach.here = isHere ? reach.here + 1 : 0;
		reach.isShared = !isHere || (reach.isShared && reach.here < ALONE);
		if (trigger.subscription !== undefined) {
			trigger.isMisstored = stored !== mac(key, 'stored', nonce, trigger.subscription);
		}
	} else {
		// Where that is misleading, it is as if nobody had answered.
		const what = reach.isMisled === true ? undefined : whatAnswered(outcome);
		reach.other = what === undefined ? undefined : { since: reach.other?.since ?? Date.now(), what };
	}
}

/** What answered in the place of n8n, in words; undefined if nobody did. */
function whatAnswered(outcome: Outcome): string | undefined {
	if (outcome.kind === 'answer') {
		const { statusCode, headers } = outcome.answer;
		const [type] = /^[\w.+-]{1,30}\/[\w.+-]{1,30}/.exec(textOf(headers['content-type']) ?? '') ?? [];
		return `HTTP status ${statusCode}${type === undefined ? '' : `, ${type}`}`;
	}
	return isUntrusted(outcome.failure)
		? 'a server whose certificate is not trusted or does not match the address'
		: undefined;
}

/** What a request to the trigger's address is answered with if it is such a call of this n8n; undefined if it is not. */
export async function probeAnswer(
	context: IWebhookFunctions,
	trigger: TriggerState,
): Promise<string | undefined> {
	const [, nonce, proof] = FORM.exec(textOf(context.getHeaderData()[HEADER as keyof object]) ?? '') ?? [];
	if (nonce === undefined || proof === undefined) return undefined;
	// Anybody can imitate one: a credential that cannot be used must not become an error of the workflow.
	const api = await ApiClient.open(context, 0, { priority: 'background' }).catch(() => undefined);
	if (api === undefined) return undefined;
	const key = keyOf(api, trigger.key);
	const expected = Buffer.from(mac(key, 'call', nonce), 'hex');
	if (!timingSafeEqual(expected, Buffer.from(proof, 'hex'))) return undefined;
	if (trigger.probe?.nonce === nonce) trigger.probe.isHere = true;
	const stored = loadSubscription(context);
	return `${mac(key, 'answer', nonce)}.${mac(key, 'stored', nonce, stored)}`;
}

/** Whoever has the API key may know it; it is of this trigger, so that no other's answer serves. */
function keyOf(api: ApiClient, triggerKey: string): Buffer {
	return api.deriveKey(`probe of ${triggerKey}`);
}

function mac(key: Buffer, what: string, nonce: string, subscription?: StoredSubscription): string {
	const { id, secret } = subscription ?? {};
	return createHmac('sha256', key)
		.update(JSON.stringify([what, nonce, id, secret]))
		.digest('hex');
}
