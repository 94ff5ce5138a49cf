import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { HIT_FIELDS } from '../../contract/records';
import { sortedBy } from '../../helpers/sorted';
import type { Item } from '../operation';
import { titleOf } from './wireFields';

/** What a person most often needs of a lead or client, which has more than ten fields. The ID is always among it. */
const SIMPLE_FIELDS = [
	'client_id',
	'full_name',
	'email',
	'phone',
	'status_id',
	'status',
	'employee_name',
	'affiliate_name',
	'created_utc',
] as const;

/** How much of a record to return: a switch for people, a choice that spares an AI agent's context for tools. */
export const output: INodeProperties[] = [
	{
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		displayOptions: { hide: { '@tool': [true] } },
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
	},
	{
		displayName: 'Output',
		name: 'output',
		type: 'options',
		displayOptions: { show: { '@tool': [true] } },
		default: 'simplified',
		description: 'How much of the record to return',
		options: [
			{ name: 'Raw', value: 'raw', description: 'Every field as WhiteLabelCRO sends it' },
			{
				name: 'Selected Fields',
				value: 'selected',
				description: 'The fields you choose below, plus the ID',
			},
			{ name: 'Simplified', value: 'simplified', description: 'The fields people need most often' },
		],
	},
	{
		displayName: 'Fields',
		name: 'outputFields',
		type: 'multiOptions',
		displayOptions: { show: { '@tool': [true], output: ['selected'] } },
		default: [],
		description: 'The fields to return',
		options: sortedBy(
			HIT_FIELDS.map((field) => ({ name: titleOf(field), value: field })),
			({ name }) => name,
		),
	},
];

/** The record with as many of its fields as the user, or the AI tool's owner, wants. */
export function shapeRecord({ context, index }: Item, record: IDataObject): IDataObject {
	// Of the two only one exists: Output for an AI tool, Simplify else.
	const choice = context.getNodeParameter('output', index, '');
	if (choice === 'raw' || context.getNodeParameter('simplify', index, true) === false) return record;
	const fields: readonly string[] =
		choice === 'selected'
			? ['client_id', ...(context.getNodeParameter('outputFields', index, []) as string[])]
			: SIMPLE_FIELDS;
	return Object.fromEntries(fields.filter((field) => field in record).map((field) => [field, record[field]]));
}
