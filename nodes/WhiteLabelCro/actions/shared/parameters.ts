/** Parameters that several operations have. */
import type { INodeProperties } from 'n8n-workflow';

import { sortedBy } from '../../helpers/sorted';

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
	{ displayName: 'Client', name: 'clientId', required: true, description: 'The client to work on' },
	'searchClients',
);

/** The API calls a lead's ID `client_id` too: both share one range of IDs. */
export const leadLocator = recordLocator(
	{ displayName: 'Lead', name: 'clientId', required: true, description: 'The lead to work on' },
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

export const employeeLocator = recordLocator(
	{ displayName: 'Employee', name: 'employeeId', description: 'The employee who is in charge of the record' },
	'searchEmployees',
);

const changedByLocator = recordLocator(
	{
		displayName: 'Changed By Employee',
		name: 'changedByEmployeeId',
		description: 'The employee in whose name the status is changed',
	},
	'searchEmployees',
);

/** A status of the account, from its list, by ID or by name. */
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

export const packageKeyword: INodeProperties = {
	displayName: 'Package Keyword',
	name: 'packageKeyword',
	type: 'string',
	default: '',
	placeholder: 'e.g. premium',
	description: 'The keyword of the service package that the lead asked for',
};

export const initialStatus: INodeProperties = {
	displayName: 'Status',
	name: 'status',
	type: 'string',
	default: '',
	placeholder: 'e.g. Client - Active',
	description: 'The name of the status that the client starts in',
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

/** The optional fields of an action, by name. Extra Fields come with every write. */
export function additionalFields(options: INodeProperties[]): INodeProperties[] {
	return [
		{
			displayName: 'Additional Fields',
			name: 'additionalFields',
			type: 'collection',
			placeholder: 'Add Field',
			default: {},
			options: sortedBy(options, ({ displayName }) => displayName),
		},
		{
			displayName: 'Extra Fields',
			name: 'extraFields',
			type: 'json',
			default: '{}',
			hint: 'Leave it as it is unless you need a field that is not listed above',
			description:
				'A JSON object of further fields, for what WhiteLabelCRO accepts but this node does not list, e.g. {"source": "website"}. The fields above win over it.',
		},
	];
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
		description: 'Why the status is changed',
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
	description: 'The code by which referrals name this affiliate',
};
