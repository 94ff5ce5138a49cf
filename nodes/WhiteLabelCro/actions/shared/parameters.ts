/** Parameters that several operations have. */
import type { INodeProperties } from 'n8n-workflow';

import { sortedBy } from '../../helpers/sorted';
import { affiliateLocator, changedByLocator, clientLocator, employeeLocator } from './locators';

/** What a person should know before running an operation. */
export function warning(text: string): INodeProperties {
	return { displayName: text, name: 'warning', type: 'notice', default: '' };
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
	description: 'The phone number, preferably with the country code',
};

export const externalId: INodeProperties = {
	displayName: 'External ID',
	name: 'externalId',
	type: 'string',
	default: '',
	placeholder: 'e.g. form-2026-0042',
	description: 'Your own ID for this record, so that you can find it again',
};

export const packageKeyword: INodeProperties = {
	displayName: 'Package Keyword',
	name: 'packageKeyword',
	type: 'string',
	default: '',
	placeholder: 'e.g. premium',
	description: 'The keyword of the package that the lead asked for',
};

const address: INodeProperties[] = [
	{
		displayName: 'City',
		name: 'city',
		type: 'string',
		default: '',
		placeholder: 'e.g. San Francisco',
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
		description: 'Fields that WhiteLabelCRO accepts but this list does not have',
		options: [
			{
				displayName: 'Field',
				name: 'field',
				values: [
					{
						displayName: 'Name',
						name: 'name',
						type: 'string',
						default: '',
						placeholder: 'e.g. source',
						description: 'The name of the field, as WhiteLabelCRO spells it',
					},
					{
						displayName: 'Value',
						name: 'value',
						type: 'string',
						default: '',
						placeholder: 'e.g. website',
						description: 'Sent as text. Leave it empty to skip the field.',
					},
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
			'Extra fields as one JSON object, for example {"source": "website"}. The other fields win over it.',
	},
];

/** A collection of fields that can be left out, extra fields last. */
function fieldCollection(displayName: string, name: string, options: INodeProperties[]): INodeProperties {
	return {
		displayName,
		name,
		type: 'collection',
		placeholder: 'Add Field',
		default: {},
		options: [...sortedBy(options, (option) => option.displayName), ...extraFields],
	};
}

/** The optional fields of a record that is made, or of a change of its status. */
export function additionalFields(options: INodeProperties[]): INodeProperties {
	return fieldCollection('Additional Fields', 'additionalFields', options);
}

/** What an update can change. */
export function updateFields(options: INodeProperties[]): INodeProperties {
	return fieldCollection('Update Fields', 'updateFields', options);
}

/** What every change of a status can carry. */
export const statusChangeFields = additionalFields([
	changedByLocator,
	{
		displayName: 'Status Note',
		name: 'statusNote',
		type: 'string',
		default: '',
		placeholder: 'e.g. Signed the agreement today',
		description: 'Why the status changes',
	},
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
	return {
		displayName: `${what} ID`,
		name: clientLocator.name,
		type: 'string',
		default: '',
		placeholder: 'e.g. 12345',
		description: "The record's ID in WhiteLabelCRO",
	};
}

export const affiliateCode: INodeProperties = {
	displayName: 'Affiliate Code',
	name: 'affiliateCode',
	type: 'string',
	default: '',
	placeholder: 'e.g. PAULA10',
	description: 'The code that referrals use for this affiliate',
};
