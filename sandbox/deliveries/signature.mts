// How a delivery is signed is unpublished (contract section 6), so every plausible form is a row of data here.
import { createHash, createHmac, randomBytes } from 'node:crypto';

/** One way of signing a delivery: where the signature stands, how it is written, and what it covers. */
export interface SignatureForm {
	name: string;
	/** The header that carries the signature. */
	header: string;
	encoding: 'hex' | 'base64' | 'base64url';
	/** The header's value; `{signature}` and `{timestamp}` are filled in. */
	value: string;
	/** The signed message: its parts are joined with full stops; `method` is POST. */
	signed: 'body' | 'timestamp.body' | 'id.timestamp.body' | 'method.body';
	/** SHA-256, as the contract has it, if no other hash is named. */
	hash?: 'sha512';
	/** The HMAC key: the secret's own text, or the bytes that its base64 (behind `whsec_`, if it has that) stands for. */
	secret: 'text' | 'decoded';
	timestampHeader?: string;
	idHeader?: string;
	/** Headers with IDs that are not signed. They come first. */
	otherIdHeaders?: readonly string[];
}

/** Every form that the contract names, or that follows from what it names; the first is the default. */
export const signatureForms = [
	{
		name: 'sha256-hex-body',
		header: 'x-webhook-signature',
		encoding: 'hex',
		value: 'sha256={signature}',
		signed: 'body',
		secret: 'text',
		timestampHeader: 'x-webhook-timestamp',
	},
	{
		name: 'bare-hex-body',
		header: 'x-signature',
		encoding: 'hex',
		value: '{signature}',
		signed: 'body',
		secret: 'text',
	},
	{
		name: 'bare-hex-body-decoded',
		header: 'x-wlcro-signature',
		encoding: 'hex',
		value: '{signature}',
		signed: 'body',
		secret: 'decoded',
	},
	{
		name: 'bare-base64-body',
		header: 'x-hmac-sha256',
		encoding: 'base64',
		value: '{signature}',
		signed: 'body',
		secret: 'text',
	},
	{
		name: 'bare-base64-body-decoded',
		header: 'x-wlcro-hmac-sha256',
		encoding: 'base64',
		value: '{signature}',
		signed: 'body',
		secret: 'decoded',
		timestampHeader: 'x-wlcro-timestamp',
		idHeader: 'x-wlcro-delivery-id',
	},
	{
		name: 'bare-base64url-body',
		header: 'signature',
		encoding: 'base64url',
		value: '{signature}',
		signed: 'body',
		secret: 'text',
	},
	{
		name: 'sha256-base64-body-decoded',
		header: 'x-hub-signature-256',
		encoding: 'base64',
		value: 'sha256={signature}',
		signed: 'body',
		secret: 'decoded',
	},
	{
		name: 'v1-hex-body',
		header: 'x-webhook-signature',
		encoding: 'hex',
		value: 'v1={signature}',
		signed: 'body',
		secret: 'text',
	},
	{
		name: 't-v1-hex-timestamp',
		header: 'x-wlcro-signature',
		encoding: 'hex',
		value: 't={timestamp},v1={signature}',
		signed: 'timestamp.body',
		secret: 'text',
	},
	{
		name: 't-v1-base64url-timestamp-decoded',
		header: 'x-wlcro-signature',
		encoding: 'base64url',
		value: 't={timestamp},v1={signature}',
		signed: 'timestamp.body',
		secret: 'decoded',
	},
	{
		name: 'v1-hex-timestamp-header',
		header: 'x-request-signature',
		encoding: 'hex',
		value: 'v1={signature}',
		signed: 'timestamp.body',
		secret: 'text',
		timestampHeader: 'x-request-timestamp',
	},
	{
		name: 'sha256-base64-timestamp-header-decoded',
		header: 'x-signature',
		encoding: 'base64',
		value: 'sha256={signature}',
		signed: 'timestamp.body',
		secret: 'decoded',
		timestampHeader: 'x-signature-timestamp',
	},
	{
		name: 'bare-hex-id-timestamp',
		header: 'x-webhook-signature',
		encoding: 'hex',
		value: '{signature}',
		signed: 'id.timestamp.body',
		secret: 'text',
		timestampHeader: 'x-webhook-timestamp',
		idHeader: 'x-webhook-id',
	},
	{
		name: 'standard-webhooks',
		header: 'webhook-signature',
		encoding: 'base64',
		value: 'v1,{signature}',
		signed: 'id.timestamp.body',
		secret: 'decoded',
		timestampHeader: 'webhook-timestamp',
		idHeader: 'webhook-id',
	},
	{
		name: 'sha256-colon-hex-body',
		header: 'x-wlcro-signature',
		encoding: 'hex',
		value: 'sha256:{signature}',
		signed: 'body',
		secret: 'text',
	},
	{
		name: 'double-quoted-base64-body',
		header: 'x-wlcro-signature',
		encoding: 'base64',
		value: 'algorithm="hmac-sha256", signature="{signature}"',
		signed: 'body',
		secret: 'decoded',
	},
	{
		name: 'semicolon-hex-timestamp',
		header: 'x-wlcro-signature',
		encoding: 'hex',
		value: 't={timestamp};v1={signature}',
		signed: 'timestamp.body',
		secret: 'text',
	},
	{
		name: 'single-quoted-base64-timestamp',
		header: 'x-wlcro-signature',
		encoding: 'base64',
		value: "t='{timestamp}'; v1='{signature}'",
		signed: 'timestamp.body',
		secret: 'decoded',
	},
	{
		name: 'sha256-colon-hex-id-timestamp-among-ids',
		header: 'x-wlcro-signature',
		encoding: 'hex',
		value: 'sha256:{signature}',
		signed: 'id.timestamp.body',
		secret: 'text',
		timestampHeader: 'x-wlcro-timestamp',
		idHeader: 'x-wlcro-event-id',
		otherIdHeaders: ['x-request-id', 'x-correlation-id', 'x-trace-id', 'x-account-id', 'x-wlcro-delivery-id'],
	},
] as const satisfies readonly SignatureForm[];

/** Forms outside the contract, which no receiver can know: one without a MAC of 32 bytes, one whose MAC covers something else. */
export const unknownSignatureForms = [
	{
		name: 'sha512-hex-body',
		header: 'x-wlcro-signature',
		encoding: 'hex',
		value: 'sha512={signature}',
		signed: 'body',
		secret: 'text',
		hash: 'sha512',
	},
	{
		name: 'sha256-hex-method-body',
		header: 'x-wlcro-signature',
		encoding: 'hex',
		value: 'sha256={signature}',
		signed: 'method.body',
		secret: 'text',
	},
] as const satisfies readonly SignatureForm[];

/** Every form that the sandbox can sign with. */
export const allSignatureForms = [...signatureForms, ...unknownSignatureForms] as const;

export type SignatureFormName = (typeof allSignatureForms)[number]['name'];

/**
 * The signature headers of one delivery attempt.
 * In: the form, the subscription's secret (base64 text, or that behind `whsec_`), the raw body, the attempt's time in Unix seconds and the delivery's id.
 */
export function signDelivery(
	form: SignatureForm,
	secret: string,
	body: string | Uint8Array,
	{ timestamp, id }: { timestamp: number; id: string },
): Record<string, string> {
	const hmac = createHmac(form.hash ?? 'sha256', form.secret === 'text' ? secret : decodeSecret(secret));
	const before = { body: '', 'timestamp.body': `${timestamp}.`, 'method.body': 'POST.' };
	hmac.update(form.signed === 'id.timestamp.body' ? `${id}.${timestamp}.` : before[form.signed]);
	const signature = hmac.update(body).digest(form.encoding);
	const otherIds = form.otherIdHeaders?.map((header, index) => [header, `other-${index}-${id}`]) ?? [];
	return {
		...(Object.fromEntries(otherIds) as Record<string, string>),
		[form.header]: form.value.replace('{timestamp}', String(timestamp)).replace('{signature}', signature),
		...(form.timestampHeader && { [form.timestampHeader]: String(timestamp) }),
		...(form.idHeader && { [form.idHeader]: id }),
	};
}

/** The bytes that a secret's base64 stands for. Standard Webhooks writes `whsec_` before it. */
function decodeSecret(secret: string): Buffer {
	return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
}

/** Headers that look like signatures and are none: a digest that needs no secret, and random bytes of a signature's length. */
export function decoyHeaders(body: string): Record<string, string> {
	return {
		digest: `sha-256=${createHash('sha256').update(body).digest('base64')}`,
		'x-delivery-token': randomBytes(32).toString('hex'),
	};
}
