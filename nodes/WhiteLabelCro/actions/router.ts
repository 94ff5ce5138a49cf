import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { accounts } from '../client/account';
import { ApiClient } from '../client/apiClient';
import { asNodeError, withRemedy } from '../client/errors';
import { forEachConcurrent } from '../helpers/forEachConcurrent';
import { KeyedLock } from '../helpers/keyedLock';
import type { Item, Operation } from './operation';
import { Progress } from './progress';
import type { NodeError } from './progress';
import { resources } from './resources';
import { RetryLedger, runId } from './retryLedger';
import { emptyMatchHint } from './shared/matchBy';
import { itemsAtOnce, maximumWaitMs } from './shared/options';
import { formTitle, titleOf as wireTitle } from './shared/wireFields';

/** Runs the node. As the tool of an AI agent n8n gives it a type of its own, and hands on only the messages of its errors. */
export async function router(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const running = run(context);
	return await (context.getNode().type.endsWith('Tool') ? withRemedy(running) : running);
}

/**
 * Runs the chosen operation for the input items, several at a time, and links each output item to the input item it came from.
 * With Continue On Fail a failed item becomes an error item, and the others go on. Without, nothing new starts after a failure.
 */
async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const name = runId(context);
	const isCheck = context.getNodeParameter('resource', 0) === 'account';
	const priority = isCheck ? 'person' : 'workflow';
	const operation = chosenOperation(context);
	const titleOf = (field: string) => formTitle(operation.properties, field);
	const fieldTitle = (field: string) => titleOf(field) ?? wireTitle(field);
	const api = await ApiClient.open(context, maximumWaitMs(context), { runId: name, priority, titleOf });
	const ledger = new RetryLedger(context, name, operation);
	const { length: count } = context.getInputData();
	const progress = new Progress(count, operation);
	const cancel = context.getExecutionCancelSignal() ?? new AbortController().signal;
	const stop = new AbortController();
	const signal = AbortSignal.any([stop.signal, cancel]);
	// What is in a collection is named by it: n8n reads it whole.
	const parameterTitle = (parameter: string) =>
		operation.properties.find(({ name }) => name === parameter.split('.')[0])?.displayName;
	const outputs: INodeExecutionData[][] = [];
	const matches: Item['matches'] = [];
	let failed = 0;

	const work = async (index: number) => {
		const lock = new KeyedLock(accounts.locks);
		const { upsertedIds } = ledger;
		const item = { context, api, index, lock, signal, upsertedIds, matches, titleOf: fieldTitle };
		try {
			const results = await ledger.run(index, (previousAttempt) =>
				operation.execute({ ...item, previousAttempt }),
			);
			outputs[index] = results.map((json) => ({ json, pairedItem: { item: index } }));
			progress.done.add(index);
		} catch (thrown) {
			failed += 1;
			// Stopped while it waited for its turn: it has not begun.
			if (lock.isWaiting) return;
			const error = asNodeError(context.getNode(), thrown, index, parameterTitle);
			progress.failures.set(index, error);
			if (context.continueOnFail() && !cancel.aborted) outputs[index] = [errorItem(context, index, error)];
			else stop.abort();
		} finally {
			// Not before a failure has stopped those behind.
			lock.release();
		}
	};
	await forEachConcurrent(count, itemsAtOnce(context), work, signal);

	showWaits(context, api);
	const empty = emptyMatchHint(matches);
	if (empty !== undefined) showHint(context, empty, 'warning');
	// n8n keeps neither the output nor the error of a node that was stopped.
	if (cancel.aborted && operation.writes) {
		context.logger.warn(`"${context.getNode().name}" was stopped. ${progress.report()}`);
	}
	const error = stop.signal.aborted ? progress.error() : undefined;
	if (error !== undefined) throw error;
	if (cancel.aborted) throw asNodeError(context.getNode(), cancel.reason);
	if (failed === 0) ledger.close();
	return [outputs.flat()];
}

/**
 * What n8n shows of an item that failed: the error in words, with the item's own fields. On the error output n8n adds those
 * itself, but (n8n 2.8) only to an item that has the error and nothing else. It must stand in `json` alone: of an item with a
 * property `error` beside it n8n keeps only the error.
 */
function errorItem(
	context: IExecuteFunctions,
	index: number,
	{ message, description }: NodeError,
): INodeExecutionData {
	const row = context.getNode().onError === 'continueErrorOutput' ? {} : context.getInputData()[index]?.json;
	const isOne = context.getInputData().length === 1;
	const error = (isOne ? '' : `Item ${index + 1}: `) + [message, description].filter(Boolean).join('. ');
	// The first column, also of a row that has its own.
	return { json: Object.assign({ error }, row, { error }), pairedItem: { item: index } };
}

/** Which operation is chosen cannot depend on the item. */
function chosenOperation(context: IExecuteFunctions): Operation {
	const resource = context.getNodeParameter('resource', 0);
	const name = context.getNodeParameter('operation', 0);
	const operation = resources
		.find(({ value }) => value === resource)
		?.operations.find(({ value }) => value === name);
	if (operation !== undefined) return operation;
	throw new NodeOperationError(
		context.getNode(),
		`There is no operation '${String(name)}' for the resource '${String(resource)}'`,
		{ itemIndex: 0, description: "Choose a 'Resource' and an 'Operation' from this node's lists." },
	);
}

function showWaits(context: IExecuteFunctions, { waited }: Item['api']): void {
	for (const [bucket, ms] of waited) {
		const seconds = Math.ceil(ms / 1000);
		showHint(context, `Waited ${seconds} seconds for the API key's ${bucket} rate limit.`, 'info');
	}
}

function showHint(context: IExecuteFunctions, message: string, type: 'info' | 'warning'): void {
	context.addExecutionHints({ message, type, location: 'outputPane' });
}
