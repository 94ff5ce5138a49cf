// The built package on the real n8n-core contexts, over real HTTP. Only the credential store and the server around
// the engine are stand-ins; how n8n itself stores credentials and starts executions is what test/e2e proves.
import 'reflect-metadata';

import type { jest as Jest } from '@jest/globals';
import {
	ExecuteContext,
	ExecutionLifecycleHooks,
	LoadOptionsContext,
	PackageDirectoryLoader,
	WorkflowExecute,
} from 'n8n-core';
import * as isolation from 'n8n-core/dist/nodes-loader/load-class-in-isolation.js';
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
	INodePropertyOptions,
	INodeType,
	INodeTypes,
	IRun,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';

import { openAddress } from './address.mts';
import type { Address } from './address.mts';
import { makePoller } from './poller.mts';
import type { Poller } from './poller.mts';
import { makeTrigger } from './trigger.mts';
import type { Trigger } from './trigger.mts';

/** Jest gives it to each module. The benchmarks use the engine without jest. */
declare const jest: typeof Jest;

export interface Credential {
	apiKey: string;
	baseUrl: string;
}

/** The package, loaded once for all engines of a test file. */
let loaded: Promise<PackageDirectoryLoader> | undefined;

// n8n's engine is loaded once for many test files (test/environment.mjs); the package, by each of them.
if (typeof jest !== 'undefined') {
	Object.assign(isolation, {
		loadClassInIsolation(file: string, name: string): unknown {
			const Class = jest.requireActual<Partial<Record<string, new () => unknown>>>(file)[name];
			if (Class === undefined) throw new TypeError(`${file} exports no ${name}`);
			return new Class();
		},
	});
}

/** Loads dist/ as n8n loads an installed community package. */
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

/** What the package remembers in its modules is gone, as after a restart of n8n or an update in place. n8n's own stay loaded. */
export function forgetModules(): void {
	jest.resetModules();
	loaded = undefined;
}

/** Does something with the package's modules as another process of the same n8n has them: it remembers nothing of this one. */
export async function inAnotherProcess(work: () => Promise<void>): Promise<void> {
	await jest.isolateModulesAsync(work);
}

/** What most tests look at. */
const FULL = { output: 'full' };

/** Each trigger is of a workflow of its own. */
let triggers = 0;

/** Where all engines of a test file are reached that name no other address. */
let opened: Promise<Address> | undefined;

export async function ownAddress(): Promise<Address> {
	return await (opened ??= openAddress());
}

export interface Engine {
	nodeType(name: string): INodeType;
	credentialType(name: string): ReturnType<PackageDirectoryLoader['getCredential']>['type'];
	/** Runs the regular node over the items, as one node run of one execution. */
	execute(
		parameters: INodeParameters,
		items?: IDataObject[],
		options?: {
			settings?: Partial<INode>;
			abortSignal?: AbortSignal;
			workflowId?: string;
			/** Gets what n8n's log is warned of. */
			warned?: string[];
		},
	): Promise<INodeExecutionData[]>;
	/** What a run of the regular node gets from n8n, the helpers that send requests among it. */
	executeContext(): ExecuteContext;
	/**
	 * Runs the regular node in n8n's own workflow engine, which applies the node's settings, Retry On Fail among them.
	 * @param nodes the settings of each such node of the workflow: all get the items
	 */
	runWorkflow(
		parameters: INodeParameters,
		items: IDataObject[],
		...nodes: [Partial<INode>, ...Array<Partial<INode>>]
	): Promise<IRun>;
	listSearch(method: string, filter?: string, paginationToken?: string): Promise<INodeListSearchResult>;
	/** The options of a parameter that are loaded from the account. */
	loadOptions(type: string, method: string): Promise<INodePropertyOptions[]>;
	/** A polling trigger node of a workflow of its own, which begins with the static data given. */
	poller(parameters: INodeParameters, staticData?: IDataObject): Poller;
	/**
	 * A trigger node, whose static data lives as long as the object.
	 * @param own what its node has of its own, as long as it lives; a workflow of its own if no ID is given
	 */
	trigger(parameters: INodeParameters, own?: Partial<INode>, workflowId?: string): Trigger;
}

/**
 * The package, with one credential for all its nodes, which may change as long as they live.
 * @param elsewhere under which other address than its own this n8n is said to be reached
 */
export async function startEngine(credential: Credential, elsewhere?: string): Promise<Engine> {
	const here = await ownAddress();
	const address = elsewhere ?? here.url;
	const loader = await (loaded ??= loadPackage());
	// As the tool of an AI agent, the regular node is of another type.
	const nodeType = (name: string) => loader.getNode(name.replace(/^.*\.|Tool$/g, '')).type as INodeType;
	const nodeTypes: INodeTypes = {
		getByName: nodeType,
		getByNameAndVersion: (name, version) => NodeHelpers.getVersionedNodeType(nodeType(name), version),
		getKnownTypes: () => ({}),
	};
	const additionalData = {
		credentialsHelper: new MemoryCredentials(loader, credential),
		restApiUrl: `${address}/rest`,
		instanceBaseUrl: `${address}/`,
		webhookBaseUrl: `${address}/webhook`,
		webhookWaitingBaseUrl: `${address}/webhook-waiting`,
		formWaitingBaseUrl: `${address}/form-waiting`,
		webhookTestBaseUrl: `${address}/webhook-test`,
		variables: {},
		hooks: new ExecutionLifecycleHooks('manual', '1', {} as never),
	} as unknown as IWorkflowExecuteAdditionalData;

	const completed = new Map<string, INodeParameters>();
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
		// n8n fills in the defaults of parameters that a workflow leaves out: once for all loads of a workflow.
		const key = `${type} ${JSON.stringify(parameters)}`;
		let complete = completed.get(key);
		if (complete === undefined) {
			const { properties } = description;
			complete =
				NodeHelpers.getNodeParameters(properties, parameters, true, false, node, description) ?? parameters;
			completed.set(key, complete);
		}
		return { ...node, parameters: structuredClone(complete) };
	};
	const makeWorkflow = (nodes: INode | INode[], staticData: IDataObject = {}, id = 'workflow') =>
		new Workflow({
			id,
			name: 'Under test',
			nodes: [nodes].flat(),
			connections: {},
			active: false,
			nodeTypes,
			staticData,
		});
	const makeContext = (
		node: INode,
		input: INodeExecutionData[],
		abortSignal?: AbortSignal,
		workflowId?: string,
	) =>
		new ExecuteContext(
			makeWorkflow(node, {}, workflowId),
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

	return {
		nodeType,
		credentialType: (name) => loader.getCredential(name).type,

		executeContext: () => makeContext(makeNode('whiteLabelCro', {}), []),

		async execute(parameters, items = [{}], { settings, abortSignal, workflowId, warned } = {}) {
			const node = { ...makeNode('whiteLabelCro', parameters), ...settings };
			const context = makeContext(
				node,
				items.map((json) => ({ json })),
				abortSignal,
				workflowId,
			);
			if (warned !== undefined) {
				const logger = { warn: (message: string) => warned.push(message) };
				// n8n's own is one for all nodes.
				Object.defineProperty(context, 'logger', { value: logger });
			}
			const output = (await nodeType('whiteLabelCro').execute?.call(context)) as INodeExecutionData[][];
			return output[0] ?? [];
		},

		async runWorkflow(parameters, items, ...settings) {
			const nodes = settings.map((own) => ({ ...makeNode('whiteLabelCro', parameters), ...own }));
			const input: INodeExecutionData[] = items.map((json) => ({ json }));
			const runExecutionData = createRunExecutionData({
				executionData: {
					nodeExecutionStack: nodes.map((node) => ({ node, data: { main: [input] }, source: null })),
				},
			});
			const engine = new WorkflowExecute(execution(), 'manual', runExecutionData);
			return await engine.processRunExecutionData(makeWorkflow(nodes));
		},

		async listSearch(method, filter, paginationToken) {
			const node = makeNode('whiteLabelCro', {});
			const context = new LoadOptionsContext(makeWorkflow(node), node, additionalData, '');
			const search = nodeType('whiteLabelCro').methods?.listSearch?.[method];
			if (search === undefined) throw new Error(`There is no list search ${method}`);
			return await search.call(context, filter, paginationToken);
		},

		async loadOptions(type, method) {
			const node = makeNode(type, {});
			const context = new LoadOptionsContext(makeWorkflow(node), node, additionalData, '');
			const load = nodeType(type).methods?.loadOptions?.[method];
			if (load === undefined) throw new Error(`There is no method ${method}`);
			return await load.call(context);
		},

		poller(parameters, staticData) {
			const id = `workflow-${++triggers}`;
			const type = nodeType('whiteLabelCroPollingTrigger');
			const setUp = (stored: IDataObject, changed: INodeParameters) => {
				const node = makeNode('whiteLabelCroPollingTrigger', { ...FULL, ...changed });
				return { node, workflow: makeWorkflow(node, stored, id) };
			};
			return makePoller(type, additionalData, setUp, parameters, staticData);
		},

		trigger(parameters, own = {}, id = `workflow-${++triggers}`) {
			const trigger = makeTrigger(
				nodeType('whiteLabelCroTrigger'),
				additionalData,
				parameters,
				(changed, staticData) => {
					const full = makeNode('whiteLabelCroTrigger', { ...FULL, ...changed });
					const node = { ...full, webhookId: id, ...own };
					return { node, workflow: makeWorkflow(node, staticData, id) };
				},
			);
			here.triggers.add(trigger);
			return trigger;
		},
	};
}
