import type { INodeProperties } from 'n8n-workflow';

import { PATHS } from '../../contract/paths';
import { eventTypeOptions } from '../../events/triggerOn';
import type { Operation } from '../operation';
import { write } from '../shared/change';
import { jsonObject, requiredText } from '../shared/input';
import { warning } from '../shared/parameters';

const type: INodeProperties = {
	displayName: 'Event Type',
	name: 'eventType',
	type: 'options',
	required: true,
	default: 'lead.created',
	description: 'The type of event to create',
	options: eventTypeOptions,
};

const payload: INodeProperties = {
	displayName: 'Payload',
	name: 'payload',
	type: 'json',
	default: '{}',
	hint: 'Leave it as is to get an example from WhiteLabelCRO',
	description:
		"The event's payload as a JSON object. If you leave it as it is, WhiteLabelCRO makes up an example.",
};

export const sendTest: Operation = {
	name: 'Send Test Event',
	value: 'sendTest',
	action: 'Send a test event',
	description: 'Have WhiteLabelCRO send a test event. Published workflows that start on it run for real.',
	properties: [warning('Published workflows that start on this event will run for real.'), type, payload],
	writes: true,
	async execute(item) {
		const content = jsonObject(item, payload);
		const body = {
			type: requiredText(item, type),
			...(Object.keys(content).length > 0 && { payload: content }),
		};
		return [await write(item, { method: 'POST', path: PATHS.testEvents, body })];
	},
};
