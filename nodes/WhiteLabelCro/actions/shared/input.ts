/**
 * How an operation reads its parameters for one item. Every error names the parameter as the user sees it, and never its value,
 * unless that identifies nobody.
 */
import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { inputError } from '../../client/errors';
import { isObject, jsonProblem } from '../../contract/json';
import {
	identityProblem,
	isEmail,
	textProblem,
	unreadableIn,
	unwrapped,
	visible,
	withZeros,
} from '../../helpers/identity';
import type { Item } from '../operation';
import { email, firstName, lastName } from './parameters';
import { WIRE_FIELDS } from './wireFields';
import type { WireField } from './wireFields';

/** As names of fields they would change the object itself. */
const FORBIDDEN_NAMES = ['__proto__', 'constructor', 'prototype'];

/** As names of fields they are the record's own ID, in whatever case: servers differ in whether that counts. */
const RECORD_IDS = ['client_id', 'clientid', 'id'];

/** How much of a value that identifies nobody is shown. */
const SHOWN = 24;

/** The field of a name on the wire, if it is one that the forms have too: its value goes through the same checks. */
function wireField(name: string): WireField | undefined {
	const wanted = visible(name).toLowerCase();
	return Object.values(WIRE_FIELDS).find((field) => field.name === wanted);
}

type Named = Pick<INodeProperties, 'name' | 'displayName'>;

/** A text parameter without extra spaces. @throws NodeOperationError if it is empty */
export function requiredText(item: Item, parameter: Named): string {
	return requireValue(item, parameter, optionalText(item, parameter));
}

/** The ID of a record chosen in a resource locator. @throws NodeOperationError if it is not a whole number above 0 */
export function requiredId(item: Item, parameter: Named): number {
	return toId(item, parameter.displayName, chosenText(item, parameter));
}

/** What is chosen in a resource locator, whatever its IDs look like. @throws NodeOperationError if it is empty */
export function chosenText(item: Item, { name, displayName }: Named): string {
	const chosen = item.context.getNodeParameter(name, item.index, '', { extractValue: true });
	const text = visible(plainText(item, displayName, chosen));
	if (text === '') throw emptyChoice(item, { name, displayName });
	requireIdentity(item, displayName, chosen);
	return text;
}

/** The error of a choice without a value: nothing was chosen, or its expression gave nothing. */
function emptyChoice(item: Item, { name, displayName }: Named) {
	const isExpression = /"=/.test(JSON.stringify(item.context.getNode().parameters[name] ?? ''));
	if (!isExpression) {
		return invalid(item, `'${displayName}' is empty`, 'Choose one from the list, or enter its ID.');
	}
	const { payload } = item.context.getInputData()[item.index]?.json ?? {};
	return invalid(
		item,
		`'${displayName}' is empty: the expression returned no value`,
		isObject(payload)
			? 'This item is a full event: its fields are in the payload, for example {{ $json.payload.client_id }}.'
			: 'Choose one from the list, or correct the expression.',
	);
}

/** The required fields of a lead or client. @throws NodeOperationError if one is missing */
export function requiredPerson(item: Item): { first_name: string; last_name: string; email: string } {
	return {
		first_name: requiredField(item, firstName),
		last_name: requiredField(item, lastName),
		email: requiredField(item, email),
	};
}

/**
 * The body of a status change: the status by ID or by name, and its optional fields.
 * @throws NodeOperationError if there is no status, or Extra Fields names another
 */
export function statusChange(item: Item): IDataObject {
	const fields = optionalFields(item);
	if ('new_status' in fields || 'new_status_id' in fields) {
		throw invalid(
			item,
			'The new status is entered twice',
			"Choose it under 'New Status' only, and remove it from the extra fields.",
		);
	}
	const chosen = item.context.getNodeParameter('status', item.index) as unknown;
	const value = isObject(chosen) ? chosen.value : chosen;
	const name = readable(item, 'New Status', plainText(item, 'New Status', value));
	if (name === '') throw emptyChoice(item, { name: 'status', displayName: 'New Status' });
	// In place of the whole choice, an expression may give an ID or a name alone. After drag and drop, or from an agent, a name
	// may stand where an ID should: the CRM knows which there are.
	const isName = (isObject(chosen) && chosen.mode === 'name') || !/^(?:#\s*)?\d+$/.test(name);
	return {
		...fields,
		...(isName ? { new_status: name } : { new_status_id: toId(item, 'New Status', value) }),
	};
}

/** The Additional Fields of a write by wire name, extra ones included and empty ones left out. @throws NodeOperationError */
export function optionalFields(item: Item, collection = 'additionalFields'): IDataObject {
	return { ...extraFields(item, collection), ...collectionFields(item, collection) };
}

/** The Update Fields by wire name. @throws NodeOperationError if there is nothing to change */
export function changesOf(item: Item): IDataObject {
	const fields = optionalFields(item, 'updateFields');
	if (Object.keys(fields).length > 0) return fields;
	throw invalid(
		item,
		'There is nothing to update',
		"Add the fields to change under 'Update Fields'. Empty ones are skipped.",
	);
}

/** The filled-in fields of a collection by wire name, extra ones left out. @throws NodeOperationError if an ID or an email address is none */
export function collectionFields(item: Item, parameter: string): IDataObject {
	const fields: IDataObject = {};
	const collection = item.context.getNodeParameter(parameter, item.index, {}) as IDataObject;
	for (const [parameterName, value] of Object.entries(collection)) {
		const field = WIRE_FIELDS[parameterName];
		if (field === undefined) continue;
		const bare = isObject(value) && '__rl' in value ? value.value : value;
		const sent = fieldValue(item, field, bare);
		if (sent !== '') fields[field.name] = sent;
	}
	return fields;
}

/** The value of a parameter that stands for a field, as it is sent; the empty text for none. @throws NodeOperationError */
export function fieldParameter(item: Item, { name, displayName }: Named): string {
	const field = WIRE_FIELDS[name] ?? { name: displayName };
	return String(fieldValue(item, field, item.context.getNodeParameter(name, item.index, '')));
}

/** @throws NodeOperationError if a value that has to tell one record from all others does not */
export function requireIdentity(
	item: Item,
	displayName: string,
	value: unknown,
	as?: 'email' | 'phone',
): void {
	const problem = identityProblem(value, as);
	if (problem === undefined) return;
	const text = visible(String(value));
	// A column too far to the left, it may be a name or an email address.
	const isSecret = as === 'phone' && identityProblem(value) === undefined && /[\p{L}@]/u.test(text);
	const shown = isSecret ? 'no phone number' : `"${text.slice(0, SHOWN)}"`;
	throw invalid(item, `'${displayName}' is ${shown}, which identifies nobody`, problem);
}

/** A text parameter without extra spaces, or the empty text. @throws NodeOperationError if it is a list or an object */
export function optionalText(item: Item, { name, displayName }: Named): string {
	return plainText(item, displayName, item.context.getNodeParameter(name, item.index, ''));
}

/**
 * A value as text without extra spaces; the empty text for none.
 * @throws NodeOperationError if it is a list or an object, which a text field cannot hold
 */
export function plainText(item: Item, displayName: string, value: unknown): string {
	if (value === undefined || value === null) return '';
	if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
		return String(value).replaceAll('\0', '').trim();
	throw invalid(
		item,
		`'${displayName}' is ${Array.isArray(value) ? 'a list' : 'an object'}, not text or a number`,
		'Check its expression: pick a single value, for example the first entry or one of the fields.',
	);
}

/** The number of records wanted: `Infinity` for all. @throws NodeOperationError if the limit is below 1 */
export function wantedCount(item: Item): number {
	if (item.context.getNodeParameter('returnAll', item.index, false)) return Infinity;
	const limit = Number(item.context.getNodeParameter('limit', item.index, 50));
	if (Number.isInteger(limit) && limit >= 1) return limit;
	throw invalid(item, "'Limit' must be a whole number above 0", "Enter 1 or more, or turn on 'Return All'.");
}

/** The error of this item's parameters. */
export function invalid(item: Item, message: string, description?: string) {
	return inputError(item.context.getNode(), message, description, item.index);
}

/** A JSON object parameter, given as text or as an object by an expression. @throws NodeOperationError */
export function jsonObject(item: Item, { name, displayName }: Named): IDataObject {
	const value = item.context.getNodeParameter(name, item.index, {});
	const fields: unknown = typeof value === 'string' ? parseJson(item, displayName, value) : value;
	if (!isObject(fields)) {
		throw invalid(item, `'${displayName}' is not a JSON object`, 'Write it as {"field_name": "value"}.');
	}
	const forbidden = FORBIDDEN_NAMES.find((key) => Object.hasOwn(fields, key));
	if (forbidden !== undefined) throw invalid(item, `'${displayName}' must not contain '${forbidden}'`);
	return { ...fields };
}

/** The extra fields of a collection: those of its rows win over those of its JSON. @throws NodeOperationError */
function extraFields(item: Item, collection: string): IDataObject {
	const json = { name: `${collection}.extraFieldsJson`, displayName: 'Extra Fields (JSON)' };
	const fields = jsonObject(item, json);
	for (const [name, value] of Object.entries(fields)) {
		refuseRecordId(item, name);
		const field = wireField(name);
		if (field === undefined) continue;
		// Under another spelling of its name, a server may take it for a second value.
		Reflect.deleteProperty(fields, name);
		fields[field.name] =
			value === null || value === '' ? value : fieldValue(item, field, joined(field, value));
	}
	const rowsName = `${collection}.extraFields.field`;
	const rows = item.context.getNodeParameter(rowsName, item.index, []) as IDataObject[];
	const given = new Set<string>();
	for (const row of rows) {
		const name = visible(plainText(item, 'Name', row.name));
		refuseRecordId(item, name);
		const field = wireField(name) ?? { name: name || 'Value' };
		const value = fieldValue(item, field, joined(field, row.value));
		if (value === '') continue;
		if (name === '')
			throw invalid(item, "A row of 'Extra Fields' has a value but no name", 'Enter its name.');
		if (FORBIDDEN_NAMES.includes(name)) throw invalid(item, `'Extra Fields' must not contain '${name}'`);
		if (given.has(name))
			throw invalid(item, `'Extra Fields' has '${name}' twice`, 'Remove one of the two rows.');
		given.add(name);
		fields[field.name] = value;
	}
	return fields;
}

/** @throws NodeOperationError if an extra field is the record's own ID: the record is the one chosen above */
function refuseRecordId(item: Item, name: string): void {
	if (!RECORD_IDS.includes(visible(name).toLowerCase())) return;
	throw invalid(
		item,
		`The extra field '${visible(name)}' is the ID of a record, which cannot be changed`,
		'Remove it. The record is chosen in a field of its own.',
	);
}

/** The values of a multi-select as one text, unless the field tells who or what is meant: then there can be only one. */
function joined({ holds }: WireField, value: unknown): unknown {
	const isText = holds === undefined || holds === 'word';
	const isList = Array.isArray(value) && value.every((each) => typeof each !== 'object' || each === null);
	return isText && isList
		? value
				.map((each) => String(each ?? '').trim())
				.filter(Boolean)
				.join(', ')
		: value;
}

function parseJson(item: Item, displayName: string, text: string): unknown {
	try {
		// AI agents put it into a block of code.
		return JSON.parse(text.trim().replace(/^```\w*|```$/g, '') || '{}');
	} catch (error) {
		const { at, remedy } = jsonProblem(text, error as Error);
		throw invalid(item, `'${displayName}' is not a JSON object (${at})`, remedy);
	}
}

/** A field's value as it is sent; the empty text for none. @throws NodeOperationError if it is none that the field can have */
function fieldValue(item: Item, { name, holds }: WireField, value: unknown): string | number {
	const title = item.titleOf(name);
	const given = plainText(item, title, value);
	if (holds === undefined) return given;
	const text = readable(item, title, given);
	if (text === '') return '';
	const isRounded = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
	if (holds === 'key' || (holds === 'phone' && isRounded)) requireIdentity(item, title, value);
	const problem = holds === 'word' || holds === 'zip' ? textProblem(text) : undefined;
	if (problem !== undefined) throw invalid(item, `'${title}' is "${text.slice(0, SHOWN)}"`, problem);
	if (holds === 'zip') return withZeros(value) ?? (unwrapped(text) || text);
	if (holds === 'id') return toId(item, title, value);
	if (holds === 'email') return checkedEmail(item, unwrapped(text));
	if (holds === 'phone') return unwrapped(text) || text;
	return text;
}

/** @throws NodeOperationError if a text was read in another encoding than it was written in */
function readable(item: Item, displayName: string, text: string): string {
	const found = unreadableIn(text);
	if (found === undefined) return visible(text);
	const [what, encoding] = found === '\uFFFD' ? ['character', 'windows-1252'] : ['characters', 'utf-8'];
	throw invalid(
		item,
		`'${displayName}' could not be read: it has the ${what} "${found}"`,
		`The file has another encoding. Set 'Encoding' in the node that reads it, for example to ${encoding}.`,
	);
}

function requiredField(item: Item, parameter: Named): string {
	return requireValue(item, parameter, fieldParameter(item, parameter));
}

function requireValue(item: Item, { displayName }: Named, value: string): string {
	if (visible(value) !== '') return value;
	throw invalid(item, `'${displayName}' is empty`, `Enter a value for '${displayName}'.`);
}

function checkedEmail(item: Item, text: string): string {
	if (isEmail(text)) return text;
	throw invalid(item, "'Email' is not an email address", 'It has to look like name@example.com.');
}

function toId(item: Item, displayName: string, value: unknown): number {
	// As the lists show it.
	const text = visible(plainText(item, displayName, value)).replace(/^#\s*/, '');
	requireIdentity(item, displayName, value);
	if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
	const find = /^(?:Client|Lead|Affiliate)/.exec(displayName)?.[0];
	throw invalid(
		item,
		`'${displayName}' is not an ID`,
		`An ID is a whole number above 0. Choose the record from the list, or enter its ID${find === undefined ? '' : `: '${find}: Find' gives it`}.`,
	);
}
