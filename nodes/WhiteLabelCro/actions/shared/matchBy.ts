/** Match By: the fields that tell whether a lead or client is already there. */
import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { Item } from '../operation';
import { fieldParameter, invalid } from './input';
import { MATCH_FIELDS } from './lockKeys';
import type { MatchField } from './lockKeys';
import { externalId, personFields, phone } from './parameters';
import { titleOf } from './wireFields';

const matchBy: INodeProperties = {
	displayName: 'Match By',
	name: 'matchBy',
	type: 'multiOptions',
	default: ['email'],
	required: true,
	description:
		'The fields that show whether the person already exists, tried in the order you choose them. Empty fields are skipped.',
	options: [
		{ name: 'Email', value: 'email', description: "Case doesn't matter" },
		{ name: 'External ID', value: 'external_id', description: 'Must match exactly' },
		{ name: 'Phone', value: 'phone', description: 'Must match exactly' },
	],
};

/** The fields that have a place of their own if they are to match by, by wire name. The email always has its own. */
const PLACED: Array<[MatchField, INodeProperties]> = [
	['external_id', externalId],
	['phone', phone],
];

/** For phones that several people share. */
export const updateAnyone: INodeProperties = {
	displayName: 'Update Even If Name and Email Differ',
	name: 'updateAnyone',
	type: 'boolean',
	default: false,
	displayOptions: { show: { [matchBy.name]: ['phone'] } },
	description:
		"Whether to update the person with this phone even if both the name and the email are different. If this is off, that's an error: families often share a phone.",
};

/** What Create or Update recognizes an existing record by. */
export const matchFields: INodeProperties[] = [
	matchBy,
	...PLACED.map(([field, property]) => ({
		...property,
		...(field === 'phone' && { hint: "People who share a phone can't be told apart by it" }),
		displayOptions: { show: { [matchBy.name]: [field] } },
	})),
	updateAnyone,
];

/** What else a lead or client has. A field to match by stands in its own place (see matchFields). */
export const upsertFields: INodeProperties[] = personFields.map((property) => {
	const [field] = PLACED.find(([, placed]) => placed === property) ?? [];
	return field ? { ...property, displayOptions: { hide: { [`/${matchBy.name}`]: [field] } } } : property;
});

/** The fields to match by that have their own place, by wire name; empty ones are left out. @throws NodeOperationError */
export function matchedBy(item: Item): IDataObject {
	// Where an expression chooses, both are shown, and n8n gives none that is not.
	const given = PLACED.map(([field, property]) => [field, fieldParameter(item, property)]);
	return Object.fromEntries(given.filter(([, text]) => text !== '')) as IDataObject;
}

/** The fields chosen under 'Match By'. @throws NodeOperationError if an expression names anything but the fields to match by */
export function chosenFields(item: Item): MatchField[] {
	const value = item.context.getNodeParameter(matchBy.name, item.index) as unknown;
	// An expression may give a text.
	const names: unknown[] =
		typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [value];
	return names.map((name) => {
		const known = MATCH_FIELDS.find((field) => typeof name === 'string' && field === name.trim());
		if (known !== undefined) return known;
		throw invalid(
			item,
			"'Match By' names a field that can't be used for matching",
			`Choose from its list, or have the expression return some of: ${MATCH_FIELDS.join(', ')}.`,
		);
	});
}

/** What to tell if a field to match by was empty in all items: most likely its column has another name than it seems. */
export function emptyMatchHint(matches: Item['matches']): string | undefined {
	const [first] = matches;
	const empty = first?.empty.find((field) => matches.every((match) => match.empty.includes(field)));
	if (empty === undefined) return undefined;
	const titles = [...new Set(matches.flatMap(({ by }) => by))].map(titleOf);
	const were = matches.length === 1 ? 'item; it was' : 'items; they were';
	return `${titleOf(empty)} was empty in ${matches.length} of ${matches.length} ${were} matched by ${titles.join(' or ')}. If the file has that column, turn on 'Exclude Byte Order Mark (BOM)' in the node that reads it.`;
}
