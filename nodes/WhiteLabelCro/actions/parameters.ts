import type {
	IDataObject,
	IExecuteFunctions,
	INodeParameterResourceLocator,
	INodeProperties,
} from 'n8n-workflow';

import { isObject } from '../transport/contract';
import { inputError } from '../transport/errors';

/** A record of the account, chosen from a searchable list or given by its ID. */
function recordLocator(
	property: Pick<INodeProperties, 'displayName' | 'name' | 'description'> & { required?: boolean },
	searchListMethod: string,
): INodeProperties {
	return {
		...property,
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod, searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. 12345',
				validation: [
					{
						type: 'regex',
						properties: { regex: '^\\s*[1-9]\\d*\\s*$', errorMessage: 'An ID is a whole number above 0' },
					},
				],
			},
		],
	};
}

export const clientLocator = recordLocator(
	{
		displayName: 'Client',
		name: 'clientId',
		required: true,
		description: 'The client or lead; both share one range of IDs',
	},
	'searchClients',
);

export const affiliateLocator = recordLocator(
	{
		displayName: 'Affiliate',
		name: 'affiliateId',
		description: 'The referral partner that the record belongs to',
	},
	'searchAffiliates',
);

export const changedByLocator = recordLocator(
	{
		displayName: 'Changed By Employee',
		name: 'changedByEmployeeId',
		description: 'The employee in whose name the status is changed',
	},
	'searchEmployees',
);

/** A status of the account: `new_status_id` when chosen from the list or by ID, `new_status` when given by name. */
export function statusLocator(searchListMethod: string): INodeProperties {
	const locator = recordLocator(
		{
			displayName: 'New Status',
			name: 'status',
			required: true,
			description: 'The status to move the record to',
		},
		searchListMethod,
	);
	return {
		...locator,
		modes: [
			...(locator.modes ?? []),
			{ displayName: 'By Name', name: 'name', type: 'string', placeholder: 'e.g. Client - Active' },
		],
	};
}

export const firstName: INodeProperties = {
	displayName: 'First Name',
	name: 'firstName',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. Jane',
	description: "The person's given name",
};

export const lastName: INodeProperties = {
	displayName: 'Last Name',
	name: 'lastName',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. Smith',
	description: "The person's family name",
};

export const email: INodeProperties = {
	displayName: 'Email',
	name: 'email',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. jane@example.com',
	description: "The person's email address",
};

export const phone: INodeProperties = {
	displayName: 'Phone',
	name: 'phone',
	type: 'string',
	default: '',
	placeholder: 'e.g. +14155551234',
	description: 'The phone number, best with its country code',
};

export const externalId: INodeProperties = {
	displayName: 'External ID',
	name: 'externalId',
	type: 'string',
	default: '',
	placeholder: 'e.g. form-2026-0042',
	description: "The record's ID in your own system, by which it can be found again",
};

export const address: INodeProperties[] = [
	{
		displayName: 'City',
		name: 'city',
		type: 'string',
		default: '',
		description: 'The city the person lives in',
	},
	{
		displayName: 'State',
		name: 'state',
		type: 'string',
		default: '',
		placeholder: 'e.g. CA',
		description: 'The state the person lives in',
	},
	{
		displayName: 'ZIP',
		name: 'zip',
		type: 'string',
		default: '',
		placeholder: 'e.g. 94105',
		description: 'The postal code',
	},
];

/** The optional fields of an action. Extra Fields come with every write. */
export function additionalFields(options: INodeProperties[]): INodeProperties[] {
	return [
		{
			displayName: 'Additional Fields',
			name: 'additionalFields',
			type: 'collection',
			placeholder: 'Add Field',
			default: {},
			options,
		},
		{
			displayName: 'Extra Fields',
			name: 'extraFields',
			type: 'json',
			default: '{}',
			description:
				'A JSON object of further fields, for what WhiteLabelCRO accepts but this node does not list. The fields above win over it.',
		},
	];
}

/** A text parameter without white space around it. @throws NodeOperationError if it is empty */
export function requiredText(
	context: IExecuteFunctions,
	{ name, displayName }: INodeProperties,
	itemIndex: number,
): string {
	const value = asText(context.getNodeParameter(name, itemIndex, ''));
	if (value === '')
		throw inputError(
			context.getNode(),
			`'${displayName}' is empty`,
			`Enter a value for '${displayName}'.`,
			itemIndex,
		);
	return value;
}

/** An email address. @throws NodeOperationError if it cannot be one; its text is not repeated in the error */
export function requiredEmail(context: IExecuteFunctions, itemIndex: number): string {
	const value = requiredText(context, email, itemIndex);
	if (/^[^\s@]+@[^\s@]+$/.test(value)) return value;
	throw inputError(
		context.getNode(),
		"'Email' is not an email address",
		'It needs the form name@example.com.',
		itemIndex,
	);
}

/** The ID of a record chosen in a resource locator. @throws NodeOperationError if it is not a whole number above 0 */
export function requiredId(
	context: IExecuteFunctions,
	{ name, displayName }: INodeProperties,
	itemIndex: number,
): number {
	return toId(
		context,
		displayName,
		context.getNodeParameter(name, itemIndex, '', { extractValue: true }),
		itemIndex,
	);
}

/** The fields that say which status to move to. @throws NodeOperationError */
export function requiredStatus(context: IExecuteFunctions, itemIndex: number): IDataObject {
	const { mode, value } = context.getNodeParameter('status', itemIndex) as INodeParameterResourceLocator;
	if (mode !== 'name') return { new_status_id: toId(context, 'New Status', value, itemIndex) };
	const name = asText(value);
	if (name === '')
		throw inputError(context.getNode(), "'New Status' is empty", 'Choose or name a status.', itemIndex);
	return { new_status: name };
}

/**
 * The Additional Fields and Extra Fields of a write under their wire names. Empty ones are left out.
 * @throws NodeOperationError if Extra Fields is no JSON object, names a key that must not be set, or an ID is no ID
 */
export function optionalFields(context: IExecuteFunctions, itemIndex: number): IDataObject {
	return { ...extraFields(context, itemIndex), ...collectionFields(context, 'additionalFields', itemIndex) };
}

/** The filled-in fields of a collection under their wire names. @throws NodeOperationError if an ID is no ID */
export function collectionFields(
	context: IExecuteFunctions,
	parameter: string,
	itemIndex: number,
): IDataObject {
	const fields: IDataObject = {};
	for (const [name, value] of Object.entries(
		context.getNodeParameter(parameter, itemIndex, {}) as IDataObject,
	)) {
		const bare = isObject(value) && '__rl' in value ? value.value : value;
		if (bare === '' || bare === null || bare === undefined) continue;
		const wireName = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
		const isId = /(?<!external)Id$/.test(name);
		fields[wireName] = isId ? toId(context, wireName, bare, itemIndex) : bare;
	}
	return fields;
}

function extraFields(context: IExecuteFunctions, itemIndex: number): IDataObject {
	const value = context.getNodeParameter('extraFields', itemIndex, {});
	const fields: unknown = typeof value === 'string' ? parseJson(value.trim() || '{}') : value;
	if (!isObject(fields)) {
		throw inputError(
			context.getNode(),
			"'Extra Fields' is not a JSON object",
			'Write it as {"field_name": "value"}.',
			itemIndex,
		);
	}
	const forbidden = Object.keys(fields).find((key) =>
		['__proto__', 'constructor', 'prototype'].includes(key),
	);
	if (forbidden !== undefined) {
		throw inputError(
			context.getNode(),
			`'Extra Fields' must not contain '${forbidden}'`,
			undefined,
			itemIndex,
		);
	}
	return { ...fields };
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function toId(context: IExecuteFunctions, displayName: string, value: unknown, itemIndex: number): number {
	const id = Number(asText(value));
	if (Number.isSafeInteger(id) && id > 0) return id;
	throw inputError(
		context.getNode(),
		`'${displayName}' is not an ID`,
		'An ID is a whole number above 0. Choose the record from the list, or enter its ID.',
		itemIndex,
	);
}

function asText(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}
