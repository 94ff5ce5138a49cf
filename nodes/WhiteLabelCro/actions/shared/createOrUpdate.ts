import type { IDataObject } from 'n8n-workflow';

import { createRecord } from '../../api/create';
import { tryClientSearch } from '../../api/person';
import { findRecord } from '../../api/search';
import type { Searchable } from '../../api/search';
import { PATHS } from '../../contract/paths';
import { isLead, readClientId } from '../../contract/records';
import type { Item } from '../operation';
import { attemptChange } from './change';
import { findMatch, rememberWritten } from './findMatch';
import type { Match, Sought } from './findMatch';
import { chosenIfClient, ifClient } from './ifClient';
import type { IfClient } from './ifClient';
import { invalid, optionalFields, requireIdentity, requiredPerson } from './input';
import { clientKey, lockKeysOf, lockRecords, matchKey } from './lockKeys';
import { chosenFields, matchedBy } from './matchBy';
import { upsertedItem } from './written';

/**
 * Updates the lead or client that matches, or creates one. What an earlier item of the run, or another execution lately, wrote
 * with the same key counts as a match, even if the CRM's search does not show it yet.
 * @returns its item
 */
export async function createOrUpdateRecord(item: Item, kind: Searchable): Promise<IDataObject> {
	const choice = kind === 'lead' ? chosenIfClient(item) : 'create';
	const sought = read(item, choice === 'create' ? [kind] : ['lead', 'client']);
	const { body } = sought;
	await lockRecords(item, lockKeysOf(item, body));
	const matched = await findMatch(sought);
	if (matched !== undefined) {
		// Others may know the same record by other fields, or by its ID. Only after the fields, so that no two wait for each other.
		await lockRecords(item, [clientKey(matched.id)]);
		const written = await writeMatch(sought, matched, choice);
		if (written !== undefined) return written;
	}
	const creation = { body, itemIndex: item.index, earlier: item.previousAttempt };
	const answer = await createRecord(item.api, kind, creation);
	const id = readClientId(answer);
	if (id !== undefined) {
		rememberWritten(sought, { kind, id });
		if (sought.kinds.length > 1) await tryClientSearch(item.api, id, item.index);
	}
	return upsertedItem('created', { kind, id }, body, answer);
}

/** What an item says of a person. @throws NodeOperationError, before any call */
function read(item: Item, kinds: Searchable[]): Sought {
	const body: IDataObject = { ...optionalFields(item), ...requiredPerson(item), ...matchedBy(item) };
	const chosen = chosenFields(item);
	for (const field of chosen) {
		if (field !== 'external_id') requireIdentity(item, item.titleOf(field), body[field] ?? '', field);
	}
	const fields = chosen.filter((field) => matchKey(item, field, body) !== undefined);
	if (fields.length === 0) {
		throw invalid(
			item,
			"Every field chosen under 'Match By' is empty",
			"Fill in the fields it added below, or choose Email under 'Match By'.",
		);
	}
	item.matches.push({ by: fields, empty: chosen.filter((field) => !fields.includes(field)) });
	return { item, kinds, body, fields };
}

/** @returns the item of a match, or undefined if it is gone, which the search does not show yet @throws NodeApiError; NodeOperationError */
async function writeMatch(
	sought: Sought,
	matched: Match,
	choice: IfClient,
): Promise<IDataObject | undefined> {
	const { item, kinds, body } = sought;
	const { kind, id, isCertain } = matched;
	if (kind === 'client' && kinds.includes('lead')) {
		if (choice === 'skip') return upsertedItem('skipped', matched, body);
		if (choice === 'fail') {
			throw invalid(
				item,
				`This person is already a client with the ID ${id}`,
				`Use 'Client: Update', or choose something else under 'Options' > '${ifClient.displayName}'.`,
			);
		}
	}
	const changes = { ...body };
	// A creation takes it, an update does not (D), and a strict CRM refuses the whole update.
	delete changes.package_keyword;
	const answer = await attemptChange(item, { path: PATHS[kind](id), body: changes });
	if ('value' in answer) {
		rememberWritten(sought, matched);
		return upsertedItem('updated', matched, body, answer.value);
	}
	if (answer.missing !== true) throw answer.error;
	if (kind === 'lead' && kinds.includes('client')) {
		// The person may have become a client in the meantime.
		const record = await findRecord(item.api, 'client', { client_id: id }, item.index);
		const isClient = record !== undefined && !isLead(record);
		if (isClient) return await writeMatch(sought, { ...matched, kind: 'client', record }, choice);
	}
	if (isCertain) throw answer.error;
	return undefined;
}
