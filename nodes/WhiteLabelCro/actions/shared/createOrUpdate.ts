import type { IDataObject } from 'n8n-workflow';

import { createRecord } from '../../api/create';
import { findRecord, isCriterion, isSame } from '../../api/search';
import type { Searchable } from '../../api/search';
import { accounts } from '../../client/account';
import { PATHS } from '../../contract/paths';
import { readClientId } from '../../contract/records';
import { fingerprint } from '../../helpers/fingerprint';
import type { Item } from '../operation';
import { attemptChange } from './change';
import { invalid, optionalFields, requireIdentity, requiredPerson } from './input';
import { lockKeysOf, lockRecords, matchKey } from './lockKeys';
import type { MatchField } from './lockKeys';
import { chosenFields, matchedBy, updateAnyone } from './matchBy';
import { person, upsertedItem } from './written';

/** How long a CRM's search may take to show what was written, in milliseconds: memory counts that long. */
const LAG_MS = 10_000;

interface Match {
	id: number;
	/** What the search gave, if it was the search that found it. */
	record?: IDataObject;
	/** False if only this process knows of it: it may be deleted by now. */
	isCertain: boolean;
}

/**
 * Updates the record that matches, or creates one. What an earlier item of the run, or another execution lately, wrote with
 * the same key counts as a match, even if the CRM's search does not show it yet.
 * @returns its item
 */
export async function createOrUpdateRecord(item: Item, kind: Searchable): Promise<IDataObject> {
	const body: IDataObject = { ...optionalFields(item), ...requiredPerson(item), ...matchedBy(item) };
	const chosen = chosenFields(item);
	if (chosen.includes('phone')) requireIdentity(item, 'Phone', body.phone ?? '', true);
	const fields = chosen.filter((field) => matchKey(item, field, body) !== undefined);
	if (fields.length === 0) {
		throw invalid(
			item,
			"Every field chosen under 'Match By' is empty",
			"Fill in the fields it added below, or choose Email under 'Match By'.",
		);
	}
	item.matches.push({ by: fields, empty: chosen.filter((field) => !fields.includes(field)) });
	await lockRecords(item, lockKeysOf(item, body));
	const matched = await match(item, kind, body, fields);
	const updated = matched && (await update(item, kind, body, matched));
	const answer =
		updated ??
		(await createRecord(item.api, kind, { body, itemIndex: item.index, earlier: item.previousAttempt }));
	const clientId = updated && matched.id;
	const written = readClientId(answer) ?? clientId;
	if (written !== undefined) {
		for (const field of fields) {
			const key = runKey(item, kind, field, body);
			for (const each of [key, ...personKeys(key, field, body)]) {
				item.upsertedIds.set(each, written);
				accounts.upsertedIds.set(accountKey(item, each), { id: written, at: Date.now() });
			}
		}
	}
	return upsertedItem(written, body, answer, updated && matched);
}

/** @returns the API's answer, or undefined if the search does not show the record because it is gone @throws NodeApiError */
async function update(
	item: Item,
	kind: Searchable,
	body: IDataObject,
	{ id, isCertain }: Match,
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

async function match(
	item: Item,
	kind: Searchable,
	body: IDataObject,
	fields: MatchField[],
): Promise<Match | undefined> {
	for (const field of fields) {
		const key = runKey(item, kind, field, body);
		const ofThisRun = item.upsertedIds.get(key);
		const persons = personKeys(key, field, body);
		if (ofThisRun !== undefined) {
			requireOne(
				item,
				persons.map((each) => item.upsertedIds.get(each) === ofThisRun),
			);
			return { id: ofThisRun, isCertain: true };
		}
		const found = await findRecord(item.api, kind, { [field]: body[field] }, item.index);
		const id = found && readClientId(found);
		if (found !== undefined && id !== undefined) {
			if (field === 'phone') requireOne(item, sharedWith(found, body));
			return { id, record: found, isCertain: true };
		}
		const unseen = accounts.upsertedIds.get(accountKey(item, key));
		if (unseen !== undefined && Date.now() - unseen.at < LAG_MS) {
			const ids = persons.map((each) => accounts.upsertedIds.get(accountKey(item, each))?.id);
			requireOne(
				item,
				ids.map((each) => each === unseen.id),
			);
			return { id: unseen.id, isCertain: false };
		}
	}
	return undefined;
}

/** People share phones: by one, a record is only known with an email or a name. Keys of both, for what was written by a phone. */
function personKeys(key: string, field: MatchField, body: IDataObject): string[] {
	if (field !== 'phone') return [];
	return Object.values(person(body)).map((each) => `${key} ${JSON.stringify(each).toLowerCase()}`);
}

/** Whether a record that was found has this email and this name, as far as it tells them. */
function sharedWith(found: IDataObject, body: IDataObject): boolean[] {
	const { full_name = person(found).full_name, email } = found;
	const told = Object.entries({ email, full_name }).filter(([, value]) => isCriterion(value));
	const sent: IDataObject = person(body);
	return told.map(([name, value]) => isSame(name, sent[name], value));
}

/** @throws NodeOperationError if a record that was found by phone shares neither email nor name, unless the user allows that */
function requireOne(item: Item, shared: boolean[]): void {
	if (shared.length === 0 || shared.includes(true)) return;
	if (item.context.getNodeParameter(updateAnyone.name, item.index, false) === true) return;
	throw invalid(
		item,
		'This phone belongs to someone with another name and email',
		`Match by Email or External ID, or turn on '${updateAnyone.displayName}'.`,
	);
}

/** Only a digest, as it outlives the run. */
function accountKey(item: Item, key: string): string {
	return fingerprint([item.api.account, key]);
}

function runKey(item: Item, kind: Searchable, field: MatchField, body: IDataObject): string {
	return `${kind} ${matchKey(item, field, body)}`;
}
