// A trigger node of one workflow, as n8n activates it and hands requests to it.
import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';

import { ExecuteContext, HookContext, TriggerContext, WebhookContext } from 'n8n-core';
import { createRunExecutionData } from 'n8n-workflow';
import type {
	ExecutionError,
	ITriggerFunctions,
	IDataObject,
	IRun,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	IWebhookData,
	IWebhookFunctions,
	IWebhookResponseData,
	IWorkflowExecuteAdditionalData,
	SchedulingFunctions,
	Workflow,
	WorkflowActivateMode,
	WorkflowExecuteMode,
} from 'n8n-workflow';

export interface Trigger {
	url(mode?: WorkflowExecuteMode): string;
	staticData(): IDataObject;
	/** What n8n does to activate: checkExists and, if that says false, create; a throw is followed by delete. */
	publish(mode?: WorkflowExecuteMode): Promise<void>;
	unpublish(mode?: WorkflowExecuteMode): Promise<boolean>;
	checkExists(): Promise<boolean>;
	/**
	 * One request to the trigger's URL.
	 * @param ending with which status n8n ends it, heard or not, if the node leaves the answer to n8n; default 200
	 * @param response that of a real server; default one whose sender waits for the answer
	 */
	deliver(
		request: DeliveryRequest,
		options?: { mode?: WorkflowExecuteMode; ending?: Promise<number>; response?: HttpResponse },
	): Promise<DeliveryOutcome>;
	parameters: INodeParameters;
	/** n8n was killed before it stored the workflow: its static data is lost. */
	crash(): void;
	/** The workflow comes from another database: with its static data. */
	restore(staticData: IDataObject): void;
	/** n8n activates the trigger; its hooks have run, or run meanwhile. */
	start(activation: WorkflowActivateMode): Promise<Running>;
	/** Whether other processes, n8n's workers, run the executions. */
	hasWorkers: boolean;
	/** n8n cannot store executions. */
	isDiskFull: boolean;
	/** Older than 2.41: it neither knows keys of executions nor tells whether it could start one. */
	isOlder: boolean;
	/** The warnings that the node logged. */
	logged: string[];
}

/** A trigger that is active, in one process. */
export interface Running {
	/** When n8n is told to tick. */
	expression: string;
	/** The time has come. */
	ring(): void;
	/** The same; resolves when the trigger has looked after its subscription. */
	tick(): Promise<void>;
	close(): Promise<void>;
	/** What started the workflow, what executions got that only store a secret, and the errors that failed executions show. */
	emitted: INodeExecutionData[][][];
	stored: INodeExecutionData[][][];
	/** By which n8n starts each once. */
	deduplicationKeys: Array<string | undefined>;
	shown: ExecutionError[];
}

export interface DeliveryRequest {
	headers: Record<string, string>;
	rawBody: Buffer;
}

/** What of Node's response the node and n8n make use of. */
type HttpResponse = Pick<ServerResponse, 'statusCode' | 'destroyed' | 'writableEnded' | 'end' | 'once'>;

export interface DeliveryOutcome {
	/** What the node sent itself; undefined when it left the answer to n8n. */
	answered?: { status: number; body: unknown };
	returned: IWebhookResponseData;
}

/** @param setUp the workflow with the trigger as its only node, loaded anew from its parameters and static data */
export function makeTrigger(
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
	/** The keys of the executions in its database. */
	const known = new Set<string>();

	/** Loads the workflow anew, as n8n does for each request and activation; `save` keeps all of it if something was written. */
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
		const save = () => {
			if (workflow.staticData.__dataChanged !== true) return;
			stored = JSON.stringify(workflow.staticData);
			workflow.staticData.__dataChanged = false;
		};
		return { node, workflow, webhookData, save };
	};
	/** An execution of the workflow that a trigger started: n8n loads its static data when it begins, and saves it at its end. */
	const execute = async (
		input: INodeExecutionData[][],
		mode: WorkflowExecuteMode,
	): Promise<INodeExecutionData[][]> => {
		if (trigger.hasWorkers) return input;
		const { node, workflow, save } = load(mode);
		const context = new ExecuteContext(
			workflow,
			node,
			{ ...additionalData, executionId: '1' },
			mode,
			createRunExecutionData({}),
			0,
			input[0] ?? [],
			{ main: input },
			{ node, data: { main: input }, source: null },
			[],
		);
		const output = (await type.execute?.call(context)) as INodeExecutionData[][];
		save();
		return output;
	};
	const listen = (logger: IWebhookFunctions['logger']) => {
		logger.warn = (message: string) => {
			trigger.logged.push(message);
		};
	};
	const callHook = async (
		method: 'checkExists' | 'create' | 'delete',
		mode: WorkflowExecuteMode,
		activation: WorkflowActivateMode = mode === 'manual' ? 'manual' : 'activate',
	) => {
		const { node, workflow, webhookData, save } = load(mode);
		try {
			const context = new HookContext(workflow, node, additionalData, mode, activation, webhookData);
			listen(context.logger);
			return await lifecycle[method].call(context);
		} finally {
			save();
		}
	};

	const trigger: Trigger = {
		parameters,
		hasWorkers: false,
		isDiskFull: false,
		isOlder: false,
		logged: [],
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
		crash: () => {
			stored = '{}';
		},
		restore: (staticData) => {
			stored = JSON.stringify(staticData);
		},
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
		async start(activation) {
			// When n8n starts, it calls the hooks too.
			if (activation === 'init' && !(await callHook('checkExists', 'trigger', activation))) {
				await callHook('create', 'trigger', activation);
			}
			const { node, workflow, save } = load('trigger');
			// The log says when a check is over, which nothing else does.
			const checks = new EventEmitter();
			let executions = 0;
			const running: Omit<Running, 'close'> = {
				expression: '',
				ring: () => undefined,
				async tick() {
					const checked = once(checks, 'over');
					running.ring();
					await checked;
					while (executions > 0) await once(checks, 'executed');
				},
				emitted: [],
				stored: [],
				deduplicationKeys: [],
				shown: [],
			};
			const schedule: SchedulingFunctions = {
				registerCron({ expression }, onTick) {
					running.expression = expression;
					running.ring = () => {
						onTick(new Date());
					};
				},
			};
			const emitOf = (emit: ITriggerFunctions['emit']): ITriggerFunctions['emit'] =>
				trigger.isOlder
					? (data, response, done) => {
							emit(data, response, done);
						}
					: emit;
			const context = new TriggerContext(
				workflow,
				node,
				additionalData,
				'trigger',
				activation,
				emitOf((data, _response, done, deduplicationKey) => {
					save();
					if (trigger.isDiskFull) {
						done?.reject(new Error('SQLITE_FULL: database or disk is full'));
						return;
					}
					if (deduplicationKey !== undefined && known.has(deduplicationKey)) {
						done?.resolve(undefined as unknown as IRun);
						return;
					}
					if (deduplicationKey !== undefined) known.add(deduplicationKey);
					const isStoring = data.flat().some(({ json }) => 'whiteLabelCroSubscription' in json);
					if (!isStoring) running.deduplicationKeys.push(deduplicationKey);
					executions += 1;
					void execute(data, 'trigger').then((output) => {
						if (isStoring) running.stored.push(data);
						else running.emitted.push(output);
						executions -= 1;
						checks.emit('executed');
						done?.resolve({} as IRun);
					});
				}),
				undefined,
				(error) => running.shown.push(error),
				schedule,
			);
			const note = (message: string) => trigger.logged.push(message);
			// n8n's own is one for all nodes.
			Object.defineProperty(context, 'logger', {
				value: { debug: () => checks.emit('over'), info: note, warn: note, error: note },
			});
			const response = await type.trigger?.call(context);
			return Object.assign(running, { close: async () => await response?.closeFunction?.() });
		},
		async deliver(
			{ headers, rawBody },
			{ mode = 'webhook', ending = Promise.resolve(200), response = patientResponse() } = {},
		) {
			const { node, workflow, webhookData } = load(mode);
			const outcome: DeliveryOutcome = { returned: {} };
			// As Express does.
			const express = Object.assign(response, {
				status(status: number) {
					response.statusCode = status;
					return express;
				},
				send(body: unknown) {
					outcome.answered = { status: response.statusCode, body };
					response.end(body);
					return express;
				},
			});
			const httpRequest = { headers, rawBody, body: parse(rawBody), query: {}, params: {} };
			const requestData = { ...additionalData, httpRequest, httpResponse: express };
			const context = new WebhookContext(
				workflow,
				node,
				requestData as unknown as IWorkflowExecuteAdditionalData,
				mode,
				webhookData,
				[],
				null,
			);
			listen(context.logger);
			outcome.returned = (await type.webhook?.call(context)) ?? {};
			if (outcome.answered === undefined && outcome.returned.noWebhookResponse !== true) {
				response.statusCode = await ending;
				response.end('OK');
				const { workflowData } = outcome.returned;
				if (workflowData !== undefined && response.statusCode < 300) await execute(workflowData, mode);
			}
			return outcome;
		},
	};
	return trigger;
}

/** A response whose sender waits for the answer. */
function patientResponse(): HttpResponse {
	const response = Object.assign(new EventEmitter(), {
		statusCode: 200,
		destroyed: false,
		writableEnded: false,
		end() {
			if (response.writableEnded) return response;
			response.writableEnded = true;
			response.destroyed = true;
			response.emit('close');
			return response;
		},
	});
	return response as unknown as HttpResponse;
}

/** As n8n's own body parser leaves it: an object, or nothing it could make of the bytes. */
function parse(rawBody: Buffer): unknown {
	try {
		return JSON.parse(rawBody.toString());
	} catch {
		return {};
	}
}
