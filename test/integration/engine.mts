// The built package on the real n8n-core contexts, over real HTTP. Only the credential store and the server around
// the engine are stand-ins; how n8n itself stores credentials and starts executions is what test/e2e proves.
import 'reflect-metadata';

import { EventEmitter } from 'node:events';

import {
	ExecuteContext,
	ExecutionLifecycleHooks,
	HookContext,
	LoadOptionsContext,
	PackageDirectoryLoader,
	WebhookContext,
	WorkflowExecute,
} from 'n8n-core';
import { ICredentialsHelper, NodeHelpers, Workflow, createRunExecutionData } from 'n8n-workflow';
import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IHttpRequestOptions,
	INode,
	INodeCredentialsDetails,
	INodeExecutionData,
	INodeListSearchResult,
	INodeParameters,
	INodeType,
	INodeTypes,
	IRun,
	IWebhookData,
	IWebhookResponseData,
	IWorkflowExecuteAdditionalData,
	WorkflowExecuteMode,
} from 'n8n-workflow';

export interface Credential {
	apiKey: string;
	baseUrl: string;
}

/** Loads dist/ exactly as n8n loads an installed community package. */
async function loadPackage(): Promise<PackageDirectoryLoader> {
	const loader = new PackageDirectoryLoader(process.cwd());
	await loader.loadAll();
	return loader;
}

/** Decrypted credentials from memory, authenticated by the package's own credential class. */
class MemoryCredentials extends ICredentialsHelper {
	constructor(
		private readonly loader: PackageDirectoryLoader,
		private readonly credential: Credential,
	) {
		super();
	}

	getParentTypes(): string[] {
		return [];
	}

	isCredentialUsableByNode(): boolean {
		return true;
	}

	getCredentialsProperties(type: string) {
		return this.loader.getCredential(type).type.properties;
	}

	getDecrypted(): Promise<ICredentialDataDecryptedObject> {
		return Promise.resolve({ ...this.credential });
	}

	preAuthentication(): Promise<undefined> {
		return Promise.resolve(undefined);
	}

	runPreAuthentication(): Promise<undefined> {
		return Promise.resolve(undefined);
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		type: string,
		options: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		const { authenticate } = this.loader.getCredential(type).type;
		if (typeof authenticate !== 'function') throw new Error(`${type} does not authenticate by a function`);
		return await authenticate(credentials, options);
	}

	getCredentials(details: INodeCredentialsDetails): never {
		throw new Error(`No stored credential ${details.name}`);
	}

	updateCredentials(): Promise<void> {
		return Promise.resolve();
	}

	updateCredentialsOauthTokenData(): Promise<void> {
		return Promise.resolve();
	}
}

const WEBHOOK_BASE = 'http://127.0.0.1:5678';

export interface Engine {
	nodeType(name: string): INodeType;
	credentialType(name: string): ReturnType<PackageDirectoryLoader['getCredential']>['type'];
	/** Runs the regular node over the items, as one node run of one execution. */
	execute(
		parameters: INodeParameters,
		items?: IDataObject[],
		options?: { settings?: Partial<INode>; abortSignal?: AbortSignal },
	): Promise<INodeExecutionData[]>;
	/** Runs the regular node in n8n's own workflow engine, which applies the node's settings, Retry On Fail among them. */
	runWorkflow(parameters: INodeParameters, items: IDataObject[], settings: Partial<INode>): Promise<IRun>;
	listSearch(method: string, filter?: string, paginationToken?: string): Promise<INodeListSearchResult>;
	/** A trigger node of a workflow of its own, whose static data lives as long as the object. */
	trigger(parameters: INodeParameters): Trigger;
}

export interface Trigger {
	url(mode?: WorkflowExecuteMode): string;
	staticData(): IDataObject;
	/** What n8n does to activate: checkExists and, if that says false, create; a throw is followed by delete. */
	publish(mode?: WorkflowExecuteMode): Promise<void>;
	unpublish(mode?: WorkflowExecuteMode): Promise<boolean>;
	checkExists(): Promise<boolean>;
	deliver(request: DeliveryRequest, mode?: WorkflowExecuteMode): Promise<DeliveryOutcome>;
	parameters: INodeParameters;
}

export interface DeliveryRequest {
	headers: Record<string, string>;
	rawBody: Buffer;
}

export interface DeliveryOutcome {
	/** What the node sent itself; undefined when it left the answer to n8n. */
	answered?: { status: number; body: unknown };
	returned: IWebhookResponseData;
}

/** The package, with one credential for all its nodes. */
export async function startEngine(credential: Credential): Promise<Engine> {
	const loader = await loadPackage();
	const nodeType = (name: string) => loader.getNode(name.replace(/^.*\./, '')).type as INodeType;
	const nodeTypes: INodeTypes = {
		getByName: nodeType,
		getByNameAndVersion: (name, version) => NodeHelpers.getVersionedNodeType(nodeType(name), version),
		getKnownTypes: () => ({}),
	};
	const additionalData = {
		credentialsHelper: new MemoryCredentials(loader, credential),
		restApiUrl: `${WEBHOOK_BASE}/rest`,
		instanceBaseUrl: `${WEBHOOK_BASE}/`,
		webhookBaseUrl: `${WEBHOOK_BASE}/webhook`,
		webhookWaitingBaseUrl: `${WEBHOOK_BASE}/webhook-waiting`,
		formWaitingBaseUrl: `${WEBHOOK_BASE}/form-waiting`,
		webhookTestBaseUrl: `${WEBHOOK_BASE}/webhook-test`,
		variables: {},
		hooks: new ExecutionLifecycleHooks('manual', '1', {} as never),
	} as unknown as IWorkflowExecuteAdditionalData;

	let executions = 0;
	/** What n8n knows of one execution: each has an ID of its own. */
	const execution = () => ({ ...additionalData, executionId: `execution-${++executions}-${Date.now()}` });
	const makeNode = (type: string, parameters: INodeParameters): INode => {
		const { description } = nodeType(type);
		const node: INode = {
			id: type,
			name: description.displayName,
			type: `n8n-nodes-whitelabelcro.${type}`,
			typeVersion: 1,
			position: [0, 0],
			parameters,
			credentials: { whiteLabelCroApi: { id: '1', name: 'Test' } },
		};
		// n8n fills in the defaults of parameters that a workflow leaves out.
		const complete = NodeHelpers.getNodeParameters(
			description.properties,
			parameters,
			true,
			false,
			node,
			description,
		);
		return { ...node, parameters: complete ?? parameters };
	};
	const makeWorkflow = (node: INode, staticData: IDataObject = {}) =>
		new Workflow({
			id: 'workflow-1',
			name: 'Under test',
			nodes: [node],
			connections: {},
			active: false,
			nodeTypes,
			staticData,
		});

	return {
		nodeType,
		credentialType: (name) => loader.getCredential(name).type,

		async execute(parameters, items = [{}], { settings, abortSignal } = {}) {
			const node = { ...makeNode('whiteLabelCro', parameters), ...settings };
			const input: INodeExecutionData[] = items.map((json) => ({ json }));
			const context = new ExecuteContext(
				makeWorkflow(node),
				node,
				execution(),
				'manual',
				createRunExecutionData({}),
				0,
				input,
				{ main: [input] },
				{ node, data: { main: [input] }, source: null },
				[],
				abortSignal,
			);
			const output = (await nodeType('whiteLabelCro').execute?.call(context)) as INodeExecutionData[][];
			return output[0] ?? [];
		},

		async runWorkflow(parameters, items, settings) {
			const node = { ...makeNode('whiteLabelCro', parameters), ...settings };
			const input: INodeExecutionData[] = items.map((json) => ({ json }));
			const runExecutionData = createRunExecutionData({
				executionData: {
					nodeExecutionStack: [{ node, data: { main: [input] }, source: null }],
				},
			});
			const engine = new WorkflowExecute(execution(), 'manual', runExecutionData);
			return await engine.processRunExecutionData(makeWorkflow(node));
		},

		async listSearch(method, filter, paginationToken) {
			const node = makeNode('whiteLabelCro', {});
			const context = new LoadOptionsContext(makeWorkflow(node), node, additionalData, '');
			const search = nodeType('whiteLabelCro').methods?.listSearch?.[method];
			if (search === undefined) throw new Error(`There is no list search ${method}`);
			return await search.call(context, filter, paginationToken);
		},

		trigger(parameters) {
			return makeTrigger(
				nodeType('whiteLabelCroTrigger'),
				additionalData,
				parameters,
				(changed, staticData) => {
					const node = { ...makeNode('whiteLabelCroTrigger', changed), webhookId: 'trigger-1' };
					return { node, workflow: makeWorkflow(node, staticData) };
				},
			);
		},
	};
}

function makeTrigger(
	type: INodeType,
	additionalData: IWorkflowExecuteAdditionalData,
	parameters: INodeParameters,
	setUp: (parameters: INodeParameters, staticData: IDataObject) => { node: INode; workflow: Workflow },
): Trigger {
	const webhookDescription = type.description.webhooks?.[0];
	const lifecycle = type.webhookMethods?.default;
	if (webhookDescription === undefined || lifecycle === undefined)
		throw new Error('The trigger declares no webhook');
	/** The workflow's static data as n8n would store it between two loads: JSON. */
	let stored = '{}';

	/** Loads the workflow anew, as n8n does for each request and activation; `save` keeps what was written. */
	const load = (mode: WorkflowExecuteMode) => {
		const { node, workflow } = setUp(trigger.parameters, JSON.parse(stored) as IDataObject);
		const webhookData: IWebhookData = {
			httpMethod: 'POST',
			node: node.name,
			path: `${node.webhookId}/${webhookDescription.path}`,
			isTest: mode === 'manual',
			webhookDescription,
			workflowId: workflow.id,
			workflowExecuteAdditionalData: additionalData,
		};
		return { node, workflow, webhookData, save: () => (stored = JSON.stringify(workflow.staticData)) };
	};
	const callHook = async (method: 'checkExists' | 'create' | 'delete', mode: WorkflowExecuteMode) => {
		const { node, workflow, webhookData, save } = load(mode);
		const activation = mode === 'manual' ? 'manual' : 'activate';
		try {
			return await lifecycle[method].call(
				new HookContext(workflow, node, additionalData, mode, activation, webhookData),
			);
		} finally {
			save();
		}
	};

	const trigger: Trigger = {
		parameters,
		url: (mode = 'trigger') => {
			const { node, workflow, webhookData } = load(mode);
			const activation = mode === 'manual' ? 'manual' : 'activate';
			return (
				new HookContext(workflow, node, additionalData, mode, activation, webhookData).getNodeWebhookUrl(
					'default',
				) ?? ''
			);
		},
		staticData: () => JSON.parse(stored) as IDataObject,
		checkExists: () => callHook('checkExists', 'trigger'),
		async publish(mode = 'trigger') {
			try {
				if (!(await callHook('checkExists', mode))) await callHook('create', mode);
			} catch (error) {
				await callHook('delete', mode);
				throw error;
			}
		},
		unpublish: (mode = 'trigger') => callHook('delete', mode),
		async deliver({ headers, rawBody }, mode = 'webhook') {
			const { node, workflow, webhookData } = load(mode);
			const outcome: DeliveryOutcome = { returned: {} };
			const response = Object.assign(new EventEmitter(), {
				status(status: number) {
					outcome.answered = { status, body: undefined };
					return response;
				},
				send(body: unknown) {
					if (outcome.answered !== undefined) outcome.answered.body = body;
					return response;
				},
				end: () => response,
			});
			const httpRequest = { headers, rawBody, body: parse(rawBody), query: {}, params: {} };
			const context = new WebhookContext(
				workflow,
				node,
				{
					...additionalData,
					httpRequest,
					httpResponse: response,
				} as unknown as IWorkflowExecuteAdditionalData,
				mode,
				webhookData,
				[],
				null,
			);
			outcome.returned = (await type.webhook?.call(context)) ?? {};
			return outcome;
		},
	};
	return trigger;
}

/** As n8n's own body parser leaves it: an object, or nothing it could make of the bytes. */
function parse(rawBody: Buffer): unknown {
	try {
		return JSON.parse(rawBody.toString());
	} catch {
		return {};
	}
}
