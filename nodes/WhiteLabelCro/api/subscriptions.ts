import type { IDataObject } from 'n8n-workflow';

import type { ApiClient, ApiRequest } from '../client/apiClient';
import { hasStatus, isRefusal } from '../client/errors';
import { readNextPage } from '../contract/pages';
import { PATHS } from '../contract/paths';
import {
	SUBSCRIPTION_SPELLINGS,
	readSubscription,
	readSubscriptions,
	subscriptionBody,
} from '../contract/subscriptions';
import type { Subscription, SubscriptionFields } from '../contract/subscriptions';

/** After so many pages, a list counts as endless. */
const MAX_PAGES = 50;

/** The webhook subscriptions of the API key's company, of all pages of their list. @throws NodeApiError */
export async function listSubscriptions(api: ApiClient, itemIndex?: number): Promise<Subscription[]> {
	const held = new Map<string, Subscription>();
	let query: IDataObject | undefined;
	for (let page = 1; page <= MAX_PAGES; page++) {
		const known = held.size;
		const attempted = await api.tryRequest({
			method: 'GET',
			path: PATHS.subscriptions,
			query,
			itemIndex,
			read: (body, headers) => {
				const rows = readSubscriptions(body);
				for (const row of rows) if (!held.has(row.id)) held.set(row.id, row);
				return readNextPage(body, headers, { rows: held.size, lastId: rows.at(-1)?.id });
			},
		});
		if ('error' in attempted) {
			// How a further page is asked for is a guess.
			if (page > 1 && isRefusal(attempted.error)) break;
			throw attempted.error;
		}
		query = attempted.value;
		// A server that does not know the query gives the same page again.
		if (query === undefined || held.size === known) break;
	}
	return [...held.values()];
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
