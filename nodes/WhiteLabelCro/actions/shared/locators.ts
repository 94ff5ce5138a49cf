/** Parameters that choose one thing of the account: from a searchable list, by its ID or by its name. */
import type { INodeProperties, INodePropertyMode, INodePropertyModeValidation } from 'n8n-workflow';

type Locator = Pick<INodeProperties, 'displayName' | 'name' | 'description' | 'hint' | 'required'> & {
	/** In methods/listSearch.ts. */
	searchListMethod: string;
};

type Way = 'list' | 'id' | 'name';

const RECORD_ID: INodePropertyModeValidation = {
	type: 'regex',
	// Also as the lists show it, and with characters that no one sees, as a copied one may have.
	properties: { regex: '^[^\\w.,+-]*[1-9]\\d*[^\\w.,+-]*$', errorMessage: 'An ID is a whole number above 0' },
};

/** @param ways in which it can be chosen @param validation of its ID */
export function locator(
	{ searchListMethod, ...property }: Locator,
	ways: Way[],
	...validation: INodePropertyModeValidation[]
): INodeProperties {
	const typeOptions = { searchListMethod, searchable: true };
	const every: { modes: INodePropertyMode[] } = {
		modes: [
			{ displayName: 'From List', name: 'list', type: 'list', typeOptions },
			{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. 12345', validation },
			{ displayName: 'By Name', name: 'name', type: 'string', placeholder: 'e.g. Client - Active' },
		],
	};
	return {
		...property,
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		modes: every.modes.filter(({ name }) => (ways as string[]).includes(name)),
	};
}

const record = (of: Locator) => locator(of, ['list', 'id'], RECORD_ID);

/** The API has one list for both, and no other for leads alone. */
const ONE_LIST = 'Leads and clients share one list, so make sure you pick the right person';

export const clientLocator = record({
	displayName: 'Client',
	name: 'clientId',
	required: true,
	hint: ONE_LIST,
	description: 'The client to use',
	searchListMethod: 'searchClients',
});

/** The API calls a lead's ID `client_id` too: both share one range of IDs. */
export const leadLocator: INodeProperties = {
	...clientLocator,
	displayName: 'Lead',
	description: 'The lead to use',
};

export const affiliateLocator = record({
	displayName: 'Affiliate',
	name: 'affiliateId',
	description: 'The referral partner who sent this person',
	searchListMethod: 'searchAffiliates',
});

export const employeeLocator = record({
	displayName: 'Employee',
	name: 'employeeId',
	description: 'The employee in charge of this person',
	searchListMethod: 'searchEmployees',
});

export const changedByLocator = record({
	displayName: 'Changed By Employee',
	name: 'changedByEmployeeId',
	description: 'The employee to record as the one who changed the status',
	searchListMethod: 'searchEmployees',
});

/** A status of the account to move a record to. */
export function statusLocator(searchListMethod: string): INodeProperties {
	const description = 'The status to move this person to';
	const status = { displayName: 'New Status', name: 'status', required: true, description };
	return locator({ ...status, searchListMethod }, ['list', 'id', 'name'], RECORD_ID);
}

/** The status that a new client starts in. The API takes its name only (D), so the list gives names. */
export const initialStatus = locator(
	{
		displayName: 'Status',
		name: 'status',
		description: "The client's first status",
		searchListMethod: 'searchClientStatusNames',
	},
	['list', 'name'],
);
