import type { INodeProperties } from 'n8n-workflow';

import { PATHS, readRecord } from '../../transport/contract';
import { apiRequest } from '../../transport/request';
import type { Operation } from '../operation';
import {
	additionalFields,
	clientLocator,
	externalId,
	optionalFields,
	requiredId,
	requiredText,
} from '../parameters';

const text: INodeProperties = {
	displayName: 'Text',
	name: 'text',
	type: 'string',
	typeOptions: { rows: 4 },
	required: true,
	default: '',
	placeholder: 'e.g. Called back, wants the monthly plan',
	description: 'What the note says',
};

export const create: Operation = {
	name: 'Create',
	value: 'create',
	action: 'Create a note',
	description: 'Add a note to a client or lead',
	properties: [
		clientLocator,
		text,
		...additionalFields([
			externalId,
			{
				displayName: 'Note Type',
				name: 'noteType',
				type: 'string',
				default: '',
				description: "The kind of note, by one of your account's own names for it",
			},
			{
				displayName: 'Visibility',
				name: 'visibility',
				type: 'string',
				default: '',
				description: "Who may see the note, by one of your account's own names for it",
			},
		]),
	],
	async execute(context, itemIndex) {
		const body = { ...optionalFields(context, itemIndex), text: requiredText(context, text, itemIndex) };
		const path = PATHS.clientNotes(requiredId(context, clientLocator, itemIndex));
		return [await apiRequest(context, { method: 'POST', path, body, itemIndex, read: readRecord })];
	},
};
