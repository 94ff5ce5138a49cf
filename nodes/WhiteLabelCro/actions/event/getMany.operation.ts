import type { IDataObject } from 'n8n-workflow';

import { EVENT_TYPES } from '../../transport/contract';
import { EVENTS_PER_PAGE, fetchEvents } from '../../api/events';
import { eventTypeOptions } from '../../events/eventTypes';
import type { Operation } from '../operation';
import { returnAllOrLimit } from '../shared/parameters';
import { invalid, optionalText, wantedCount } from '../shared/input';

export const getMany: Operation = {
	name: 'Get Many',
	value: 'getMany',
	action: 'Get many events',
	description: 'List events from the event log, oldest first, from its beginning or from a cursor on',
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
			displayName: 'Cursor',
			name: 'cursor',
			type: 'string',
			default: '',
			placeholder: 'e.g. the next_cursor of an earlier run',
			description:
				'Where to go on: the next cursor of an earlier run. Leave it empty to begin at the beginning.',
		},
		{
			displayName: 'Include Next Cursor',
			name: 'includeNextCursor',
			type: 'boolean',
			default: false,
			description:
				'Whether to add the field next_cursor to each item, from which the next run can go on. Without events, one item carries it alone.',
		},
	],
	writes: false,
	async execute(item) {
		const types = item.context.getNodeParameter('eventTypes', item.index, []) as string[];
		const unknown = types.find((type) => !(EVENT_TYPES as readonly string[]).includes(type));
		if (unknown !== undefined) {
			throw invalid(
				item,
				`There is no event type '${unknown}'`,
				`The event types are ${EVENT_TYPES.join(', ')}.`,
			);
		}
		const count = wantedCount(item);
		const events: IDataObject[] = [];
		let cursor = optionalText(item, { name: 'cursor', displayName: 'Cursor' });
		for (let hasMore = true; hasMore && events.length < count; ) {
			const limit = Math.min(EVENTS_PER_PAGE, count - events.length);
			const page = await fetchEvents(item.api, { cursor, types, limit, itemIndex: item.index });
			// A page that is longer than asked for is cut, so its cursor would skip what was cut off.
			const whole = page.events.length <= limit;
			events.push(...page.events.slice(0, limit));
			hasMore = whole && page.hasMore && page.nextCursor !== cursor;
			if (whole) cursor = page.nextCursor ?? cursor;
		}
		if (item.context.getNodeParameter('includeNextCursor', item.index, false) !== true) return events;
		const nextCursor = { next_cursor: cursor };
		return events.length === 0 ? [nextCursor] : events.map((event) => ({ ...event, ...nextCursor }));
	},
};
