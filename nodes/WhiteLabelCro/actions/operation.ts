import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

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
	/** @returns the output items for this input item; none is allowed */
	execute(context: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]>;
}

export interface Resource {
	name: string;
	value: string;
	operations: [Operation, ...Operation[]];
}

/** The node's parameters: the Resource list, each resource's Operation list, and each operation's own parameters. */
export function describe(resources: [Resource, ...Resource[]]): INodeProperties[] {
	const [{ value: first }] = resources;
	return [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: resources.map(({ name, value }) => ({ name, value })),
			default: first,
		},
		...resources.flatMap(describeResource),
	];
}

function describeResource({ value: resource, operations }: Resource): INodeProperties[] {
	const [{ value: first }] = operations;
	return [
		{
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show: { resource: [resource] } },
			options: operations.map(({ name, value, action, description }) => ({
				name,
				value,
				action,
				description,
			})),
			default: first,
		},
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
