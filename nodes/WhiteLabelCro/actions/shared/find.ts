import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { Item } from '../operation';
import { collectionFields, invalid, requireIdentity } from './input';

/** What a Find looks for a record by: a collection with at least one field filled in. */
export function criteria(options: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Search By',
		name: 'criteria',
		type: 'collection',
		placeholder: 'Add Value',
		// One field to fill in at once, rather than a button only.
		default: { email: '' },
		description: 'At least one value. If you enter several, the record must match them all.',
		options,
	};
}

const whenNothingFound: INodeProperties = {
	displayName: 'When Nothing Is Found',
	name: 'whenNothingFound',
	type: 'options',
	displayOptions: { hide: { '@tool': [true] } },
	default: 'noItem',
	description: 'What to do if no record matches',
	options: [
		{ name: 'Fail', value: 'fail', description: 'Stop with an error, or send the item to the error output' },
		{
			name: 'Return No Item',
			value: 'noItem',
			description: "The nodes after this one don't run for this item",
		},
		{
			name: 'Return One Item With "Found: False"',
			value: 'foundFalse',
			description: 'The next nodes run. A record that is found has "found: true".',
		},
	],
};

/** What can be chosen for when nothing is found. An AI agent needs an answer to go on. */
export const foundOptions: INodeProperties[] = [
	whenNothingFound,
	{ ...whenNothingFound, displayOptions: { show: { '@tool': [true] } }, default: 'foundFalse' },
];

/** The criteria of a Find by wire name. @throws NodeOperationError, before any call, if there is none */
export function requiredCriteria(item: Item): IDataObject {
	const given = collectionFields(item, 'criteria');
	for (const name of ['email', 'phone', 'name'] as const) {
		requireIdentity(item, item.titleOf(name), given[name] ?? '', name === 'name' ? undefined : name);
	}
	if (Object.keys(given).length > 0) return given;
	throw invalid(item, "'Search By' is empty", "Add at least one value to search by under 'Search By'.");
}

/** What a Find gives: the record, or what the user chose for when there is none. @throws NodeOperationError */
export function foundOrNot(item: Item, record: IDataObject | undefined): IDataObject[] {
	const choice = item.context.getNodeParameter(whenNothingFound.name, item.index);
	if (record !== undefined) return [choice === 'foundFalse' ? { found: true, ...record } : record];
	if (choice === 'fail') {
		throw invalid(
			item,
			'No record matches',
			"Every value under 'Search By' must match exactly. Check them, or choose another 'When Nothing Is Found'.",
		);
	}
	return choice === 'foundFalse' ? [{ found: false }] : [];
}
