// A polling trigger node of one workflow, as n8n polls it.
import { PollContext } from 'n8n-core';
import type {
	IDataObject,
	INode,
	INodeParameters,
	INodeType,
	IWorkflowExecuteAdditionalData,
	Workflow,
	WorkflowExecuteMode,
} from 'n8n-workflow';

export interface Poller {
	/**
	 * One poll. n8n stores the static data together with what it emits; `lost` is an n8n that is killed before it does.
	 * @returns the emitted items
	 */
	poll(options?: { mode?: WorkflowExecuteMode; budgetMs?: number; lost?: boolean }): Promise<IDataObject[]>;
	/** Publishes it with other parameters. */
	change(parameters: INodeParameters): void;
	staticData(): IDataObject;
	/** Something else in the workflow writes all of it. */
	overwrite(staticData: IDataObject): void;
	/** The warnings that the node logged. */
	logged: string[];
}

/**
 * @param setUp the workflow with the trigger as its only node, loaded anew from its static data
 * @param staticData what it begins with
 */
export function makePoller(
	type: INodeType,
	additionalData: IWorkflowExecuteAdditionalData,
	setUp: (staticData: IDataObject, parameters: INodeParameters) => { node: INode; workflow: Workflow },
	parameters: INodeParameters,
	staticData: IDataObject = {},
): Poller {
	let stored = JSON.stringify(staticData);
	let current = parameters;
	const poller: Poller = {
		logged: [],
		change: (parameters) => {
			current = parameters;
		},
		staticData: () => JSON.parse(stored) as IDataObject,
		overwrite: (staticData) => {
			stored = JSON.stringify(staticData);
		},
		async poll({ mode = 'trigger', budgetMs = 60_000, lost = false } = {}) {
			const { node, workflow } = setUp(JSON.parse(stored) as IDataObject, current);
			const context = new PollContext(workflow, node, additionalData, mode, 'activate');
			Object.assign(context, { getPollBudgetMs: () => budgetMs });
			context.logger.warn = (message: string) => {
				poller.logged.push(message);
			};
			const output = await type.poll?.call(context);
			if (lost) return [];
			if (mode !== 'manual') stored = JSON.stringify(workflow.staticData);
			return (output?.[0] ?? []).map(({ json }) => json);
		},
	};
	return poller;
}
