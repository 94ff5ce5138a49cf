import type { INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import { triggerKey } from '../events/context';
import { chosenFilters, passes } from '../events/filters';
import { toItem } from '../events/output';
import { isChosen, narrowedTypes } from '../events/triggerOn';
import { readEnvelope } from '../transport/contract';
import type { EventEnvelope, EventPage } from '../transport/contract';
import { asNodeError, hasStatus, inputError } from '../transport/errors';
import { EVENTS_PER_PAGE, fetchEvents } from '../api/events';
import { Api } from '../transport/request';
import { startsAtBeginning } from './options';
import { isNew, loadPosition, movePast, rewind, savePosition } from './position';
import type { Position } from './position';

/** n8n may give more, though it starts the next poll after a minute. */
const LONGEST_BUDGET_MS = 60_000;
/** What one poll emits at most; the rest comes with the next. */
const MAX_EVENTS = 5000;
/** How far a manual test reads to find the newest event. */
const MAX_SAMPLE_PAGES = 50;

/** The triggers that are being polled: n8n starts a poll although the last one still reads, and both would emit the same. */
const polling = new Set<string>();

/** One poll of the event log; none while another of the same trigger still reads. @see pollOnce */
export async function poll(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	if (context.getMode() === 'manual') return await newestSample(context);
	const trigger = triggerKey(context);
	if (polling.has(trigger)) return null;
	polling.add(trigger);
	try {
		return await pollOnce(context);
	} finally {
		polling.delete(trigger);
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
	const api = await Api.open(context, budgetMs / 2, { background: true });
	const position = loadPosition(context, api.baseUrl);

	const firstEver =
		position.lastId === undefined && position.cursor === undefined && position.since === undefined;
	const wanted: EventEnvelope[] = [];
	for (let pages = 0, hasMore = true; hasMore && wanted.length < MAX_EVENTS; pages++) {
		if (pages > 0 && Date.now() - startedAt > 0.8 * budgetMs) break;
		let page: EventPage;
		try {
			page = await nextPage(context, api, position);
		} catch (error) {
			// What was read so far is emitted all the same; the rest comes with the next poll.
			if (pages === 0) throw asNodeError(context.getNode(), error);
			context.logger.warn(`WhiteLabelCRO events were read in part: ${(error as Error).message}`);
			break;
		}
		// The CRM counts whole seconds.
		if (firstEver && pages === 0 && !startsAtBeginning(context)) {
			position.since = Math.floor((startedAt + api.clockOffset) / 1000) * 1000;
		}
		wanted.push(...envelopes(page).filter((event) => isNew(position, event) && isWanted(context, event)));
		hasMore = movePast(position, page);
	}
	savePosition(context, position);
	return wanted.length === 0 ? null : toItems(context, wanted);
}

/** The page that the position points to. A cursor that the CRM refuses is given up, and the log read anew up to the last event. */
async function nextPage(context: IPollFunctions, api: Api, position: Position): Promise<EventPage> {
	const page = async () =>
		await fetchEvents(api, {
			cursor: position.cursor,
			types: narrowedTypes(context),
			limit: EVENTS_PER_PAGE,
		});
	try {
		return await page();
	} catch (error) {
		if (position.cursor === undefined || !hasStatus(error, 400, 404, 410, 422))
			throw asNodeError(context.getNode(), error);
		context.logger.warn(
			`WhiteLabelCRO no longer accepts the cursor of the last poll: ${(error as Error).message}. The event log is read anew; what was emitted up to event ${position.lastId ?? 'none'} is not emitted again.`,
		);
		rewind(position);
		return await page();
	}
}

/** For a manual test: the newest wanted event, without moving the position. @throws NodeOperationError if there is none */
async function newestSample(context: IPollFunctions): Promise<INodeExecutionData[][]> {
	const api = await Api.open(context, pollBudgetMs(context) / 2);
	const stored = loadPosition(context, api.baseUrl);
	const position = { ...stored };
	let newest: EventEnvelope | undefined;
	for (let pages = 0, hasMore = true; hasMore && pages < MAX_SAMPLE_PAGES; pages++) {
		const page = await nextPage(context, api, position);
		newest = envelopes(page).findLast((event) => isWanted(context, event)) ?? newest;
		hasMore = movePast(position, page);
		// Nothing new since the last poll: an older event serves as a sample too.
		if (!hasMore && newest === undefined && stored.cursor !== undefined && position.rereading !== true) {
			rewind(position);
			hasMore = true;
		}
	}
	if (newest !== undefined) return toItems(context, [newest]);
	throw inputError(
		context.getNode(),
		'There is no event yet that this trigger would start on',
		"Make one in WhiteLabelCRO, or with this package's operation 'Event: Send Test Event', and test again.",
	);
}

function envelopes({ events }: EventPage): EventEnvelope[] {
	return events.map(readEnvelope).filter((event) => event !== undefined);
}

function isWanted(context: IPollFunctions, event: EventEnvelope): boolean {
	return isChosen(context, event.type) && passes(event, chosenFilters(context));
}

function toItems(context: IPollFunctions, events: EventEnvelope[]): INodeExecutionData[][] {
	return [events.map((event) => ({ json: toItem(context, event) }))];
}

function pollBudgetMs(context: Partial<IPollFunctions>): number {
	return Math.min(context.getPollBudgetMs?.() ?? LONGEST_BUDGET_MS, LONGEST_BUDGET_MS);
}
