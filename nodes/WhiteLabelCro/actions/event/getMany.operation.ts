import type { IDataObject } from 'n8n-workflow';

import { readEvents } from '../../api/events';
import { EVENT_TYPES } from '../../contract/eventTypes';
import { eventTypeOptions } from '../../events/triggerOn';
import type { Operation } from '../operation';
import { invalid, optionalText, wantedCount } from '../shared/input';
import { returnAllOrLimit } from '../shared/parameters';
import { fromCursorText, toCursorText } from './nextCursor';

export const getMany: Operation = {
	name: 'Get Many',
	value: 'getMany',
	action: 'Get many events',
	description:
		'List events from the event log, oldest first, from its start or from where an earlier run stopped',
	properties: [
		{
			displayName: 'Event Types',
			name: 'eventTypes',
			type: 'multiOptions',
			default: [],
			hint: 'Leave it empty for all types',
			description: 'Only events of these types are returned',
			options: eventTypeOptions,
		},
		...returnAllOrLimit,
		{
			displayName: 'Continue From',
			name: 'cursor',
			type: 'string',
			default: '',
			placeholder: 'e.g. {{ $json.next_cursor }}',
			description:
				'The next_cursor of an earlier run, to continue where it stopped. Leave it empty to start with the oldest event.',
		},
		{
			displayName: 'Return Where to Continue',
			name: 'includeNextCursor',
			type: 'boolean',
			default: false,
			description:
				"Whether to add next_cursor to each item. Enter it under 'Continue From' in a later run. If there are no events, you get one item with next_cursor only.",
		},
	],
	writes: false,
	async execute(item) {
		const types = item.context.getNodeParameter('eventTypes', item.index, []) as string[];
		const known = EVENT_TYPES.map(({ type }) => type);
		const unknown = types.find((type) => !known.includes(type));
		if (unknown !== undefined) {
			throw invalid(item, `There is no event type '${unknown}'`, `The event types are ${known.join(', ')}.`);
		}
		const position = fromCursorText(optionalText(item, { name: 'cursor', displayName: 'Continue From' }));
		const wanted = { types, most: wantedCount(item), itemIndex: item.index };
		const events: IDataObject[] = [];
		for await (const page of readEvents(item.api, position, wanted)) events.push(...page);
		if (item.context.getNodeParameter('includeNextCursor', item.index, false) !== true) return events;
		const nextCursor = { next_cursor: toCursorText(position) };
		return events.length === 0 ? [nextCursor] : events.map((event) => ({ ...event, ...nextCursor }));
	},
};
