/** Whom a Create or Update is about: who matches in the CRM, or whom an earlier item or execution wrote with the same key. */
import type { IDataObject } from 'n8n-workflow';

import { findPerson } from '../../api/person';
import { isCriterion, isSame } from '../../api/search';
import type { Searchable } from '../../api/search';
import { accounts } from '../../client/account';
import { readClientId } from '../../contract/records';
import { fingerprint } from '../../helpers/fingerprint';
import type { Item } from '../operation';
import { invalid } from './input';
import { matchKey } from './lockKeys';
import type { MatchField } from './lockKeys';
import { updateAnyone } from './matchBy';
import { person } from './written';

/** How long a CRM's search may take to show what was written, in milliseconds: memory counts that long. */
const LAG_MS = 10_000;

interface Person {
	item: Item;
	/** What the person may be. */
	kinds: Searchable[];
	/** What is to be written, by wire name. */
	body: IDataObject;
}

/** By what a Create or Update recognizes a person. */
export interface Sought extends Person {
	/** The fields to match by, in their order. */
	fields: MatchField[];
}

export interface Match {
	kind: Searchable;
	id: number;
	/** What the search gave, if it was the search that found it. */
	record?: IDataObject;
	/** False if only this process knows of it: it may be deleted by now. */
	isCertain: boolean;
}

/** The person who is there already. @throws NodeApiError; NodeOperationError if the phone seems to be somebody else's */
export async function findMatch({ fields, ...sought }: Sought): Promise<Match | undefined> {
	for (const field of fields) {
		const match =
			writtenInRun(sought, field) ?? (await searched(sought, field)) ?? writtenLately(sought, field);
		if (match !== undefined) return match;
	}
	return undefined;
}

/** Remembers who was written, since a search may not show it yet. */
export function rememberWritten(
	{ item, body, fields }: Sought,
	{ kind, id }: Pick<Match, 'kind' | 'id'>,
): void {
	for (const field of fields) {
		const key = runKey(item, kind, field, body);
		for (const each of [key, ...personKeys(key, field, body)]) {
			item.upsertedIds.set(each, id);
			accounts.upsertedIds.set(accountKey(item, each), { id, at: Date.now() });
		}
	}
}

function writtenInRun(sought: Person, field: MatchField): Match | undefined {
	const { upsertedIds } = sought.item;
	return remembered(sought, field, true, (key) => upsertedIds.get(key));
}

function writtenLately(sought: Person, field: MatchField): Match | undefined {
	return remembered(sought, field, false, (key) => {
		const written = accounts.upsertedIds.get(accountKey(sought.item, key));
		return written && Date.now() - written.at < LAG_MS ? written.id : undefined;
	});
}

function remembered(
	{ item, kinds, body }: Person,
	field: MatchField,
	isCertain: boolean,
	idOf: (key: string) => number | undefined,
): Match | undefined {
	for (const kind of kinds) {
		const key = runKey(item, kind, field, body);
		const id = idOf(key);
		if (id === undefined) continue;
		requireOne(
			item,
			personKeys(key, field, body).map((each) => idOf(each) === id),
		);
		return { kind, id, isCertain };
	}
	return undefined;
}

async function searched({ item, kinds, body }: Person, field: MatchField): Promise<Match | undefined> {
	const [kind] = kinds.length === 1 ? kinds : [];
	const found = await findPerson(item.api, kind, { [field]: body[field] }, item.index);
	const id = found && readClientId(found.record);
	if (found === undefined || id === undefined) return undefined;
	if (field === 'phone') requireOne(item, sharedWith(found.record, body));
	return { ...found, id, isCertain: true };
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
