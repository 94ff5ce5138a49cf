import type { IDataObject, IExecuteFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { ApiClient } from '../client/apiClient';
import type { UnconfirmedWrite } from '../client/errors';
import type { KeyedLock } from '../helpers/keyedLock';
import { sortedBy } from '../helpers/sorted';

/** One input item of one run of the node, and what its operation needs. */
export interface Item {
	context: IExecuteFunctions;
	api: ApiClient;
	index: number;
	/** Set if an earlier try of the node sent this item's creation and nobody knows whether it took effect. */
	previousAttempt?: UnconfirmedWrite;
	/** What the form calls a field, by its wire name. */
	titleOf: (field: string) => string;
	/** Its place among those that write the same records (see shared/lockKeys.ts). */
	lock: KeyedLock;
	/** Ends its wait for a turn: the execution was canceled, or another item failed and the run stops. */
	signal: AbortSignal;
	/** What items of this run have written, by the key they were matched by. */
	upsertedIds: Map<string, number>;
	/** Which fields each item of this run was matched by, by wire name: those that it had, and those that were empty. */
	matches: Array<{ by: string[]; empty: string[] }>;
}

/** One operation of a resource: what the user sees of it, and what it does for one input item. */
export interface Operation {
	/** Title Case, as in the Operation list. */
	name: string;
	value: string;
	/** As in the node panel's list of actions, e.g. "Create a lead". */
	action: string;
	/** One sentence that a person or an AI agent can act on. */
	description: string;
	/** Its parameters, without displayOptions for resource and operation: those are added. */
	properties: INodeProperties[];
	/** Whether it changes something in the CRM. */
	writes: boolean;
	/** Whether `execute` looks for what an earlier try may have created before it creates again. */
	confirms?: true;
	/** @returns the output items for this input item; none is allowed */
	execute(item: Item): Promise<IDataObject[]>;
}

export interface Resource {
	name: string;
	value: string;
	/** The first is the one that is chosen at first. */
	operations: [Operation, ...Operation[]];
}

/** The node's parameters: the Resource list, each resource's Operation list, each operation's own parameters, the options of all. */
export function describe(resources: Resource[], options: INodeProperties): INodeProperties[] {
	const choices = resources.map(({ name, value }) => ({ name, value }));
	return [listOf('Resource', 'resource', choices), ...resources.flatMap(describeResource), options];
}

function describeResource({ value: resource, operations }: Resource): INodeProperties[] {
	const choices = operations.map(({ name, value, action, description }) => ({
		name,
		value,
		action,
		description,
	}));
	return [
		{ ...listOf('Operation', 'operation', choices), displayOptions: { show: { resource: [resource] } } },
		...operations.flatMap(({ value: operation, properties }) =>
			properties.map((property) => ({
				...property,
				displayOptions: {
					...property.displayOptions,
					show: { resource: [resource], operation: [operation], ...property.displayOptions?.show },
				},
			})),
		),
	];
}

/** A list to choose one from, sorted by name. The first that is given is chosen at first. */
function listOf(displayName: string, name: string, choices: INodePropertyOptions[]): INodeProperties {
	const options = sortedBy(choices, (choice) => choice.name);
	const first = choices[0]?.value ?? '';
	return { displayName, name, type: 'options', noDataExpression: true, options, default: first };
}
