// Webhook subscriptions (contract section 5): their spelling, wrappers and read-back are all settings.
import { randomBytes } from 'node:crypto';

import type { Dialect } from '../dialect.mts';
import { ApiError, invalid, notFound } from '../errors.mts';
import { type Subscription } from '../store/model.mts';
import type { Answer, Store } from '../store/store.mts';
import { unknownTypes } from './events.mts';
import { Fields } from './fields.mts';
import type { Body, Call, Crm, Route } from './route.mts';
import { isAllowedTarget } from './target.mts';

const path = '/api/v1/webhooks/subscriptions';

/**
 * Create, list, update and delete.
 * In: also what drops the waiting deliveries of a subscription that was disabled or deleted.
 */
export function subscriptionRoutes(crm: Crm, dropDeliveries: (subscription: Subscription) => void): Route[] {
	const scope = 'webhooks:write';
	return [
		{ method: 'POST', path, scope, bucket: 'admin', handle: ({ body }) => create(crm, body) },
		{ method: 'GET', path, scope, bucket: 'read', handle: ({ query }) => list(crm, query) },
		{
			method: 'PATCH',
			path: `${path}/:id`,
			scope,
			bucket: 'admin',
			handle({ params, body }) {
				const subscription = subscriptionAt(crm.store, params);
				const answer = update(crm, subscription, body);
				if (!subscription.isActive) dropDeliveries(subscription);
				return answer;
			},
		},
		{
			method: 'DELETE',
			path: `${path}/:id`,
			scope,
			bucket: 'write',
			handle({ params }) {
				const subscription = subscriptionAt(crm.store, params);
				crm.store.subscriptions.delete(subscription.id);
				subscription.isActive = false;
				dropDeliveries(subscription);
				return { status: 204 };
			},
		},
	];
}

function create({ store, dialect }: Crm, body: Body): Answer {
	const fields = new Fields(body);
	const targetUrl = readTargetUrl(fields, dialect);
	const eventTypes = readEventTypes(fields, dialect);
	const description = fields.text('description') ?? null;
	fields.check();
	const { subscriptionAddressTaken } = dialect;
	const isTaken = [...store.subscriptions.values()].some((other) => other.targetUrl === targetUrl);
	if (isTaken && subscriptionAddressTaken !== 'accepted') {
		throw new ApiError(subscriptionAddressTaken, 'address_taken', 'There is a subscription to this address');
	}
	const subscription: Subscription = {
		id: store.nextId('subscription'),
		targetUrl,
		eventTypes,
		description,
		isActive: true,
		secret: newSecret(dialect),
		createdUtc: store.utcNow(),
		consecutiveFailures: 0,
	};
	store.subscriptions.set(subscription.id, subscription);
	const secret = { [spell(dialect.subscriptionSecretKey, dialect)]: subscription.secret };
	const shown = { ...show(subscription, dialect), ...secret };
	return { status: 201, body: wrap(shown, dialect.subscriptionWrapper) };
}

function newSecret({ subscriptionSecretForm }: Dialect): string {
	return `${subscriptionSecretForm === 'whsec' ? 'whsec_' : ''}${randomBytes(32).toString('base64')}`;
}

function list({ store, dialect }: Crm, query: Call['query']): Answer {
	const { subscriptionPages: form, subscriptionsPageSize: size, subscriptionListWrapper: wrapper } = dialect;
	const all = [...store.subscriptions.values()];
	const shownOf = (some: Subscription[]) => some.map((subscription) => show(subscription, dialect));
	if (form === 'none') return { status: 200, body: wrap(shownOf(all), wrapper) };
	const start = readStart(all, query, dialect);
	const page = all.slice(start, start + size);
	const rows = shownOf(page);
	const number = Math.floor(start / size) + 1;
	const hasMore = start + size < all.length;
	// The server behind a proxy, which is asked under another name.
	const url = `https://crm.internal.example.com${path}?page=${number + 1}`;
	if (form === 'link-header') {
		const link = `<${url.replace(/\d+$/, '1')}>; rel="first"${hasMore ? `, <${url}>; rel="next"` : ''}`;
		return { status: 200, body: wrap(rows, wrapper), headers: { link } };
	}
	const cursor = hasMore ? makeCursor(page) : null;
	const told = {
		cursor: { [spell('next_cursor', dialect)]: cursor },
		'more-flag': { [spell('has_more', dialect)]: hasMore },
		'next-cursor': { next: cursor },
		'next-url': { next: hasMore ? url : null },
		'page-number': { page: number, [spell('total_pages', dialect)]: Math.ceil(all.length / size) },
	}[form];
	// A bare list has no place for that.
	return { status: 200, body: { [wrapper === 'bare' ? 'items' : wrapper]: rows, ...told } };
}

/** Where the page begins that is asked for. */
function readStart(all: Subscription[], { cursor, page = '1' }: Call['query'], dialect: Dialect): number {
	const { subscriptionPages: form, subscriptionsPageSize: size } = dialect;
	if (form === 'page-number' || form === 'next-url' || form === 'link-header') {
		if (!/^[1-9]\d*$/.test(page)) throw invalid({ page: ['must be a whole number above zero'] });
		return (Number(page) - 1) * size;
	}
	if (cursor === undefined) return 0;
	const isLast = (one: Subscription) =>
		cursor === (form === 'more-flag' ? String(shownId(one, dialect)) : makeCursor([one]));
	const at = all.findIndex(isLast);
	if (at < 0) throw invalid({ cursor: ['is not valid or has expired'] });
	return at + 1;
}

/** What stands for the place behind the last of some subscriptions. */
function makeCursor(some: Subscription[]): string {
	return Buffer.from(`after ${some.at(-1)?.id}`).toString('base64url');
}

function update({ dialect }: Crm, subscription: Subscription, body: Body): Answer {
	const fields = new Fields(body);
	const change: Partial<Subscription> = {};
	if (fields.sent(spell('target_url', dialect))) change.targetUrl = readTargetUrl(fields, dialect);
	if (fields.sent(spell('event_types', dialect))) change.eventTypes = readEventTypes(fields, dialect);
	if (fields.sent('description')) change.description = fields.text('description') ?? null;
	for (const key of [spell('is_active', dialect), spell(dialect.subscriptionStateKey, dialect)]) {
		const wanted = fields.value(key);
		if (typeof wanted === 'boolean') change.isActive = wanted;
		else if (key === 'status' && typeof wanted === 'string')
			change.isActive = wanted === stateWord(true, dialect);
		else if (wanted !== undefined) fields.problem(key, 'must be true or false');
	}
	if (Object.keys(change).length === 0) fields.problem('body', 'changes nothing that is known');
	fields.check();
	if (change.isActive && !subscription.isActive) {
		if (dialect.subscriptionReenable === 'ignored') change.isActive = false;
		else change.consecutiveFailures = 0;
	}
	Object.assign(subscription, change);
	return { status: 200, body: wrap(show(subscription, dialect), dialect.subscriptionWrapper) };
}

function subscriptionAt(store: Store, params: Call['params']): Subscription {
	const subscription = store.subscriptions.get(Number(params.id?.replace(/^sub_/, '')));
	if (!subscription) throw notFound('Subscription');
	return subscription;
}

/** A subscription as it is answered: without its secret, which only the create answer has. */
function show(subscription: Subscription, dialect: Dialect): Record<string, unknown> {
	const { isActive, eventTypes } = subscription;
	const stateKey = dialect.subscriptionStateKey;
	return {
		[spell(dialect.subscriptionIdKey, dialect)]: shownId(subscription, dialect),
		[spell(dialect.subscriptionUrlKey, dialect)]: formUrl(subscription.targetUrl, dialect),
		[spell(dialect.subscriptionTypesKey, dialect)]:
			dialect.subscriptionTypesForm === 'array' ? eventTypes : eventTypes.join(','),
		[spell(stateKey, dialect)]: stateKey === 'status' ? stateWord(isActive, dialect) : isActive,
		[spell('created_utc', dialect)]: subscription.createdUtc,
		...(dialect.subscriptionDescription === 'shown' && { description: subscription.description }),
	};
}

function shownId({ id }: Subscription, { subscriptionIdType }: Dialect): number | string {
	return subscriptionIdType === 'integer' ? id : `sub_${id}`;
}

function stateWord(isActive: boolean, { subscriptionStateWords }: Dialect): string | undefined {
	const [on, off] = subscriptionStateWords.split('/');
	return isActive ? on : off;
}

/** How much of a URL is read back where it is cut. */
const URL_SHOWN = 40;

/** A target URL as it is read back. */
function formUrl(targetUrl: string, { subscriptionUrlForm }: Dialect): string {
	const url = new URL(targetUrl);
	const [first = ''] = url.pathname.split('/').slice(1);
	switch (subscriptionUrlForm) {
		case 'as-sent':
			return targetUrl;
		case 'normalized':
			return url.href;
		case 'trailing-slash':
			url.pathname = url.pathname.replace(/\/?$/, '/');
			return url.href;
		case 'upper-case':
			return targetUrl.toUpperCase();
		case 'other-scheme':
			return targetUrl.replace(/^http(s?)/, (_match, s) => (s === '' ? 'https' : 'http'));
		case 'masked':
			return `${url.origin}/${first}/***`;
		case 'cut':
			return targetUrl.slice(0, URL_SHOWN);
	}
}

function wrap(body: unknown, wrapper: string): unknown {
	return wrapper === 'bare' ? body : { [wrapper]: body };
}

/** A snake_case name in the spelling of the dialect. */
function spell(name: string, dialect: Dialect): string {
	if (dialect.subscriptionFields === 'snake_case') return name;
	return name.replace(/_./g, (match) => match.slice(1).toUpperCase());
}

function readEventTypes(fields: Fields, dialect: Dialect): string[] {
	const key = spell('event_types', dialect);
	const value = fields.value(key);
	const types = Array.isArray(value) ? value.filter((type) => typeof type === 'string') : [];
	if (!Array.isArray(value) || types.length === 0 || types.length < value.length) {
		fields.problem(key, 'must be a list of event types');
	}
	const unknown = unknownTypes(types, dialect);
	if (unknown) fields.problem(key, unknown);
	return [...new Set(types)];
}

function readTargetUrl(fields: Fields, dialect: Dialect): string {
	const key = spell('target_url', dialect);
	const text = fields.requiredText(key);
	if (text && !isAllowedTarget(text, dialect.requirePublicHttps)) {
		fields.problem(key, 'must be a public HTTPS address');
	}
	return text;
}
