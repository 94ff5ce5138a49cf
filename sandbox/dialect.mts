// The one home of everything that the contract marks C (contradicted) or A (assumed), as settings.
// A setting exists only where the contract names more than one answer, or is silent where a server has to decide.
import { allSignatureForms } from './deliveries/signature.mts';

/** Every setting that is a choice; the first value is the default, which is the contract's own first choice. */
export const dialectChoices = {
	/** Section 1: the spelling of new keys, `wlcro_live_92_…` or `wlcro_92_…`. */
	keyForm: ['live', 'plain'],
	/** Section 1: the header that carries the request id. */
	requestIdHeader: ['x-request-id', 'x-correlation-id', 'trace-id', 'x-amzn-trace-id', 'request-id'],
	/**
	 * Section 1: `{message}`, `{error:"…"}`, `{error:{code,message}}`, RFC 9457 problem details, plain text, HTML, nothing. The last
	 * ones are forms that other APIs have: `{message:["…"],error}`, `{errors:[{field,message}]}`, `{Message,ModelState}`, `{zip:["…"]}`.
	 */
	errorBody: [
		...(['message', 'error-text', 'error-object', 'problem', 'text', 'html', 'empty'] as const),
		...(['message-list', 'errors-list', 'model-state', 'fields-alone'] as const),
	],
	/** Section 5 speaks of "a 400/422": the status of every validation error. */
	validationStatus: [400, 422],
	/**
	 * Section 1 is silent: whether rate-limit windows begin on multiples of their length, or each with the key's first call. The
	 * reset of its example is on no multiple of its minute.
	 */
	rateLimitWindows: ['aligned', 'first-call'],
	/** Section 1 has the reset in whole seconds: which way one in between is rounded. */
	rateLimitReset: ['rounded-up', 'rounded-down'],
	/** Section 1: what a 429 carries: the X-RateLimit headers and Retry-After, one of the two, or neither. */
	tooManyRequests: ['all-headers', 'rate-limit-headers', 'retry-after', 'no-headers'],
	/** Section 1: the two forms that HTTP gives Retry-After. */
	retryAfterForm: ['seconds', 'http-date'],
	/** Section 2: whether the assumed Idempotency-Key header of an action means anything to the server. */
	idempotency: ['honoured', 'ignored'],
	/** Section 2 is silent: whether an affiliate made through the API is approved, and so listed by the lookup, at once. */
	newAffiliatesApproved: [true, false],
	/** Section 3: the last part of both search paths. */
	searchPath: ['search', 'find', 'both'],
	/** Section 3: how a search answers with its record; `named` is `{client: …}` or `{lead: …}`. */
	searchHit: ['bare', 'array', 'named', 'data', 'result', 'results', 'data-array', 'results-array'],
	/** Section 3: how a search says that nothing was found: 404, 204, `null`, `{}`, `[]`, … */
	searchEmpty: [
		'not-found',
		'no-content',
		'null',
		'object',
		'array',
		'named-null',
		'data-array',
		'results-array',
	],
	/** Section 3 is silent: whether Find Client and the client lookup see the records that are leads. */
	clientScope: ['all-records', 'clients-only'],
	/** Section 3: the list key of the client-status lookup. */
	statusesKey: ['client_statuses', 'statuses'],
	/** Section 3 is silent: whether the lookups of clients and affiliates give e-mail addresses beside the names. */
	lookupEmails: ['listed', 'left-out'],
	/** Section 4: the events' list. `array` comes last because only a wrapped list can carry the next cursor. */
	eventsList: ['events', 'items', 'data', 'results', 'array'],
	/** Section 4: the key of the next cursor. */
	eventsCursorKey: ['nextCursor', 'next_cursor', 'cursor'],
	/** Section 4: the key that says whether more events wait, if there is one. */
	eventsMoreKey: ['hasMore', 'has_more', 'none'],
	/** Section 4 is silent: what the next cursor is on the last page. */
	eventsCursorAtEnd: ['position', 'null'],
	/** Section 4: whether the assumed `limit` means anything to the server; else every page has its own size. */
	eventsLimit: ['honored', 'ignored'],
	/** Section 4 is silent: whether a page is cut before or after its events are filtered by type: then it can be short, or empty, and more follow. */
	eventsFiltered: ['before-paging', 'after-paging'],
	/** Section 4: metadata may be absent from an envelope. */
	eventMetadata: ['present', 'absent'],
	/** Section 4 is silent: what happens to an event type outside the ten in a subscription, a filter or a test event. */
	unknownEventTypes: ['refused', 'accepted'],
	/** Section 5: the spelling of a subscription's fields, in requests and in answers; the other spelling is not understood. */
	subscriptionFields: ['camelCase', 'snake_case'],
	/** Section 5: what stands around one subscription. */
	subscriptionWrapper: ['bare', 'data', 'subscription'],
	/** Section 5: what stands around the list of subscriptions. */
	subscriptionListWrapper: ['bare', 'subscriptions', 'items', 'data'],
	/**
	 * Section 5 is silent: whether the list comes in pages, and how each tells the next: by a cursor, by a flag alone (the last id
	 * is the cursor then, as of section 4's bare arrays), by an address, by its number, or in a `Link` header.
	 */
	subscriptionPages: ['none', 'cursor', 'more-flag', 'next-cursor', 'next-url', 'page-number', 'link-header'],
	/** Section 5: an integer, or text such as `sub_501`. */
	subscriptionIdType: ['integer', 'string'],
	/** Section 5: the keys below are respelled as `subscriptionFields` says (`signing_secret` becomes `signingSecret`). */
	subscriptionIdKey: ['id', 'subscription_id'],
	/** The last one is a name that nobody would expect. */
	subscriptionSecretKey: ['signing_secret', 'secret', 'verification_token'],
	/** Section 5: 32 bytes in base64. The contract knows no other form; Standard Webhooks, whose form a delivery may have, writes `whsec_` before it. */
	subscriptionSecretForm: ['base64', 'whsec'],
	subscriptionUrlKey: ['target_url', 'url'],
	subscriptionTypesKey: ['event_types', 'events'],
	/**
	 * Section 5 is silent: whether a URL is read back as it was sent, as URL parsers write it, with a slash at its end too, in
	 * capitals, with the other of `http` and `https`, or, to keep it secret, without its end.
	 */
	subscriptionUrlForm: [
		'as-sent',
		'normalized',
		'trailing-slash',
		'upper-case',
		'other-scheme',
		'masked',
		'cut',
	],
	/** Section 5 is silent: whether a second subscription to an address is taken, or with which status it is refused. */
	subscriptionAddressTaken: ['accepted', 400, 403, 409, 422],
	/** Section 5: `status` reads as one of the two words below, the others true or false. */
	subscriptionStateKey: ['is_active', 'is_enabled', 'enabled', 'active', 'status'],
	/** Section 5 is silent: the words of `status` for on and off. The last two are ones that nobody would expect. */
	subscriptionStateWords: [
		'active/disabled',
		'healthy/paused',
		'ok/failed',
		'running/stopped',
		'enabled_by_user/disabled_by_system',
		'on/off',
		'lively/weary',
	],
	/** Section 5: whether event types are read back as an array or as comma-separated text. */
	subscriptionTypesForm: ['array', 'text'],
	/** Section 5 is silent: whether a subscription's description is told again. */
	subscriptionDescription: ['shown', 'hidden'],
	/** Section 5: whether a PATCH can enable a disabled subscription again. */
	subscriptionReenable: ['patch', 'ignored'],
	/** Section 5: false is the vendor's "development", where loopback addresses and their plain HTTP are let in. */
	requirePublicHttps: [false, true],
	/** Section 6: the form of the signature, by its name in `signatureForms`, or in `unknownSignatureForms` one that no receiver can know. */
	signature: allSignatureForms.map((form) => form.name),
	/** Section 6: whether headers that only look like signatures travel with each delivery. */
	decoyHeaders: [false, true],
} as const;

/** Every setting that is a whole number, with its default. */
export const dialectNumbers = {
	/** Section 4 is silent: the default and the largest `limit` of a page of events. */
	eventsPageSize: 100,
	/** Section 5 is silent: how many subscriptions are on a page, where the list comes in pages. */
	subscriptionsPageSize: 20,
	/** Section 4 is silent: how long after it happened the log shows an event, in milliseconds. Its delivery does not wait for that. */
	eventLogDelayMs: 0,
	/** Section 4: raise it and every cursor handed out before has expired. */
	cursorEpoch: 1,
	/** Sections 5 and 6: the circuit breaker disables a subscription after this many failed attempts in a row. */
	breakerFailures: 10,
	/** Section 6: the wait before the first retry in milliseconds; it doubles with every further one. */
	backoffBaseMs: 1000,
	/** Not in the contract: how many deliveries of one subscription are under way at once. */
	deliveryConcurrency: 16,
};

/** The smallest value of a number. */
export function smallestOf(name: string): number {
	return name === 'eventLogDelayMs' ? 0 : 1;
}

type Choices = typeof dialectChoices;
export type Dialect = { [Name in keyof Choices]: Choices[Name][number] } & typeof dialectNumbers;

/** The dialect with every setting at its first choice. */
export function defaultDialect(): Dialect {
	const first = Object.entries(dialectChoices).map(([name, choices]) => [name, choices[0]]);
	return { ...(Object.fromEntries(first) as Dialect), ...dialectNumbers };
}

/** Gives the change back if every name and value in it exists; throws a TypeError that names the first that does not. */
export function checkDialect(change: Readonly<Record<string, unknown>>): Partial<Dialect> {
	for (const [name, value] of Object.entries(change)) {
		const isChoice = Object.hasOwn(dialectChoices, name);
		if (!isChoice && !Object.hasOwn(dialectNumbers, name)) {
			throw new TypeError(`There is no dialect setting ${name}`);
		}
		const choices: readonly unknown[] = isChoice ? dialectChoices[name as keyof Choices] : [];
		const smallest = smallestOf(name);
		const fits = isChoice ? choices.includes(value) : Number.isInteger(value) && Number(value) >= smallest;
		if (!fits) {
			const whole = smallest === 0 ? 'zero or a whole number above it' : 'a whole number above zero';
			const allowed = isChoice ? `one of ${choices.join(', ')}` : whole;
			throw new TypeError(`Dialect setting ${name} must be ${allowed}, not ${JSON.stringify(value)}`);
		}
	}
	return change;
}
