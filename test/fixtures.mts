// What tests of every kind have in common.
import { allSignatureForms, signDelivery, signatureForms } from '../sandbox/deliveries/signature.mts';
import type { SignatureFormName } from '../sandbox/deliveries/signature.mts';
import type { Sandbox } from '../sandbox/server.mts';
import type { Subscription } from '../sandbox/store/model.mts';

/** Rate limits that no test reaches. */
export const PLENTY = { read: 100_000, write: 100_000, admin: 100_000, windowSeconds: 60 };

/** A record chosen by its ID, as a resource locator holds it. */
export const byId = (value: number | string) => ({ __rl: true, mode: 'id', value });

/** A status chosen by its name, as a resource locator holds it. */
export const byName = (value: string) => ({ __rl: true, mode: 'name', value });

/** A lead for each item, by the item's email. */
export const createLead = {
	resource: 'lead',
	operation: 'create',
	firstName: 'Ada',
	lastName: 'Adams',
	email: '={{ $json.email }}',
};

/** A signing secret that no subscription has. */
export const ANOTHER_SECRET = Buffer.alloc(32, 7).toString('base64');

/** The subscriptions that the CRM holds, oldest first. */
export function subscriptionsOf({ store }: Sandbox): Subscription[] {
	return [...store.subscriptions.values()];
}

/** The only subscription that the CRM holds. @throws Error if there is none, or another */
export function onlySubscriptionOf(sandbox: Sandbox): Subscription {
	const [subscription, ...others] = subscriptionsOf(sandbox);
	if (subscription !== undefined && others.length === 0) return subscription;
	throw new Error(`There are ${subscriptionsOf(sandbox).length} subscriptions.`);
}

/** A form of signatures, by its name. */
export function formNamed(name: SignatureFormName): (typeof allSignatureForms)[number] {
	const form = allSignatureForms.find((each) => each.name === name);
	if (form === undefined) throw new Error(`There is no form ${name}`);
	return form;
}

/** The signature headers of a delivery, in the first of the forms, signed now. */
export function signatureOf(body: string | Uint8Array, secret: string): Record<string, string> {
	const timestamp = Math.floor(Date.now() / 1000);
	return signDelivery(signatureForms[0], secret, body, { timestamp, id: '1' });
}
