// What n8n's owner does for every test: signs up, keeps the sandbox's credential, publishes workflows and takes them back.
import type { Sandbox } from '../../sandbox/server.mts';
import type { Credential, N8nRest, Workflow, WorkflowDefinition } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { withCredential } from '../../scripts/real-n8n/workflow.mts';
import { subscriptionsOf } from '../fixtures.mts';

export const PACKAGE = 'n8n-nodes-whitelabelcro';
/** n8n's only user. */
export const OWNER = { email: 'owner@example.com', password: 'OnlyForTests1' };

export interface Owner {
	n8n: N8nRest;
	/** A credential of the sandbox with a key that has every scope. */
	credential: Credential;
	/** Creates a workflow whose nodes of this package use `credential`, or the one given. */
	create(definition: WorkflowDefinition, credential?: Credential): Promise<Workflow>;
	/** Creates a workflow, or takes one that was created, and publishes it. */
	publish(workflow: WorkflowDefinition | Workflow, credential?: Credential): Promise<Workflow>;
	/** Takes back all that has been published since the last time. */
	takeBack(): Promise<void>;
}

/** Waits until the CRM holds no subscription any more, which a busy n8n may tell a moment before it is so. */
export async function noneLeft(sandbox: Sandbox): Promise<void> {
	await until(
		'every subscription to be deleted',
		1_000,
		() => subscriptionsOf(sandbox).length === 0 || undefined,
	);
}

/** Makes the owner of a fresh n8n, with a credential of the sandbox. Has n8n install this version of the package first, if any. */
export async function signUp(n8n: N8nRest, sandbox: Sandbox, installs?: string): Promise<Owner> {
	await n8n.setUpOwner(OWNER);
	if (installs !== undefined) await n8n.installPackage(PACKAGE, installs);
	return await ownerOf(n8n, sandbox);
}

/** The owner, who is logged in, with a credential of the sandbox. */
export async function ownerOf(n8n: N8nRest, { apiKey, url }: Sandbox): Promise<Owner> {
	const credential = await n8n.createCredential('Sandbox', 'whiteLabelCroApi', { apiKey, baseUrl: url });
	const published: Workflow[] = [];
	const create: Owner['create'] = (definition, chosen = credential) =>
		n8n.createWorkflow(withCredential(definition, PACKAGE, chosen));

	return {
		n8n,
		credential,
		create,
		async publish(workflow, chosen) {
			const created = 'versionId' in workflow ? workflow : await create(workflow, chosen);
			await n8n.publish(created);
			published.push(created);
			return created;
		},
		async takeBack() {
			for (const workflow of published.splice(0)) await n8n.unpublish(workflow);
		},
	};
}
