import { randomUUID } from 'node:crypto';
import type { Credential, WorkflowDefinition } from './rest.mts';

/**
 * A workflow as n8n's editor would save it after an import: the credential chosen in every node of `packageName`, and an
 * address of its own for every trigger.
 */
export function withCredential(
	workflow: WorkflowDefinition,
	packageName: string,
	{ id, name, type }: Credential,
): WorkflowDefinition {
	const nodes = workflow.nodes.map((node) =>
		node.type.startsWith(`${packageName}.`)
			? { ...node, credentials: { [type]: { id, name } }, webhookId: randomUUID() }
			: node,
	);
	return { ...workflow, nodes };
}
