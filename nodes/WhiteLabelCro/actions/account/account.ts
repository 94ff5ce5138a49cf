import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { ApiClient } from '../../client/apiClient';
import { readEnvelope, readEventTime } from '../../contract/events';
import { readServerTime } from '../../contract/headers';
import { apiKeyHeaders } from '../../contract/keys';
import { readRateLimit } from '../../contract/rateLimit';
import type { Subscription } from '../../contract/subscriptions';
import { deliveryProblems, publishedTriggers } from '../../webhook/monitor/deliveryHealth';
import { subscriptionItem } from '../webhookSubscription/parameters';
import { ownersOf } from './owners';
import type { Owners } from './owners';
import { probeAccount } from './probes';
import type { AccountProbe, ProbeResults } from './probes';
import { problemsOf, summaryOf } from './problems';
import { reportOf } from './report';
import { scopesOf } from './scopes';

/**
 * What is wrong with an account, and what is known of it, as one output item. It never fails for what it finds.
 * @param admin whether to find out about the scope admin, too
 * @param isReported whether to tell what maintainers need, too
 * @throws only if the user cancels the execution
 */
export async function checkAccount(
	context: IExecuteFunctions,
	api: ApiClient,
	admin: boolean,
	isReported: boolean,
): Promise<IDataObject> {
	const answers = await probeAccount(api, admin);
	const apiKey = apiKeyHeaders(await context.getCredentials('whiteLabelCroApi'))['X-Api-Key'];
	const owners = ownersOf(context, answers.subscriptions?.value ?? []);
	const scopes = scopesOf(answers);
	const clockAhead = clockAheadOf(api, answers);
	const deliveries = deliveryProblems(api.account);
	const problems = problemsOf({ answers, scopes, clockAhead, owners, deliveries }, apiKey);
	const { subscriptions, newestEvent } = answers;
	const now = Date.now() + api.dateOffset;
	const account = {
		summary: summaryOf(problems, scopes),
		ok: problems.length === 0,
		problems,
		scopes,
		newest_event: newestEvent === undefined ? null : eventItem(newestEvent, now),
		subscriptions: subscriptions?.value === undefined ? null : subscriptionsItem(subscriptions.value, owners),
		triggers: publishedTriggers(api.account),
	};
	if (!isReported) return account;
	const { lookups } = answers;
	return {
		...account,
		rate_limits: {
			read: windowOf(answers.all.filter(({ method }) => method === 'GET')),
			write: windowOf([answers.update]),
			admin: windowOf([answers.testEvent]),
		},
		clock_difference_seconds: clockAhead ?? null,
		round_trip_ms: medianOf(answers.all.filter(({ answer }) => answer).map(({ ms }) => ms)) ?? null,
		base_url: api.baseUrl,
		lists: {
			statuses: lookups.clientStatuses?.value?.length ?? null,
			employees: lookups.employees?.value?.length ?? null,
			affiliates: lookups.affiliates?.value?.length ?? null,
		},
		report: reportOf({ answers, scopes, clockAhead }, { baseUrl: api.baseUrl, apiKey }),
	};
}

function subscriptionsItem(held: Subscription[], owners: Owners): IDataObject {
	return {
		count: held.length,
		on: held.filter(({ enabled }) => enabled === true).length,
		switched_off: held.filter(({ enabled }) => enabled === false).map(subscriptionItem),
		of_this_n8n: owners.ofThisN8n.map(subscriptionItem),
		of_this_workflow: owners.ofThisWorkflow.map(subscriptionItem),
		unused: owners.unused?.map(subscriptionItem) ?? null,
	};
}

/** How many seconds the CRM's clock is ahead of this one; undefined if no answer told the time. */
function clockAheadOf({ dateOffset }: ApiClient, { all }: ProbeResults): number | undefined {
	const isTold = all.some(({ answer }) => answer && readServerTime(answer.headers) !== undefined);
	return isTold ? Math.round(dateOffset / 1000) : undefined;
}

/** What these calls of one bucket tell of its window: the newest, with what is left of it. */
function windowOf(calls: Array<AccountProbe | undefined>): IDataObject | null {
	const windows = calls
		.map((probe) => probe?.answer && readRateLimit(probe.answer.headers, Date.now()))
		.filter((window) => window !== undefined)
		.sort((a, b) => b.reset - a.reset || a.remaining - b.remaining);
	if (windows[0] === undefined) return null;
	const { limit, remaining, reset, lengthMs } = windows[0];
	return {
		limit: limit ?? null,
		remaining,
		resets_at: new Date(reset).toISOString(),
		window: lengthMs === undefined ? null : `${lengthMs / 1000} seconds`,
	};
}

function medianOf(numbers: number[]): number | undefined {
	return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** @param now by the CRM's clock, in milliseconds */
function eventItem(row: IDataObject, now: number): IDataObject {
	const type = readEnvelope(row)?.type ?? null;
	const createdAt = readEventTime(row);
	if (createdAt === undefined) return { type, age: null, created_at: null };
	return { type, age: inWords(Math.max(0, now - createdAt)), created_at: new Date(createdAt).toISOString() };
}

const UNITS = [
	['day', 86_400_000],
	['hour', 3_600_000],
	['minute', 60_000],
	['second', 1000],
] as const;

/** A time span as a person says it, in its largest unit. */
function inWords(ms: number): string {
	const [unit, length] = UNITS.find(([, unitMs]) => ms >= unitMs) ?? UNITS[3];
	const count = Math.floor(ms / length);
	return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
