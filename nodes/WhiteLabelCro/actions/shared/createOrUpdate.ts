import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { PATHS, readRecord } from '../../transport/contract';
import { createRecord } from '../../api/create';
import { findRecord } from '../../api/search';
import type { Searchable } from '../../api/search';
import type { Item } from '../operation';
import { invalid } from './input';

const MATCH_FIELDS = ['external_id', 'email', 'phone'] as const;

/** By what Create or Update recognises a record that is already there. */
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
	const chosen = item.context.getNodeParameter(matchBy.name, item.index) as Array<
		(typeof MATCH_FIELDS)[number]
	>;
	const keys = chosen.filter((field) => MATCH_FIELDS.includes(field) && body[field] !== undefined);
	if (keys.length === 0) {
		throw invalid(item, "No field chosen under 'Match By' has a value", 'Fill in at least one of them.');
	}
	const clientId = await match(item, kind, body, keys);
	const path = kind === 'lead' ? PATHS.lead : PATHS.client;
	const answer: IDataObject =
		clientId === undefined
			? await createRecord(item.api, kind, { body, itemIndex: item.index, earlier: item.earlier })
			: await item.api.request({
					method: 'PATCH',
					path: path(clientId),
					body,
					itemIndex: item.index,
					read: readRecord,
				});
	const written = Number(answer.client_id ?? clientId);
	if (Number.isSafeInteger(written)) {
		for (const field of keys) item.created.set(runKey(kind, field, body), written);
	}
	return { action: clientId === undefined ? 'created' : 'updated', client_id: clientId, ...answer };
}

async function match(
	item: Item,
	kind: Searchable,
	body: IDataObject,
	keys: Array<(typeof MATCH_FIELDS)[number]>,
): Promise<number | undefined> {
	for (const field of keys) {
		const ofThisRun = item.created.get(runKey(kind, field, body));
		if (ofThisRun !== undefined) return ofThisRun;
		const found = await findRecord(item.api, kind, { [field]: body[field] }, item.index);
		if (found !== undefined) return Number(found.client_id);
	}
	return undefined;
}

function runKey(kind: Searchable, field: string, body: IDataObject): string {
	const value = JSON.stringify(body[field]);
	return `${kind} ${field} ${field === 'email' ? value.toLowerCase() : value}`;
}
