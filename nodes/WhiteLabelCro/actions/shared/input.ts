/** How an operation reads its parameters for one item. Every error names the parameter as the user sees it, and never its value. */
import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { inputError } from '../../client/errors';
import { isObject } from '../../contract/json';
import { titleOf } from '../../helpers/title';
import type { Item } from '../operation';
import { email, firstName, lastName } from './parameters';
import { WIRE_FIELDS } from './wireFields';

/** As names of fields they would change the object itself. */
const FORBIDDEN_NAMES = ['__proto__', 'constructor', 'prototype'];

type Named = Pick<INodeProperties, 'name' | 'displayName'>;

/** A text parameter without extra spaces. @throws NodeOperationError if it is empty */
export function requiredText(item: Item, parameter: Named): string {
	const { displayName } = parameter;
	const value = optionalText(item, parameter);
	if (value === '') throw invalid(item, `'${displayName}' is empty`, `Enter a value for '${displayName}'.`);
	return value;
}

/** The ID of a record chosen in a resource locator. @throws NodeOperationError if it is not a whole number above 0 */
export function requiredId(item: Item, parameter: Named): number {
	return toId(item, parameter.displayName, chosenText(item, parameter));
}

/** What is chosen in a resource locator, whatever its IDs look like. @throws NodeOperationError if it is empty */
export function chosenText(item: Item, { name, displayName }: Named): string {
	const chosen = item.context.getNodeParameter(name, item.index, '', { extractValue: true });
	const text = plainText(item, displayName, chosen);
	if (text === '') throw emptyChoice(item, { name, displayName });
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
		`'${displayName}' is empty: the expression gave no value`,
		isObject(payload)
			? 'This item is a whole event, whose fields are in its payload, as in {{ $json.payload.client_id }}.'
			: 'Choose one from the list, or correct the expression.',
	);
}

/** The required fields of a lead or client. @throws NodeOperationError if one is missing */
export function requiredPerson(item: Item): { first_name: string; last_name: string; email: string } {
	return {
		first_name: requiredText(item, firstName),
		last_name: requiredText(item, lastName),
		email: checkedEmail(item, requiredText(item, email)),
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
			'The new status is given twice',
			"Choose it under 'New Status' only, and remove it from the extra fields.",
		);
	}
	const chosen = item.context.getNodeParameter('status', item.index) as unknown;
	const value = isObject(chosen) ? chosen.value : chosen;
	const name = plainText(item, 'New Status', value);
	if (name === '') throw emptyChoice(item, { name: 'status', displayName: 'New Status' });
	// In place of the whole choice, an expression may give an ID or a name alone. After drag and drop, or from an agent, a name
	// may stand where an ID should: the CRM knows which there are.
	const isName = (isObject(chosen) && chosen.mode === 'name') || !/^\d+$/.test(name);
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
		const { name, holds } = field;
		const bare = isObject(value) && '__rl' in value ? value.value : value;
		const text = plainText(item, titleOf(name), bare);
		if (text === '') continue;
		if (holds === 'id') fields[name] = toId(item, titleOf(name), bare);
		else fields[name] = holds === 'email' ? checkedEmail(item, text) : text;
	}
	return fields;
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
		return String(value).trim();
	throw invalid(
		item,
		`'${displayName}' is ${Array.isArray(value) ? 'a list' : 'an object'}, not a text or a number`,
		'Check its expression: take one value out of it, for example its first entry or one of its fields.',
	);
}

/** The number of records wanted: `Infinity` for all. @throws NodeOperationError if the limit is below 1 */
export function wantedCount(item: Item): number {
	if (item.context.getNodeParameter('returnAll', item.index, false)) return Infinity;
	const limit = Number(item.context.getNodeParameter('limit', item.index, 50));
	if (Number.isInteger(limit) && limit >= 1) return limit;
	throw invalid(
		item,
		"'Limit' must be a whole number above 0",
		"Enter 1 or more, or switch on 'Return All'.",
	);
}

/** The error of this item's parameters. */
export function invalid(item: Item, message: string, description?: string) {
	return inputError(item.context.getNode(), message, description, item.index);
}

/** A JSON object parameter, given as text or as an object by an expression. @throws NodeOperationError */
export function jsonObject(item: Item, { name, displayName }: Named): IDataObject {
	const value = item.context.getNodeParameter(name, item.index, {});
	const fields: unknown = typeof value === 'string' ? parseJson(value.trim() || '{}') : value;
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
	const rowsName = `${collection}.extraFields.field`;
	const rows = item.context.getNodeParameter(rowsName, item.index, []) as IDataObject[];
	const given = new Set<string>();
	for (const row of rows) {
		const name = plainText(item, 'Name', row.name);
		const value = plainText(item, 'Value', row.value);
		if (value === '') continue;
		if (name === '')
			throw invalid(item, "A row of 'Extra Fields' has a value but no name", 'Enter its name.');
		if (FORBIDDEN_NAMES.includes(name)) throw invalid(item, `'Extra Fields' must not contain '${name}'`);
		if (given.has(name))
			throw invalid(item, `'Extra Fields' has '${name}' twice`, 'Remove one of the two rows.');
		given.add(name);
		fields[name] = value;
	}
	return fields;
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function checkedEmail(item: Item, text: string): string {
	if (/^[^\s@]+@[^\s@]+$/.test(text)) return text;
	throw invalid(item, "'Email' is not an email address", 'It needs the form name@example.com.');
}

function toId(item: Item, displayName: string, value: unknown): number {
	const text = plainText(item, displayName, value);
	if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
	const find = /^(?:Client|Lead|Affiliate)/.exec(displayName)?.[0];
	throw invalid(
		item,
		`'${displayName}' is not an ID`,
		`An ID is a whole number above 0. Choose the record from the list, or enter its ID${find === undefined ? '' : `: '${find}: Find' gives it`}.`,
	);
}
