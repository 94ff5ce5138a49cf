// What the payload of an event calls its amount: a decimal, not cents (contract section 4).
import type { EventEnvelope } from './model.mts';

const amountFields: ReadonlyMap<string, string> = new Map([
	['invoice.created', 'amount'],
	['payment.succeeded', 'payment_amount'],
	['payment.failed', 'amount_attempted'],
]);

/** The event types that have an amount. */
export const typesWithAmount = [...amountFields.keys()];

/** The amount of an event; null if it has none, or one that is no number. */
export function amountOf({ type, payload }: Pick<EventEnvelope, 'type' | 'payload'>): number | null {
	const amount: unknown = (payload as Record<string, unknown>)[amountFields.get(type) ?? ''];
	return typeof amount === 'number' ? amount : null;
}

/** The payload of such an event with this amount, if one is given; throws a RangeError for a type that has none. */
export function withAmount(type: string, payload: object, amount?: number): object {
	if (amount === undefined) return payload;
	const field = amountFields.get(type);
	if (field === undefined) throw new RangeError(`${type} has no amount`);
	return { ...payload, [field]: amount };
}
