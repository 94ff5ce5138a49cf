import type { Dialect } from '../../sandbox/dialect.mts';

/** Accounts that differ in everything the contract leaves open; a promise of the package has to hold for each. */
export const dialects: Array<[name: string, dialect: Partial<Dialect>]> = [
	['the first choices of the contract', {}],
	[
		'snake_case, wrapped in data, problem details, 422, pages by address',
		{
			errorBody: 'problem',
			validationStatus: 422,
			searchHit: 'data',
			searchEmpty: 'data-array',
			subscriptionFields: 'snake_case',
			subscriptionWrapper: 'data',
			subscriptionListWrapper: 'data',
			subscriptionPages: 'next-url',
			subscriptionsPageSize: 1,
			statusesKey: 'statuses',
			requestIdHeader: 'x-correlation-id',
		},
	],
	[
		'/find, arrays, 204, text errors, string ids, one subscription an address',
		{
			errorBody: 'text',
			searchPath: 'find',
			searchHit: 'array',
			searchEmpty: 'no-content',
			subscriptionWrapper: 'subscription',
			subscriptionListWrapper: 'subscriptions',
			subscriptionIdType: 'string',
			subscriptionAddressTaken: 409,
			subscriptionTypesForm: 'text',
			lookupEmails: 'left-out',
			signature: 'standard-webhooks',
		},
	],
	[
		'results, null, HTML errors, other key names',
		{
			errorBody: 'html',
			searchPath: 'both',
			searchHit: 'results',
			searchEmpty: 'null',
			subscriptionListWrapper: 'items',
			subscriptionIdKey: 'subscription_id',
			subscriptionSecretKey: 'secret',
			subscriptionUrlKey: 'url',
			subscriptionTypesKey: 'events',
			subscriptionStateKey: 'status',
			tooManyRequests: 'retry-after',
		},
	],
	[
		'named wrappers, empty objects, no error bodies, HTTP dates',
		{
			errorBody: 'empty',
			searchHit: 'named',
			searchEmpty: 'named-null',
			subscriptionFields: 'snake_case',
			subscriptionStateKey: 'enabled',
			subscriptionDescription: 'hidden',
			tooManyRequests: 'retry-after',
			retryAfterForm: 'http-date',
			keyForm: 'plain',
		},
	],
	[
		'nested errors, empty arrays, no headers on a 429, no PATCH to enable, one subscription an address, idempotency ignored',
		{
			errorBody: 'error-object',
			searchHit: 'results-array',
			searchEmpty: 'results-array',
			subscriptionStateKey: 'is_enabled',
			subscriptionReenable: 'ignored',
			subscriptionAddressTaken: 403,
			tooManyRequests: 'no-headers',
			idempotency: 'ignored',
		},
	],
	[
		'result, {}, error as text, /find',
		{
			errorBody: 'error-text',
			searchPath: 'find',
			searchHit: 'result',
			searchEmpty: 'object',
			requestIdHeader: 'trace-id',
		},
	],
	[
		'URLs read back with a slash at the end, a state in words, no PATCH to enable',
		{
			subscriptionUrlForm: 'trailing-slash',
			subscriptionStateKey: 'status',
			subscriptionStateWords: 'healthy/paused',
			subscriptionReenable: 'ignored',
		},
	],
	[
		'URLs read back normalized, a state in words that nobody would expect',
		{
			subscriptionUrlForm: 'normalized',
			subscriptionStateKey: 'status',
			subscriptionStateWords: 'lively/weary',
		},
	],
];

/** Event logs that differ in what tells their reader how to go on. */
export const eventLogs: Array<[name: string, dialect: Partial<Dialect>]> = [
	['a cursor at the end', {}],
	['no cursor at the end', { eventsCursorAtEnd: 'null' }],
	['no more-flag', { eventsMoreKey: 'none' }],
	['no more-flag, small pages', { eventsMoreKey: 'none', eventsPageSize: 7 }],
	[
		'no more-flag, small pages, no cursor at the end',
		{ eventsMoreKey: 'none', eventsPageSize: 7, eventsCursorAtEnd: 'null', eventsCursorKey: 'cursor' },
	],
	['bare arrays', { eventsList: 'array' }],
	['bare arrays, small pages', { eventsList: 'array', eventsPageSize: 7 }],
	['small pages, filtered late', { eventsPageSize: 7, eventsFiltered: 'after-paging' }],
	['no regard for the limit', { eventsLimit: 'ignored', eventsPageSize: 150 }],
];
