import type { INodeProperties } from 'n8n-workflow';

import { PATHS } from '../../contract/paths';
import { readCreated } from '../../contract/records';
import type { Operation } from '../operation';
import { write } from '../shared/change';
import { optionalFields, requiredId, requiredText } from '../shared/input';
import { clientLocator } from '../shared/locators';
import { clientKey, lockRecords } from '../shared/lockKeys';
import { additionalFields, externalId, textParameter } from '../shared/parameters';
import { withAnswer } from '../shared/written';

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
	description: 'The person the note is about',
	hint: undefined,
};

const NO_VALUES_KNOWN =
	"WhiteLabelCRO doesn't publish the values it accepts. Leave this out, or use one you know works.";

export const create: Operation = {
	name: 'Create',
	value: 'create',
	action: 'Create a note',
	description: 'Add a note to a client or lead',
	properties: [
		clientOrLead,
		text,
		additionalFields([
			externalId,
			textParameter('Note Type', 'noteType', NO_VALUES_KNOWN),
			textParameter('Visibility', 'visibility', NO_VALUES_KNOWN),
		]),
	],
	writes: true,
	async execute(item) {
		const id = requiredId(item, clientOrLead);
		const body = { ...optionalFields(item), text: requiredText(item, text) };
		await lockRecords(item, [clientKey(id)]);
		const request = { method: 'POST', path: PATHS.clientNotes(id), body } as const;
		const answer = await write(item, request, (told) => readCreated(told, 'client_note_id'));
		return [withAnswer({ client_id: id, client_note_id: null, created_utc: null }, answer)];
	},
};
