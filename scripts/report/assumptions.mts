// The table of every detail of the API that its vendor's pages contradict (C) or that none of them says (A). docs/wire.md is
// made from it: after a change, run scripts/report/wireDoc.mts.
import * as observations from './observations.mts';
import type { Observation, Observe } from './observations.mts';
import type { Report } from './report.mts';

interface Assumption {
	detail: string;
	mark: 'A' | 'C';
	/** What this package does; Markdown. */
	does: string;
	/** Undefined for what no check can see. */
	observe?: Observe;
}

/** A detail, and what was seen of it if anything was. */
export interface Verdict extends Partial<Observation> {
	detail: string;
}

/** What a report says of every detail. */
export function verdictsOn(report: Report): Verdict[] {
	return ASSUMPTIONS.map(({ detail, observe }) => ({ detail, ...observe?.(report) }));
}

export const ASSUMPTIONS: Assumption[] = [
	{
		detail: 'Base URL',
		mark: 'C',
		does: 'a field of the credential',
		observe: observations.baseUrl,
	},
	{
		detail: 'Form of the API key',
		mark: 'C',
		does: 'any text, never parsed',
		observe: observations.keyForm,
	},
	{
		detail: 'Path of the searches',
		mark: 'C',
		does: '`/search`, else `/find` (after a 404, a redirect, or a refusal)',
		observe: observations.searchPath,
	},
	{
		detail: 'Answer of a search that finds something',
		mark: 'A',
		does: 'bare, in an array, or under `client`, `lead`, `data`, `result`, `results`',
		observe: observations.searchHit,
	},
	{
		detail: 'Answer of a search that finds nothing',
		mark: 'A',
		does: '204, `null`, `{}`, `[]`, wrappers that are all empty, or a 404 of the API itself: one with a request ID or JSON. Any other 404 is an error',
		observe: observations.searchEmpty,
	},
	{
		detail: '`success: false` in an answer',
		mark: 'A',
		does: 'nothing was done, whatever the status',
		observe: observations.successFalse,
	},
	{
		detail: 'Times without a zone',
		mark: 'A',
		does: 'UTC',
		observe: observations.times,
	},
	{
		detail: 'Lookups',
		mark: 'A',
		does: "the shape that is documented for employees: an array under the resource's name",
		observe: observations.lookups,
	},
	{
		detail: 'Path of Add Client Note',
		mark: 'A',
		does: '`POST /api/v1/integrations/clients/{client_id}/notes`',
	},
	{
		detail: 'Path of Create and Update Affiliate',
		mark: 'A',
		does: '`/api/v1/integrations/affiliates`',
	},
	{
		detail: 'Query and answer of the event log',
		mark: 'A',
		does: "`cursor`, `limit`, `types`; an array, or one under `events`, `items`, `data`, `results`; the next cursor under `nextCursor`, `next_cursor`, `cursor`, or the last event's ID where more follow and none is named",
		observe: observations.eventLog,
	},
	{
		detail: 'Body of a test event',
		mark: 'A',
		does: '`type`, and `payload` if given',
	},
	{
		detail: 'Header for safe retries',
		mark: 'A',
		does: '`Idempotency-Key`, the same on every try of one write; never relied on',
	},
	{
		detail: 'Number of calls per minute',
		mark: 'C',
		does: 'read from the headers, never assumed; a negative number counts as none left',
		observe: observations.rateLimit,
	},
	{
		detail: 'Subscription fields sent',
		mark: 'A',
		does: '`targetUrl`, `eventTypes`, `isActive`, `description`; on 400 or 422 once more in snake_case',
	},
	{
		detail: 'Subscription fields read',
		mark: 'A',
		does: 'both spellings, bare or wrapped, event types as array or text, state as boolean, 0, 1, or a word (an unknown word is logged), URL in any form that names the same address, and for an ID created there with this key, also masked, cut off, or in another case or scheme; the secret also beside the wrapper; none also as `null` or `{}`; rows without an ID are skipped; further pages by a cursor, a flag, an address, a number, or a `Link` header',
		observe: observations.subscriptionFields,
	},
	{
		detail: "Header and form of a delivery's signature",
		mark: 'A',
		does: 'any header; hex, base64, or base64url; with or without a prefix (`sha256=`, `sha256:`, `v1=`), parts separated by commas, semicolons, spaces, or quotes; over the body, `timestamp.body`, or `id.timestamp.body`; timestamps in seconds, milliseconds, microseconds, or ISO 8601; with the secret as text or decoded, and with `whsec_` secrets',
	},
	{
		detail: 'Status IDs in `client.status_changed`',
		mark: 'A',
		does: '`previous_status_id` and `new_status_id`, if they are there',
		observe: observations.statusIds,
	},
	{
		detail: 'Error bodies',
		mark: 'A',
		does: '`{message}`, `{error}`, `{error:{message}}`, problem details, lists of these, text, HTML, or nothing; otherwise, its first texts',
		observe: observations.errorBodies,
	},
	{
		detail: 'Where a 403 names the missing scope',
		mark: 'A',
		does: 'anywhere in the answer',
		observe: observations.missingScope,
	},
	{
		detail: 'Whether more events follow',
		mark: 'A',
		does: '`hasMore`, `has_more`, else more follow while a page has events and gives another cursor',
		observe: observations.moreEvents,
	},
	{
		detail: 'Order of the event log',
		mark: 'A',
		does: 'IDs ascend',
		observe: observations.eventOrder,
	},
	{
		detail: "Name of the request ID's header",
		mark: 'A',
		does: 'the first ending in `request-id`, `correlation-id`, or `trace-id`',
		observe: observations.requestIdHeader,
	},
	{
		detail: 'What a 429 carries',
		mark: 'A',
		does: '`Retry-After`, else `X-RateLimit-Reset`, else nothing: then the known reset of the window, else a longer wait each time',
		observe: observations.tooManyRequests,
	},
	{
		detail: 'Where rate-limit windows begin',
		mark: 'A',
		does: 'on multiples of their length, or at any time; if a reset leaves that open, the wait is a second longer',
		observe: observations.windowStarts,
	},
	{
		detail: 'Form of `X-RateLimit-Window`',
		mark: 'A',
		does: '`30s`, `1m`, `1h`; the reset rounded up or down',
		observe: observations.windowForm,
	},
];
