import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import { identifyLog } from '../api/events';
import { isWanted, logUncompared, readChoice, toItem } from '../events/choice';
import type { Choice } from '../events/choice';
import { triggerKey } from '../events/context';
import { newEvents } from '../events/newEvents';
import { narrowedTypes } from '../events/triggerOn';
import { readCompanyId, readEnvelope } from '../transport/contract';
import type { EventEnvelope } from '../transport/contract';
import { asNodeError, inputError } from '../transport/errors';
import { Api } from '../transport/request';
import { registry } from '../webhook/monitor/registry';
import { startsAtBeginning } from './options';
import { loadPosition, positionIn, savePosition } from './position';
import type { Position } from './position';

/** n8n may give more, though it starts the next poll after a minute. */
const LONGEST_BUDGET_MS = 60_000;
/** What one poll emits at most; the rest comes with the next. */
const MAX_EVENTS = 5000;
/** How far a manual test reads to find the newest event. */
const MAX_SAMPLE_PAGES = 50;

/** One poll of the event log; none while another of the same trigger still reads. @see pollOnce */
export async function poll(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	if (context.getMode() === 'manual') return await newestSample(context);
	const trigger = registry.of(triggerKey(context));
	if (trigger.isPolled) return null;
	trigger.isPolled = true;
	try {
		return await pollOnce(context);
	} finally {
		trigger.isPolled = false;
	}
}

/**
 * Reads the event log from where the last poll ended, as far as n8n's budget and the rate limit allow.
 * The position moves with what is returned and no further: n8n stores the two together.
 * @returns the items of the new events that are wanted, or null for none
 * @throws NodeApiError if nothing could be read
 */
async function pollOnce(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const startedAt = Date.now();
	const budgetMs = pollBudgetMs(context);
	const api = await Api.open(context, budgetMs / 2, { priority: 'background' });
	const position = await currentPosition(context, api);
	// The start stays where it is, even if nothing can be read from it now.
	savePosition(context, position);

	const choice = readChoice(context);
	const wanted: EventEnvelope[] = [];
	let pages = 0;
	try {
		for await (const rows of newEvents(context, api, position, { types: narrowedTypes(choice.options) })) {
			pages += 1;
			position.companyId ??= rows.map(readCompanyId).find((companyId) => companyId !== undefined);
			wanted.push(...wantedOf(choice, rows));
			if (wanted.length >= MAX_EVENTS || Date.now() - startedAt > 0.8 * budgetMs) break;
		}
	} catch (error) {
		// What was read so far is emitted all the same; the rest comes with the next poll.
		if (pages === 0) throw asNodeError(context.getNode(), error);
		context.logger.warn(`WhiteLabelCRO events were read in part: ${(error as Error).message}`);
	}
	savePosition(context, position);
	logUncompared(context, choice, wanted);
	return wanted.length === 0 ? null : toItems(choice, wanted);
}

/** The stored position. With a new credential, it first finds out whose log that reads. @throws NodeApiError */
async function currentPosition(context: IPollFunctions, api: Api): Promise<Position> {
	const stored = loadPosition(context);
	if (stored?.baseUrl === api.baseUrl && stored.account === api.account) return stored;
	const startedAt = Date.now();
	const { baseUrl, account } = api;
	const log = { baseUrl, account, ...(await identifyLog(api)) };
	// The CRM counts whole seconds, and its Date does too: this is a second or two too early rather than a moment too late.
	const now = Math.floor((startedAt + api.leastDateOffset) / 1000) * 1000;
	return positionIn(log, stored, now, startsAtBeginning(context));
}

/** For a manual test: the newest wanted event, without moving the position. @throws NodeOperationError if there is none */
async function newestSample(context: IPollFunctions): Promise<INodeExecutionData[][]> {
	const api = await Api.open(context, pollBudgetMs(context) / 2, { priority: 'person' });
	const stored = loadPosition(context);
	const cursor = stored?.account === api.account ? stored.cursor : undefined;
	const choice = readChoice(context);
	// If there is nothing new since the last poll, an older event serves as a sample too.
	const newest =
		(await newestWanted(context, api, choice, cursor)) ??
		(cursor && (await newestWanted(context, api, choice)));
	if (newest) return toItems(choice, [newest]);
	throw inputError(
		context.getNode(),
		'There is no event yet that this trigger would start on',
		"Make one in WhiteLabelCRO, or with this package's operation 'Event: Send Test Event', and test again.",
	);
}

async function newestWanted(
	context: IPollFunctions,
	api: Api,
	choice: Choice,
	cursor?: string,
): Promise<EventEnvelope | undefined> {
	let newest: EventEnvelope | undefined;
	let pages = 0;
	for await (const rows of newEvents(context, api, { cursor }, { types: narrowedTypes(choice.options) })) {
		newest = wantedOf(choice, rows).at(-1) ?? newest;
		pages += 1;
		if (pages === MAX_SAMPLE_PAGES) break;
	}
	return newest;
}

function wantedOf(choice: Choice, rows: IDataObject[]): EventEnvelope[] {
	return rows
		.map(readEnvelope)
		.filter((event) => event !== undefined)
		.filter((event) => isWanted(choice, event));
}

function toItems(choice: Choice, events: EventEnvelope[]): INodeExecutionData[][] {
	return [events.map((event) => ({ json: toItem(choice, event) }))];
}

function pollBudgetMs(context: Partial<IPollFunctions>): number {
	return Math.min(context.getPollBudgetMs?.() ?? LONGEST_BUDGET_MS, LONGEST_BUDGET_MS);
}
