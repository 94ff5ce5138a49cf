import type { ApiClient, ApiRequest } from '../client/apiClient';
import { hasStatus } from '../client/errors';
import { PATHS } from '../contract/paths';
import {
	SUBSCRIPTION_SPELLINGS,
	readSubscription,
	readSubscriptions,
	subscriptionBody,
} from '../contract/subscriptions';
import type { Subscription, SubscriptionFields } from '../contract/subscriptions';

/** The webhook subscriptions of the API key's company. @throws NodeApiError */
export async function listSubscriptions(api: ApiClient, itemIndex?: number): Promise<Subscription[]> {
	return await api.request({ method: 'GET', path: PATHS.subscriptions, itemIndex, read: readSubscriptions });
}

/** Creates a subscription: the one answer that carries its secret. @throws NodeApiError */
export async function createSubscription(api: ApiClient, fields: SubscriptionFields): Promise<Subscription> {
	const request = { method: 'POST', path: PATHS.subscriptions, read: readSubscription } as const;
	return await sendSpelled(api, request, fields);
}

/** Changes a subscription. The API does not say whether it applied the change. @throws NodeApiError */
export async function changeSubscription(
	api: ApiClient,
	{ id, stateName }: Subscription,
	fields: SubscriptionFields,
	itemIndex?: number,
): Promise<void> {
	const path = PATHS.subscription(id);
	const request = { method: 'PATCH', path, itemIndex, read: () => undefined } as const;
	await sendSpelled(api, request, fields, stateName);
}

/** Deletes a subscription. @returns false if it was gone already @throws NodeApiError */
export async function deleteSubscription(api: ApiClient, id: string, itemIndex?: number): Promise<boolean> {
	const path = PATHS.subscription(id);
	const attempted = await api.tryRequest({ method: 'DELETE', path, itemIndex, read: () => undefined });
	if (!('error' in attempted)) return true;
	if (attempted.missing) return false;
	throw attempted.error;
}

/** Sends a subscription's fields in one spelling and, if the API refuses them, once more in the other. */
async function sendSpelled<T>(
	api: ApiClient,
	request: Omit<ApiRequest<T>, 'body'>,
	fields: SubscriptionFields,
	stateName?: string,
): Promise<T> {
	const [first, second] = SUBSCRIPTION_SPELLINGS;
	const attempted = await api.tryRequest({ ...request, body: subscriptionBody(fields, first, stateName) });
	if ('value' in attempted) return attempted.value;
	if (!hasStatus(attempted.error, 400, 422)) throw attempted.error;
	return await api.request({ ...request, body: subscriptionBody(fields, second, stateName) });
}
