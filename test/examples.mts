// The example workflows as tests have them: as they stand, but for what only their user can know.
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { INode, INodeParameters } from 'n8n-workflow';
import type { WorkflowDefinition } from '../scripts/real-n8n/rest.mts';

const FOLDER = 'examples';

/** The names of all examples, without `.json`. */
export const exampleNames = readdirSync(FOLDER)
	.filter((file) => file.endsWith('.json'))
	.map((file) => file.replace(/\.json$/, ''));

/** The text of an example's file. */
export function exampleText(name: string): string {
	return readFileSync(join(FOLDER, `${name}.json`), 'utf8');
}

/** An example as n8n's editor saves it after the import: with an address of its own for every node that may have one. */
export function importedExample(name: string): WorkflowDefinition {
	const workflow = JSON.parse(exampleText(name)) as WorkflowDefinition;
	for (const node of workflow.nodes) node.webhookId = randomUUID();
	return workflow;
}

/** The node of this name. @throws Error if there is none */
export function nodeOf({ nodes }: WorkflowDefinition, name: string): INode {
	const node = nodes.find((candidate) => candidate.name === name);
	if (node === undefined) throw new Error(`The example has no node "${name}".`);
	return node;
}

/** Points a node at the local server that stands for the chat service of the user's team. */
export function useChatService(workflow: WorkflowDefinition, nodeName: string, url: string): void {
	change(workflow, nodeName, { url });
}

/** Has a Code node give as many rows as there are in a real list, the last of them without an email. */
export function useRows(workflow: WorkflowDefinition, nodeName: string, count: number): void {
	const jsCode = `return Array.from({ length: ${count} }, (_, index) => ({
		json: { row_id: 'row-' + index, first_name: 'Row', last_name: 'Number ' + index, email: index === ${count - 1} ? '' : 'row.' + index + '@example.com', city: 'Reno' },
	}));`;
	change(workflow, nodeName, { jsCode });
}

/** Deletes a node as the editor does: what led to it then leads to what it led to. */
export function deleteNode(workflow: WorkflowDefinition, nodeName: string): void {
	const { [nodeName]: own, ...others } = workflow.connections;
	workflow.nodes.splice(workflow.nodes.indexOf(nodeOf(workflow, nodeName)), 1);
	for (const outputs of Object.values(others).flatMap((byType) => Object.values(byType))) {
		for (const targets of outputs) {
			const index = targets?.findIndex(({ node }) => node === nodeName) ?? -1;
			if (index !== -1) targets?.splice(index, 1, ...(own?.main?.[0] ?? []));
		}
	}
	workflow.connections = others;
}

/** Makes a Wait node wait for seconds instead of days. */
export function hurry(workflow: WorkflowDefinition, nodeName: string, seconds: number): void {
	change(workflow, nodeName, { amount: seconds, unit: 'seconds' });
}

/** Lets every delivery of an event through, as a trigger does whose n8n was restarted and remembers none. */
export function forgetDeliveries(workflow: WorkflowDefinition, triggerName: string): void {
	const { parameters } = nodeOf(workflow, triggerName);
	parameters.options = { ...(parameters.options as object), ignoreDuplicates: false };
}

/** @throws Error if the node does not have one of the parameters already */
function change(workflow: WorkflowDefinition, nodeName: string, parameters: INodeParameters): void {
	const node = nodeOf(workflow, nodeName);
	for (const name of Object.keys(parameters)) {
		if (!(name in node.parameters)) throw new Error(`"${nodeName}" has no parameter "${name}".`);
	}
	Object.assign(node.parameters, parameters);
}
