import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'flatted';
import type { IConnections, INode, IRun, IRunExecutionData } from 'n8n-workflow';
import { ask } from './ask.mts';
import { N8N_VERSION, OLDEST } from './install.mts';
import { until } from './until.mts';

/** n8n itself gives up on a failing activation after some 11 seconds. */
const PUBLISH_MS = 11_000;
/** With an agent that calls its tools, or a wait of five seconds in it. */
const EXECUTION_MS = 6_000;
/** How often a question is asked that n8n answers with a failure of its own. */
const TRIES = 5;
const FINISHED = new Set(['success', 'error', 'crashed', 'canceled']);

interface Login {
	email: string;
	password: string;
}

export interface Credential {
	id: string;
	name: string;
	type: string;
}

interface CredentialTest {
	status: 'OK' | 'Error';
	message: string;
}

export interface WorkflowDefinition {
	name: string;
	nodes: INode[];
	connections: IConnections;
	settings: Record<string, unknown>;
}

export interface Workflow {
	id: string;
	versionId: string;
}

export interface ExecutionSummary {
	id: string;
	status: IRun['status'];
}

export interface Execution extends ExecutionSummary {
	data: IRunExecutionData;
}

interface ExecutionPage {
	results: ExecutionSummary[];
	/** Older versions of n8n page by another parameter. */
	nextCursor?: string | null;
}

interface Publication {
	status: 'in_progress' | 'published' | 'partial' | 'failed' | 'not_published';
	triggers: Array<{ errorMessage: string | null }>;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/**
 * The cursor of an execution list, a little earlier: n8n sorts by the start but pages by the id, so that it passes over
 * executions that started in another order than they were made in.
 */
function overlapping(cursor: string): string {
	const position = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as { v1?: { id: string } };
	if (position.v1) position.v1.id = String(Number(position.v1.id) + 50);
	return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** The part of n8n's own REST API (the one its editor uses) that a whole workflow's life needs. Every answer but 2xx rejects. */
export class N8nRest {
	/** n8n ties the session to the browser that logged in. */
	private readonly browserId = randomUUID();

	/** Without its publication service, which the oldest does not have, n8n has registered or removed triggers when it answers. */
	readonly answersWhenDone: boolean;

	private cookie = '';

	constructor(
		private readonly url: string,
		version = N8N_VERSION,
		{ N8N_USE_WORKFLOW_PUBLICATION_SERVICE }: NodeJS.ProcessEnv = {},
	) {
		this.answersWhenDone = version === OLDEST || N8N_USE_WORKFLOW_PUBLICATION_SERVICE === 'false';
	}

	/** Makes the owner of a fresh n8n and logs in as that owner. */
	async setUpOwner({ email, password }: Login): Promise<void> {
		await this.call('POST', '/rest/owner/setup', { email, password, firstName: 'Demo', lastName: 'Owner' });
	}

	async logIn({ email, password }: Login): Promise<void> {
		await this.call('POST', '/rest/login', { emailOrLdapLoginId: email, password });
	}

	async createCredential(name: string, type: string, data: object): Promise<Credential> {
		const { id } = (await this.call('POST', '/rest/credentials', { name, type, data })) as { id: string };
		return { id, name, type };
	}

	async changeCredential({ id, name, type }: Credential, data: object): Promise<void> {
		await this.call('PATCH', `/rest/credentials/${id}`, { name, type, data });
	}

	/** What n8n's editor does after a credential was saved: the connection test with the values it was given. */
	async testCredential(credential: Credential, data: object): Promise<CredentialTest> {
		const credentials = { ...credential, data };
		return (await this.call('POST', '/rest/credentials/test', { credentials })) as CredentialTest;
	}

	async createWorkflow(definition: WorkflowDefinition): Promise<Workflow> {
		return (await this.call('POST', '/rest/workflows', definition)) as Workflow;
	}

	/** Saves a workflow anew, as the editor does. What is published stays as it was until that is published, too. */
	async changeWorkflow({ id, versionId }: Workflow, definition: WorkflowDefinition): Promise<Workflow> {
		return (await this.call('PATCH', `/rest/workflows/${id}`, { ...definition, versionId })) as Workflow;
	}

	/**
	 * Publishes a workflow and waits until its triggers are registered, which newer versions of n8n do after they have answered. Rejects
	 * with the trigger's own error text if that fails, or when patience is out.
	 */
	async publish({ id, versionId }: Workflow): Promise<void> {
		await this.call('POST', `/rest/workflows/${id}/activate`, { versionId });
		if (this.answersWhenDone) return;
		const { status, triggers } = await this.publication(id, ['published', 'partial', 'failed']);
		if (status !== 'published') {
			const reasons = triggers.map(({ errorMessage }) => errorMessage).filter(Boolean);
			throw new Error(`Workflow ${id} could not be published: ${reasons.join('; ')}`);
		}
	}

	/** Takes a workflow out of service and waits until its triggers are removed. Rejects when patience is out. */
	async unpublish({ id }: Workflow): Promise<void> {
		await this.call('POST', `/rest/workflows/${id}/deactivate`, {});
		if (this.answersWhenDone) return;
		await this.publication(id, ['not_published']);
	}

	/**
	 * What the editor does to test a workflow from one of its triggers. Returns the id of the execution, or undefined if
	 * n8n listens for a call of the trigger's test address first.
	 */
	async runManually({ id }: Workflow, trigger: string): Promise<string | undefined> {
		// Older versions run what they are sent, newer ones what they have stored.
		const workflowData = await this.call('GET', `/rest/workflows/${id}`);
		const triggerToStartFrom = { name: trigger };
		const answer = await this.call('POST', `/rest/workflows/${id}/run`, { workflowData, triggerToStartFrom });
		return (answer as { executionId?: string }).executionId;
	}

	/** The executions of a workflow, newest first; of an older n8n the newest hundred. */
	async executions(workflowId: string): Promise<ExecutionSummary[]> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		const all = new Map<string, ExecutionSummary>();
		for (let cursor: string | undefined = ''; cursor !== undefined; ) {
			const path: string = `/rest/executions?limit=100&filter=${filter}${cursor && `&cursor=${cursor}`}`;
			const { results, nextCursor } = (await this.call('GET', path)) as ExecutionPage;
			const known = all.size;
			for (const execution of results) all.set(execution.id, execution);
			// A page that holds only what is known would come again and again.
			cursor = nextCursor && all.size > known ? overlapping(nextCursor) : (nextCursor ?? undefined);
		}
		return [...all.values()];
	}

	/** Waits until `count` executions of a workflow have finished, however they ended. Rejects when patience is out. */
	async finishedExecutions(workflowId: string, count: number): Promise<ExecutionSummary[]> {
		return await until(`${count} executions of workflow ${workflowId}`, EXECUTION_MS, async () => {
			const all = await this.executions(workflowId);
			const finished = all.filter(({ status }) => FINISHED.has(status));
			return finished.length >= count ? finished : undefined;
		});
	}

	async execution(id: string): Promise<Execution> {
		const { status, data } = (await this.call('GET', `/rest/executions/${id}`)) as ExecutionSummary & {
			data: string;
		};
		return { id, status, data: parse(data) as IRunExecutionData };
	}

	/** What the community nodes screen does. n8n asks the `npm` on its PATH for the package. */
	async installPackage(name: string, version: string): Promise<void> {
		await this.call('POST', '/rest/community-packages', { name, version });
	}

	async updatePackage(name: string, version: string): Promise<void> {
		await this.call('PATCH', '/rest/community-packages', { name, version });
	}

	async uninstallPackage(name: string): Promise<void> {
		await this.call('DELETE', `/rest/community-packages?name=${name}`);
	}

	/** What n8n answers to a GET of any of its paths, as it stands. */
	async text(path: string): Promise<string> {
		return await this.answer('GET', path);
	}

	/** The publication of a workflow once it has come to one of these states. */
	private async publication(id: string, states: Array<Publication['status']>): Promise<Publication> {
		return await until(`workflow ${id} to be ${states.join(' or ')}`, PUBLISH_MS, async () => {
			const now = (await this.call('GET', `/rest/workflows/${id}/publication-status`)) as Publication;
			return states.includes(now.status) ? now : undefined;
		});
	}

	private async call(method: Method, path: string, body?: object): Promise<unknown> {
		const answer = JSON.parse(await this.answer(method, path, body)) as { data?: unknown };
		return answer.data ?? answer;
	}

	private async answer(method: Method, path: string, body?: object, tries = 1): Promise<string> {
		const response = await ask(this.url + path, {
			method,
			headers: { 'content-type': 'application/json', 'browser-id': this.browserId, cookie: this.cookie },
			body: body && JSON.stringify(body),
		});
		const session = response.headers.getSetCookie().find((cookie) => cookie.startsWith('n8n-auth='));
		if (session !== undefined) this.cookie = session.split(';')[0] ?? '';
		const text = await response.text();
		if (response.ok) return text;
		// A busy n8n has not the time for its database now and then. What only reads is asked again.
		if (method !== 'GET' || response.status < 500 || tries === TRIES)
			throw new Error(`n8n answered ${method} ${path} with ${response.status}: ${text}`);
		await sleep(tries * 1000);
		return await this.answer(method, path, body, tries + 1);
	}
}
