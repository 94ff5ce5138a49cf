import type { IDataObject } from 'n8n-workflow';

import type { EventEnvelope } from '../transport/contract';
import type { TriggerContext } from './context';
import { heldBackBy } from './filters';
import type { Filters } from './filters';
import { payloadItem } from './output';
import { chosenOptions, isChosen } from './triggerOn';

/** Which events start the workflow, and as what: the trigger's parameters as plain data. */
export interface Choice {
	/** The options under 'Trigger On'. */
	options: string[];
	filters: Filters;
	payloadOnly: boolean;
	/** The names of the account's statuses by ID, if a filter names a status by its ID and the list can be read. */
	statusNames?: ReadonlyMap<string, string>;
}

export function readChoice(context: TriggerContext): Choice {
	return {
		options: chosenOptions(context),
		filters: context.getNodeParameter('filters', {}) as Filters,
		payloadOnly: context.getNodeParameter('output', 'envelope') === 'payload',
	};
}

/** Whether an event starts the workflow. */
export function isWanted(choice: Choice, envelope: EventEnvelope): boolean {
	return whyIgnored(choice, envelope) === undefined;
}

/** The name of the parameter or filter that holds an event back; undefined if it starts the workflow. */
export function whyIgnored(
	{ options, filters, statusNames }: Choice,
	envelope: EventEnvelope,
): string | undefined {
	return isChosen(options, envelope.type) ? heldBackBy(envelope, filters, statusNames) : 'Trigger On';
}

/** The item of an event. */
export function toItem({ payloadOnly }: Choice, envelope: EventEnvelope): IDataObject {
	return payloadOnly ? payloadItem(envelope) : envelope;
}
