import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { asNodeError } from '../transport/errors';
import { Api } from '../transport/request';
import { Ledger, runName } from './ledger';
import type { Item, Operation } from './operation';
import { maximumWaitMs } from './shared/options';
import { resources } from './resources';

/**
 * Runs the chosen operation for each input item in turn, and links each output item to the input item it came from.
 * With Continue On Fail a failed item becomes an error item, and the others go on.
 */
export async function router(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const name = runName(context);
	const api = await Api.open(context, maximumWaitMs(context), name);
	const ledger = new Ledger(context, name);
	const run = { context, api, written: ledger.written, signal: context.getExecutionCancelSignal() };
	const output: INodeExecutionData[] = [];
	let failed = 0;
	let written = 0;

	for (let index = 0; index < context.getInputData().length; index++) {
		try {
			const operation = chosenOperation(context, index);
			const results = await ledger.once(index, operation, (earlier) =>
				operation.execute({ ...run, index, earlier }),
			);
			if (operation.writes) written += 1;
			output.push(...results.map((json) => ({ json, pairedItem: { item: index } })));
		} catch (thrown) {
			const error = asNodeError(context.getNode(), thrown, index);
			const cancelled = context.getExecutionCancelSignal()?.aborted === true;
			if (!context.continueOnFail() || cancelled) {
				showWaits(context, api);
				throw withProgress(error, index, written);
			}
			failed += 1;
			output.push(errorItem(context, index, error));
		}
	}
	if (failed === 0) ledger.close();
	showWaits(context, api);
	return [output];
}

/**
 * What n8n shows of an item that failed: the error, with the item's own fields. On the error output n8n adds those itself, but
 * only to an item that has nothing else; and it empties one with a property `error` beside `json`.
 */
function errorItem(context: IExecuteFunctions, index: number, error: NodeError): INodeExecutionData {
	const row = context.getNode().onError === 'continueErrorOutput' ? {} : context.getInputData()[index]?.json;
	const { message, description } = error;
	return {
		json: { ...row, error: message, ...(description && { details: description }) },
		pairedItem: { item: index },
	};
}

function chosenOperation(context: IExecuteFunctions, itemIndex: number): Operation {
	const resource = context.getNodeParameter('resource', itemIndex);
	const name = context.getNodeParameter('operation', itemIndex);
	const operation = resources
		.find(({ value }) => value === resource)
		?.operations.find(({ value }) => value === name);
	if (operation !== undefined) return operation;
	throw new NodeOperationError(
		context.getNode(),
		`There is no operation '${String(name)}' for the resource '${String(resource)}'`,
		{ itemIndex, description: "Choose a 'Resource' and an 'Operation' from this node's lists." },
	);
}

type NodeError = ReturnType<typeof asNodeError>;

/** n8n shows no output of a run that fails in the middle, so its error says what was done and where to go on. */
function withProgress(error: NodeError, index: number, written: number): NodeError {
	if (index > 0) {
		const writes = written > 0 ? ` and ${written} written to WhiteLabelCRO` : '';
		const progress = `Item ${index} failed, counted from 0. The ${index} before it were processed${writes}: to resume, start from item ${index}.`;
		// An error that an earlier try has had already says so.
		const told = error.description?.includes(progress) === true;
		if (!told) error.description = [error.description, progress].filter(Boolean).join(' ');
	}
	return error;
}

function showWaits(context: IExecuteFunctions, { waited }: Item['api']): void {
	for (const [bucket, ms] of waited) {
		context.addExecutionHints({
			message: `Waited ${Math.ceil(ms / 1000)} seconds for the API key's ${bucket} rate limit.`,
			type: 'info',
			location: 'outputPane',
		});
	}
}
