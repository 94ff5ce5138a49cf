import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { inputError } from '../client/errors';
import { EVENT_TYPES } from '../contract/eventTypes';
import { partsOf } from '../contract/json';
import { sortedBy } from '../helpers/sorted';
import type { TriggerContext } from './context';

const ALL = '*';

/** The event types to choose from. */
export const eventTypeOptions: INodePropertyOptions[] = EVENT_TYPES.map(({ type, title, description }) => ({
	name: title,
	value: type,
	description,
}));

export const triggerOn: INodeProperties = {
	displayName: 'Trigger On',
	name: 'triggerOn',
	type: 'multiOptions',
	required: true,
	default: [],
	description: 'The events that start the workflow',
	options: sortedBy(
		[...eventTypeOptions, { name: 'All Events', value: ALL, description: 'Every event in this list' }],
		({ name }) => name,
	),
};

/** What the node shows of it under its name. */
export const subtitle =
	'={{ $parameter["triggerOn"].includes("*") ? "All Events" : $parameter["triggerOn"].join(", ").replace(/[._]/g, " ").toTitleCase() }}';

/** The event types that the options chosen under 'Trigger On' stand for, as a subscription names them. */
export function subscribedTypes(chosen: string[]): string[] {
	return chosen.includes(ALL) ? EVENT_TYPES.map(({ type }) => type) : chosen;
}

/** Whether an event of this type may start the workflow. 'All Events' takes types that the API does not have yet, too. */
export function isChosen(chosen: string[], type: string): boolean {
	return chosen.includes(ALL) || chosen.includes(type);
}

/** The event types to ask the event log for; none if all are wanted, those that the API does not have yet included. */
export function narrowedTypes(chosen: string[]): string[] {
	return chosen.includes(ALL) ? [] : chosen;
}

/** What is chosen under 'Trigger On'. An expression may make one text of the options, or one with commas between them. */
export function chosenOptions(context: TriggerContext): string[] {
	const chosen = [context.getNodeParameter('triggerOn', [])].flat();
	return chosen.flatMap((option) => (typeof option === 'string' ? partsOf(option) : []));
}

/** @param label what the trigger shows above its events @throws NodeOperationError if none is chosen: it would never start */
export function requireChosen(context: TriggerContext, chosen: string[], label: string): void {
	if (chosen.length > 0) return;
	throw inputError(
		context.getNode(),
		`No event is chosen under '${label}'`,
		"Choose at least one event, or 'All Events'.",
	);
}
