/**
 * How a check stores a new signing secret. Of what a check writes into static data, n8n saves nothing but with what a trigger
 * emits, and then the whole workflow's, as it was when the trigger was published: what other nodes have written since would be
 * lost. An execution gets all of it fresh, and saves it when it ends. So the subscription goes to an execution of its own, as
 * its only item, encrypted with the API key, and there the trigger's `execute` takes it out.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'crypto';
import { jsonParse } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, ITriggerFunctions } from 'n8n-workflow';

import { ApiClient } from '../../client/apiClient';
import { startExecution } from '../executions';
import { registry } from '../monitor/registry';
import type { StoredSubscription } from './plan';

/** The only field of such an item. */
const FIELD = 'whiteLabelCroSubscription';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Hands a subscription to an execution that stores it. @returns whether n8n has the execution, as far as it tells */
export async function handOver(
	context: ITriggerFunctions,
	api: ApiClient,
	subscription: StoredSubscription,
): Promise<boolean> {
	const iv = randomBytes(IV_BYTES);
	const cipher = createCipheriv(CIPHER, keyOf(api), iv);
	const sealed = Buffer.concat([cipher.update(JSON.stringify(subscription)), cipher.final()]);
	const text = Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
	return await startExecution(context, { [FIELD]: text });
}

/**
 * What comes in goes on as is, but for a subscription that is handed over: that is stored, and nothing goes on. Where a person
 * runs such an execution again, it may be an old one, and is not stored.
 */
export async function passOn(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	// A person's runs stay where the person is.
	if (context.getMode() !== 'manual') registry.executesHere = true;
	const items = context.getInputData();
	const json = items[0]?.json ?? {};
	const text = json[FIELD];
	// No event has this form, whoever sends it.
	if (typeof text !== 'string' || Object.keys(json).length > 1) return [items];
	// A person who has the execution run again may be late.
	if (context.getMode() !== 'trigger') return [[]];
	const api = await ApiClient.open(context, 0, { priority: 'background' });
	const subscription = open(api, text);
	if (subscription !== undefined) context.getWorkflowStaticData('node').subscription = { ...subscription };
	return [[]];
}

/** Undefined if it was sealed with another key: then there is a newer subscription. */
function open(api: ApiClient, text: string): StoredSubscription | undefined {
	const bytes = Buffer.from(text, 'base64');
	try {
		const decipher = createDecipheriv(CIPHER, keyOf(api), bytes.subarray(0, IV_BYTES));
		decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
		const sealed = bytes.subarray(IV_BYTES + TAG_BYTES);
		return jsonParse(Buffer.concat([decipher.update(sealed), decipher.final()]).toString());
	} catch {
		return undefined;
	}
}

function keyOf(api: ApiClient): Buffer {
	return api.deriveKey('subscription');
}
