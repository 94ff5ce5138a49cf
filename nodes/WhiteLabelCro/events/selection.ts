import type { IDataObject } from 'n8n-workflow';

import type { EventEnvelope } from '../contract/events';
import type { TriggerContext } from './context';
import { isUncompared, rejectedBy } from './filters';
import type { Filters } from './filters';
import { chosenOptions, isChosen } from './triggerOn';

/** Which events start the workflow, and as what: the trigger's parameters as plain data. */
export interface Selection {
	/** The options under 'Trigger On'. */
	options: string[];
	filters: Filters;
	isSimplified: boolean;
}

export function readSelection(context: TriggerContext): Selection {
	return {
		options: chosenOptions(context),
		filters: context.getNodeParameter('filters', {}) as Filters,
		isSimplified: context.getNodeParameter('output', 'simplified') !== 'full',
	};
}

/** Whether an event starts the workflow. */
export function matches(selection: Pick<Selection, 'options' | 'filters'>, envelope: EventEnvelope): boolean {
	return whyIgnored(selection, envelope) === undefined;
}

/** The name of the parameter or filter that holds an event back; undefined if it starts the workflow. */
export function whyIgnored(
	{ options, filters }: Pick<Selection, 'options' | 'filters'>,
	envelope: EventEnvelope,
): string | undefined {
	return isChosen(options, envelope.type) ? rejectedBy(envelope, filters) : 'Trigger On';
}

/** Logs, in one line, that some of these events pass a status filter that nothing could compare with them. */
export function logUncompared(
	context: TriggerContext,
	{ filters }: Selection,
	events: EventEnvelope[],
): void {
	const count = events.filter((event) => isUncompared(event, filters)).length;
	if (count === 0) return;
	context.logger.warn(
		`"${context.getNode().name}" starts for ${count} WhiteLabelCRO events even though it filters by a status's ID: these events have only the status's name. Choose status names in the filter instead.`,
	);
}

/** The item of an event. */
export function toItem({ isSimplified }: Selection, envelope: EventEnvelope): IDataObject {
	if (!isSimplified) return envelope;
	const { id, type, createdUtc, companyId, payload } = envelope;
	return { ...payload, event_id: id, event_type: type, created_utc: createdUtc, company_id: companyId };
}
