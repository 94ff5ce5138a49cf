/** The first proof: a delivery is signed with the secret of one of the trigger's subscriptions. */
import { jsonParse } from 'n8n-workflow';
import type { IWebhookFunctions } from 'n8n-workflow';

import { accounts } from '../client/account';
import { isTooDeep } from '../contract/json';
import type { TriggerState } from './monitor/registry';
import type { Unverified } from './rejections';
import { verifySignature } from './signature';
import type { DeliveryHeaders } from './signature';
import { signatureShape } from './signatureShape';
import { knownSubscriptions, loadSubscription } from './subscription/staticData';

/** Why a request is not signed by the CRM for this trigger; undefined if it is. */
export function whyUnverified(context: IWebhookFunctions, body: Buffer): Unverified | undefined {
	const known = knownSubscriptions(context);
	const headers = context.getHeaderData() as DeliveryHeaders;
	const secrets = [...new Set(known.map(({ secret }) => secret))].filter((secret) => secret !== undefined);
	const now = crmNow(context);
	const verify = (bytes: Buffer) => secrets.map((secret) => verifySignature(bytes, headers, secret, now));
	const verifications = verify(body);
	if (verifications.some(({ accepted }) => accepted)) return undefined;
	const shape = signatureShape(headers);
	if (secrets.length === 0) {
		return {
			reason:
				known.length === 0
					? 'its signing secret is not known here; publish the workflow again to get a new one'
					: 'WhiteLabelCRO did not return a signing secret that this node can read',
			isSigned: shape !== undefined,
		};
	}
	const failed = verifications.flatMap((each) => (each.accepted ? [] : [each]));
	const { reason = 'no signature', ageMs } =
		failed.find((each) => each.ageMs !== undefined) ?? failed[0] ?? {};
	if (ageMs !== undefined) return { reason, remedy: remedyOfTime(ageMs), isSigned: true };
	if (reason === 'no signature') {
		const remedy = 'A proxy between WhiteLabelCRO and n8n may have dropped the header with the signature.';
		return { reason, remedy: shape === undefined ? remedy : undefined, shape, isSigned: shape !== undefined };
	}
	if (reason !== 'wrong signature') return { reason, isSigned: shape !== undefined };
	if (verify(rewritten(body)).some(({ accepted }) => accepted)) {
		return {
			reason: 'its body was changed along the way',
			remedy: 'A proxy between WhiteLabelCRO and n8n rewrites the JSON. Set it to pass bodies on unchanged.',
			isSigned: true,
		};
	}
	const remedy =
		"It's signed with another subscription's secret, a proxy changed its body, or it's signed in a way that this node doesn't know.";
	return { reason, remedy, shape, isSigned: true };
}

/** Notes whether the static data holds the subscription that this process knows to be the current one. */
export function noteStored(context: IWebhookFunctions, trigger: TriggerState): void {
	const { subscription } = trigger;
	if (subscription === undefined || context.getMode() === 'manual') return;
	const stored = loadSubscription(context);
	trigger.isMisstored = stored?.id !== subscription.id || stored.secret !== subscription.secret;
}

/** The present by the CRM's clock as its answers tell it, by this process's clock until then: in milliseconds. */
export function crmNow(context: IWebhookFunctions): number {
	const account = knownSubscriptions(context)[0]?.place?.account;
	return Date.now() + (account === undefined ? 0 : (accounts.of(account).clockAhead ?? 0));
}

function remedyOfTime(ageMs: number): string {
	const minutes = Math.round(Math.abs(ageMs) / 60_000);
	return `By WhiteLabelCRO's clock, it was signed ${minutes} minutes ${ageMs > 0 ? 'ago' : 'from now'}. Sync the clock of the computer that runs n8n with a time server (NTP).`;
}

/** What a body of JSON says; null if it is none, or so deep that nothing can be done with it. */
export function readJson(body: Buffer): unknown {
	const text = body.toString('utf8').replace(/^\uFEFF/, '');
	const value: unknown = jsonParse(text, { fallbackValue: null });
	return isTooDeep(value) ? null : value;
}

/** A JSON body as most programs write one, for a proxy that has written it otherwise. */
function rewritten(body: Buffer): Buffer {
	return Buffer.from(JSON.stringify(readJson(body)));
}
