// What becomes of a row that fails while the others go on.
import { describe, expect, it } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';

import { byId } from '../fixtures.mts';
import { useStage } from './stage.mts';

const createNote: INodeParameters = {
	resource: 'note',
	operation: 'create',
	clientId: byId('={{ $json.client }}'),
	text: '={{ $json.text }}',
};
const rows = [
	{ client: 12345, text: 'first', row: 2 },
	{ client: 4711, text: 'second', row: 3 },
	{ client: 12346, text: 'third', row: 4 },
];

const NO_SUCH_RECORD = /^Item 2: WhiteLabelCRO has no such record\. Check the ID.*Request ID/;

const { engine } = useStage();

async function run(onError: INode['onError']) {
	const { data } = await engine.runWorkflow(createNote, rows, { onError });
	const { runData, error } = data.resultData;
	return { outputs: runData.WhiteLabelCRO?.[0]?.data?.main ?? [], error };
}

describe('a row that fails', () => {
	it('leaves by the regular output with its own fields, the error and how to fix it', async () => {
		const { outputs } = await run('continueRegularOutput');
		expect(outputs[0]?.map(({ json }) => 'error' in json)).toEqual([false, true, false]);
		expect(Object.keys(outputs[0]?.[1]?.json ?? {})[0]).toBe('error');
		expect(outputs[0]?.[1]).toEqual({
			json: { ...rows[1], error: expect.stringMatching(NO_SUCH_RECORD) },
			pairedItem: { item: 1 },
		});
	});

	it('leaves by the error output with the error and how to fix it, and nothing that keeps n8n from adding its fields', async () => {
		const { outputs } = await run('continueErrorOutput');
		expect(outputs[0]).toHaveLength(2);
		expect(outputs[1]).toEqual([
			{ json: { error: expect.stringMatching(NO_SUCH_RECORD) }, pairedItem: { item: 1 } },
		]);
	});

	it('stops the workflow if it is to stop', async () => {
		const { error } = await run('stopWorkflow');
		expect(error?.message).toBe('WhiteLabelCRO has no such record');
	});
});
