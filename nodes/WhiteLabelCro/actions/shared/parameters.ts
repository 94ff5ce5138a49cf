/** Parameters that several operations have. */
import type { INodeProperties } from 'n8n-workflow';

import { sortedBy } from '../../helpers/sorted';
import { affiliateLocator, changedByLocator, employeeLocator } from './locators';

/** What a person should know before running an operation. */
export function warning(text: string): INodeProperties {
	return { displayName: text, name: 'warning', type: 'notice', default: '' };
}

/** A parameter that takes a text. */
export function textParameter(
	displayName: string,
	name: string,
	description: string,
	placeholder?: string,
): INodeProperties {
	return { displayName, name, type: 'string', default: '', placeholder, description };
}

function required(property: INodeProperties): INodeProperties {
	return { ...property, required: true };
}

export const firstName = required(
	textParameter('First Name', 'firstName', "The person's given name", 'e.g. Jane'),
);

export const lastName = required(
	textParameter('Last Name', 'lastName', "The person's family name", 'e.g. Smith'),
);

export const email = required(
	textParameter('Email', 'email', "The person's email address", 'e.g. jane@example.com'),
);

export const phone = textParameter(
	'Phone',
	'phone',
	'The phone number, preferably with the country code',
	'e.g. +14155551234',
);

export const externalId = textParameter(
	'External ID',
	'externalId',
	'Your own ID for this record, so you can find it again',
	'e.g. form-2026-0042',
);

export const packageKeyword = textParameter(
	'Package Keyword',
	'packageKeyword',
	'The keyword of the service package the lead is interested in',
	'e.g. premium',
);

const address = [
	textParameter('City', 'city', 'The city the person lives in', 'e.g. San Francisco'),
	textParameter('State', 'state', 'The state the person lives in', 'e.g. CA'),
	textParameter('ZIP', 'zip', 'The postal code', 'e.g. 94105'),
];

/** The same parameter where it can be left out. */
export function optional(property: INodeProperties): INodeProperties {
	return { ...property, required: false };
}

/** What a lead and a client have in common beside names and email. */
export const personFields: INodeProperties[] = [affiliateLocator, ...address, externalId, phone];

/** All that an update of a lead or client can change. */
export const personChanges: INodeProperties[] = [
	...personFields,
	optional(email),
	employeeLocator,
	optional(firstName),
	optional(lastName),
];

/** What WhiteLabelCRO accepts but this node does not list: as rows, and as JSON for those who want it. */
const extraFields: INodeProperties[] = [
	{
		displayName: 'Extra Fields',
		name: 'extraFields',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Extra Field' },
		placeholder: 'Add Extra Field',
		default: {},
		description: "Fields that WhiteLabelCRO accepts but this list doesn't have",
		options: [
			{
				displayName: 'Field',
				name: 'field',
				values: [
					textParameter('Name', 'name', 'The name of the field, as WhiteLabelCRO spells it', 'e.g. source'),
					textParameter('Value', 'value', 'Sent as text. Leave it empty to skip the field.', 'e.g. website'),
				],
			},
		],
	},
	{
		displayName: 'Extra Fields (JSON)',
		name: 'extraFieldsJson',
		type: 'json',
		default: '{}',
		description:
			'Extra fields as one JSON object, for example {"source": "website"}. If a field is also filled in elsewhere, that value is used.',
	},
];

/** The optional fields of a record that is made, or of a change of its status, extra fields last. */
export function additionalFields(options: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Additional Fields',
		name: 'additionalFields',
		type: 'collection',
		placeholder: 'Add Field',
		default: {},
		options: [...sortedBy(options, (option) => option.displayName), ...extraFields],
	};
}

/** What an update can change. */
export function updateFields(options: INodeProperties[]): INodeProperties {
	return { ...additionalFields(options), displayName: 'Update Fields', name: 'updateFields' };
}

/** What every change of a status can carry. */
export const statusChangeFields = additionalFields([
	changedByLocator,
	textParameter('Status Note', 'statusNote', 'Why the status changes', 'e.g. Signed the agreement today'),
]);

/** How many records a Get Many returns. */
export const returnAllOrLimit: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		displayOptions: { show: { returnAll: [false] } },
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
	},
];

/** A record's own ID as a criterion of a search. */
export function recordIdCriterion(what: string): INodeProperties {
	return textParameter(`${what} ID`, 'clientId', "The record's ID in WhiteLabelCRO", 'e.g. 12345');
}

export const affiliateCode = textParameter(
	'Affiliate Code',
	'affiliateCode',
	'The code that referrals use for this affiliate',
	'e.g. PAULA10',
);
