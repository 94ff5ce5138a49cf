import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { createRecord } from '../../api/create';
import { findRecord } from '../../api/search';
import type { Searchable } from '../../api/search';
import { PATHS, readClientId } from '../../transport/contract';
import type { Item } from '../operation';
import { invalid } from './input';
import { MATCH_FIELDS, clientKey, keysOf, matchKey, touch } from './keys';
import type { MatchField } from './keys';
import { write } from './write';

const RECORD_PATHS = { lead: PATHS.lead, client: PATHS.client } as const;

/** By what Create or Update recognizes a record that is already there. */
export const matchBy: INodeProperties = {
	displayName: 'Match By',
	name: 'matchBy',
	type: 'multiOptions',
	default: ['external_id', 'email'],
	required: true,
	description:
		'By which fields to look for an existing record, tried in the order chosen. A field that is empty is skipped.',
	options: [
		{ name: 'Email', value: 'email', description: 'Compared in any case' },
		{ name: 'External ID', value: 'external_id', description: 'Compared exactly' },
		{ name: 'Phone', value: 'phone', description: 'Compared exactly' },
	],
};

/**
 * Updates the record that matches, or creates one. An earlier item of the run with the same key counts as a match, even if
 * the CRM's search does not show it yet.
 * @returns the API's answer with `action`: `created` or `updated`
 */
export async function createOrUpdateRecord(
	item: Item,
	kind: Searchable,
	body: IDataObject,
): Promise<IDataObject> {
	const fields = chosenFields(item).filter((field) => matchKey(item, field, body) !== undefined);
	if (fields.length === 0) {
		throw invalid(item, "No field chosen under 'Match By' has a value", 'Fill in at least one of them.');
	}
	await touch(item, keysOf(item, body));
	const clientId = await match(item, kind, body, fields);
	// Others may know the same record by other fields, or by its ID. Only after the fields, so that no two wait for each other.
	if (clientId !== undefined) await touch(item, [clientKey(clientId)]);
	const answer = await (clientId === undefined
		? createRecord(item.api, kind, { body, itemIndex: item.index, earlier: item.earlier })
		: write(item, { method: 'PATCH', path: RECORD_PATHS[kind](clientId), body }));
	const written = readClientId(answer) ?? clientId;
	if (written !== undefined) {
		for (const field of fields) item.written.set(runKey(item, kind, field, body), written);
	}
	return { action: clientId === undefined ? 'created' : 'updated', client_id: clientId, ...answer };
}

/** @throws NodeOperationError if an expression names something else than the fields to match by */
function chosenFields(item: Item): MatchField[] {
	const value = item.context.getNodeParameter(matchBy.name, item.index) as unknown;
	// An expression may give a text.
	const names: unknown[] =
		typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [value];
	return names.map((name) => {
		const known = MATCH_FIELDS.find((field) => typeof name === 'string' && field === name.trim());
		if (known !== undefined) return known;
		throw invalid(
			item,
			"'Match By' names a field that cannot be matched by",
			`Choose from its list, or let the expression give some of: ${MATCH_FIELDS.join(', ')}.`,
		);
	});
}

async function match(
	item: Item,
	kind: Searchable,
	body: IDataObject,
	fields: MatchField[],
): Promise<number | undefined> {
	for (const field of fields) {
		const ofThisRun = item.written.get(runKey(item, kind, field, body));
		if (ofThisRun !== undefined) return ofThisRun;
		const found = await findRecord(item.api, kind, { [field]: body[field] }, item.index);
		if (found !== undefined) return readClientId(found);
	}
	return undefined;
}

function runKey(item: Item, kind: Searchable, field: MatchField, body: IDataObject): string {
	return `${kind} ${matchKey(item, field, body)}`;
}
