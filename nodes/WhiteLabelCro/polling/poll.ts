import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import { identifyLog } from '../api/events';
import { newEvents } from '../api/newEvents';
import { accounts } from '../client/account';
import { ApiClient } from '../client/apiClient';
import { asNodeError, inputError } from '../client/errors';
import { readCompanyId, readEnvelope, readEventTime } from '../contract/events';
import type { EventEnvelope } from '../contract/events';
import { wasWanted, withChoice } from '../events/choices';
import type { Choice } from '../events/choices';
import { triggerKey } from '../events/context';
import { logUncompared, matches, readSelection, toItem } from '../events/selection';
import type { Selection } from '../events/selection';
import { narrowedTypes, requireChosen } from '../events/triggerOn';
import { loadChoices, saveChoices } from './choices';
import { loadPosition, positionIn, savePosition } from './position';
import type { Position } from './position';

/** n8n may give more, though it starts the next poll after a minute. */
const LONGEST_BUDGET_MS = 60_000;
/** What one poll emits at most; the rest comes with the next. */
const MAX_EVENTS = 5000;
/** How far a manual test reads to find the newest event. */
const MAX_SAMPLE_PAGES = 50;

/**
 * One poll of the event log; none while another of the same trigger still reads. @see pollOnce
 * @throws NodeOperationError if no event is chosen: n8n polls when the workflow is published, which then fails
 */
export async function poll(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const startedAt = Date.now();
	const selection = readSelection(context);
	requireChosen(context, selection.options, 'Poll For');
	if (context.getMode() === 'manual') return await newestSample(context, selection);
	const trigger = triggerKey(context);
	const api = await ApiClient.open(context, pollBudgetMs(context) / 2, { priority: 'background' });
	const history = loadChoices(context);
	const noteChoice = () => {
		// Events tell whole seconds, and so does the CRM's clock.
		const now = startedAt + (accounts.of(api.account).clockAhead ?? 0);
		const choices = withChoice(history, selection, Math.floor(now / 1000) * 1000);
		saveChoices(context, choices, choices !== history);
		return choices;
	};
	// A change counts from now on, even if nothing can be read now.
	noteChoice();
	if (accounts.polls.has(trigger)) return null;
	accounts.polls.add(trigger);
	try {
		return await pollOnce({ context, api, startedAt, selection, noteChoice });
	} finally {
		accounts.polls.delete(trigger);
	}
}

interface Poll {
	context: IPollFunctions;
	api: ApiClient;
	startedAt: number;
	selection: Selection;
	/** Gives what the trigger was set to; once the CRM has answered, by its clock. */
	noteChoice: () => Choice[];
}

/**
 * Reads the event log from where the last poll ended, as far as n8n's budget and the rate limit allow.
 * The position moves with what is returned and no further: n8n stores the two together.
 * @returns the items of the new events that are wanted, or null for none
 * @throws NodeApiError if nothing could be read
 */
async function pollOnce({
	context,
	api,
	startedAt,
	selection,
	noteChoice,
}: Poll): Promise<INodeExecutionData[][] | null> {
	const budgetMs = pollBudgetMs(context);
	const position = await currentPosition(context, api);
	// The start stays where it is, even if nothing can be read from it now.
	savePosition(context, position);

	const wanted: EventEnvelope[] = [];
	let pages = 0;
	try {
		for await (const rows of newEvents(api, position, { types: narrowedTypes(selection.options) })) {
			pages += 1;
			position.companyId ??= rows.map(readCompanyId).find((companyId) => companyId !== undefined);
			const choices = noteChoice();
			wanted.push(...eventsOf(rows).filter((event) => wasWanted(choices, event, readEventTime(event))));
			if (wanted.length >= MAX_EVENTS || Date.now() - startedAt > 0.8 * budgetMs) break;
		}
	} catch (error) {
		// What was read so far is emitted all the same; the rest comes with the next poll.
		if (pages === 0) throw asNodeError(context.getNode(), error);
		context.logger.warn(`WhiteLabelCRO events were read in part: ${(error as Error).message}`);
	}
	savePosition(context, position);
	logUncompared(context, selection, wanted);
	return wanted.length === 0 ? null : toItems(selection, wanted);
}

/** The stored position. With a new credential, it first finds out whose log that reads. @throws NodeApiError */
async function currentPosition(context: IPollFunctions, api: ApiClient): Promise<Position> {
	const stored = loadPosition(context);
	if (stored?.baseUrl === api.baseUrl && stored.account === api.account) return stored;
	const startedAt = Date.now();
	const { baseUrl, account } = api;
	const log = { baseUrl, account, ...(await identifyLog(api)) };
	// The CRM counts whole seconds, and its Date does too: this is a second or two too early rather than a moment too late.
	const now = Math.floor((startedAt + api.leastDateOffset) / 1000) * 1000;
	return positionIn(log, stored, now, context.getNodeParameter('start', 'now') === 'beginning');
}

/** For a manual test: the newest wanted event, without moving the position. @throws NodeOperationError if there is none */
async function newestSample(context: IPollFunctions, selection: Selection): Promise<INodeExecutionData[][]> {
	const api = await ApiClient.open(context, pollBudgetMs(context) / 2, { priority: 'person' });
	const stored = loadPosition(context);
	const cursor = stored?.account === api.account ? stored.cursor : undefined;
	// If there is nothing new since the last poll, an older event serves as a sample too.
	const newest =
		(await newestWanted(api, selection, cursor)) ?? (cursor && (await newestWanted(api, selection)));
	if (newest) return toItems(selection, [newest]);
	throw inputError(
		context.getNode(),
		"There's no event yet that would start this workflow",
		"Make something happen in WhiteLabelCRO, or run 'Event: Send Test Event' in a WhiteLabelCRO node, and test again.",
	);
}

async function newestWanted(
	api: ApiClient,
	selection: Selection,
	cursor?: string,
): Promise<EventEnvelope | undefined> {
	let newest: EventEnvelope | undefined;
	let pages = 0;
	for await (const rows of newEvents(api, { cursor }, { types: narrowedTypes(selection.options) })) {
		newest = eventsOf(rows).findLast((event) => matches(selection, event)) ?? newest;
		pages += 1;
		if (pages === MAX_SAMPLE_PAGES) break;
	}
	return newest;
}

function eventsOf(rows: IDataObject[]): EventEnvelope[] {
	return rows.map(readEnvelope).filter((event) => event !== undefined);
}

function toItems(selection: Selection, events: EventEnvelope[]): INodeExecutionData[][] {
	return [events.map((event) => ({ json: toItem(selection, event) }))];
}

function pollBudgetMs(context: Partial<IPollFunctions>): number {
	return Math.min(context.getPollBudgetMs?.() ?? LONGEST_BUDGET_MS, LONGEST_BUDGET_MS);
}
