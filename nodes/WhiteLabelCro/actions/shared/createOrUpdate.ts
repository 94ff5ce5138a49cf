import type { IDataObject } from 'n8n-workflow';

import { createRecord } from '../../api/create';
import { tryClientSearch } from '../../api/person';
import type { Searchable } from '../../api/search';
import { PATHS } from '../../contract/paths';
import { readClientId } from '../../contract/records';
import type { Item } from '../operation';
import { attemptChange } from './change';
import { findMatch, rememberWritten } from './findMatch';
import type { Match, Sought } from './findMatch';
import { chosenIfClient, ifClient } from './ifClient';
import { invalid, optionalFields, requireIdentity, requiredPerson } from './input';
import { lockKeysOf, lockRecords, matchKey } from './lockKeys';
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
	if (kind === 'lead' && matched?.kind === 'client') {
		if (choice === 'skip') return upsertedItem('skipped', matched, body);
		if (choice === 'fail') {
			throw invalid(
				item,
				`This person is already a client with the ID ${matched.id}`,
				`Use 'Client: Update', or choose something else under 'Options' > '${ifClient.displayName}'.`,
			);
		}
	}
	const updated = matched && (await update(item, body, matched));
	if (matched !== undefined && updated !== undefined) {
		rememberWritten(sought, matched);
		return upsertedItem('updated', matched, body, updated);
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
	if (chosen.includes('phone')) requireIdentity(item, 'Phone', body.phone ?? '', true);
	const fields = chosen.filter((field) => matchKey(item, field, body) !== undefined);
	if (fields.length === 0) {
		throw invalid(
			item,
			"What 'Match By' names is empty",
			"Fill in the field that it added below, or choose Email under 'Match By'.",
		);
	}
	item.matches.push({ by: fields, empty: chosen.filter((field) => !fields.includes(field)) });
	return { item, kinds, body, fields };
}

/** @returns the API's answer, or undefined if the search does not show the record because it is gone @throws NodeApiError */
async function update(
	item: Item,
	body: IDataObject,
	{ kind, id, isCertain }: Match,
): Promise<IDataObject | undefined> {
	const changes = { ...body };
	// A creation takes it, an update does not (D), and a strict CRM refuses the whole update.
	delete changes.package_keyword;
	// Others may know the same record by other fields, or by its ID. Only after the fields, so that no two wait for each other.
	const answer = await attemptChange(item, id, { path: PATHS[kind](id), body: changes });
	if ('value' in answer) return answer.value;
	if (answer.missing === true && !isCertain) return undefined;
	throw answer.error;
}
