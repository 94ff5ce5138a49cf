import type { IDataObject } from 'n8n-workflow';

import type { EventEnvelope } from '../transport/contract';
import type { TriggerContext } from './context';
import { passes } from './filters';
import type { Filters } from './filters';
import { payloadItem } from './output';
import { chosenOptions, isChosen } from './triggerOn';

/** Which events start the workflow, and as what: the trigger's parameters as plain data. */
export interface Choice {
	/** The options under 'Trigger On'. */
	options: string[];
	filters: Filters;
	payloadOnly: boolean;
}

export function readChoice(context: TriggerContext): Choice {
	return {
		options: chosenOptions(context),
		filters: context.getNodeParameter('filters', {}) as Filters,
		payloadOnly: context.getNodeParameter('output', 'envelope') === 'payload',
	};
}

/** Whether an event starts the workflow. */
export function isWanted({ options, filters }: Choice, envelope: EventEnvelope): boolean {
	return isChosen(options, envelope.type) && passes(envelope, filters);
}

/** The item of an event. */
export function toItem({ payloadOnly }: Choice, envelope: EventEnvelope): IDataObject {
	return payloadOnly ? payloadItem(envelope) : envelope;
}
