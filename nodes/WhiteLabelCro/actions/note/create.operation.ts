import type { INodeProperties } from 'n8n-workflow';

import { PATHS } from '../../transport/contract';
import type { Operation } from '../operation';
import { additionalFields, clientLocator, externalId } from '../shared/parameters';
import { optionalFields, requiredId, requiredText } from '../shared/input';
import { clientKey, touch } from '../shared/keys';
import { write } from '../shared/write';

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

const clientOrLead: INodeProperties = {
	...clientLocator,
	displayName: 'Client or Lead',
	description: 'The client or lead that the note is about',
};

export const create: Operation = {
	name: 'Create',
	value: 'create',
	action: 'Create a note',
	description: 'Add a note to a client or lead',
	properties: [
		clientOrLead,
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
	writes: true,
	async execute(item) {
		const id = requiredId(item, clientOrLead);
		const body = { ...optionalFields(item), text: requiredText(item, text) };
		await touch(item, [clientKey(id)]);
		return [await write(item, { method: 'POST', path: PATHS.clientNotes(id), body })];
	},
};
