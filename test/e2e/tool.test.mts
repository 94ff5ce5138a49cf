// The node as a tool: an AI agent in the real n8n looks up a client, with a stub for its language model.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type INodeParameters, type INodeTypeDescription, NodeHelpers } from 'n8n-workflow';
import { byId } from '../fixtures.mts';
import { type Recorder, startRecorder } from './recorder.mts';
import { ITEMS, runOnce, startedByRequest } from './runOnce.mts';
import { PACKAGE } from './owner.mts';
import { SET_UP_TIMEOUT_MS, type SharedStage, itemsOf, node, joinStage } from './stage.mts';

const AGENT = 'AI Agent';
const TOOL = 'Find a client';
const MODEL = 'Language Model';

interface ChatRequest {
	messages: Array<{ role: string; content: unknown }>;
	tools?: Array<{ function: { name: string; description: string; parameters: object } }>;
}

/** What an OpenAI-compatible model answers: first a call of the tool it was offered, then a text. */
function answerLikeAModel(sent: string) {
	const { messages, tools } = JSON.parse(sent) as ChatRequest;
	const hasResult = messages.some(({ role }) => role === 'tool');
	const call = {
		id: 'call-1',
		type: 'function',
		function: {
			name: tools?.[0]?.function.name ?? '',
			arguments: JSON.stringify({ email: 'jane.smith@example.com' }),
		},
	};
	const message = hasResult
		? { role: 'assistant', content: 'The client is Jane Smith.' }
		: { role: 'assistant', content: null, tool_calls: [call] };
	const choice = { index: 0, message, finish_reason: hasResult ? 'stop' : 'tool_calls' };
	const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
	return {
		body: { id: 'chat-1', object: 'chat.completion', created: 1, model: 'stub', choices: [choice], usage },
	};
}

let stage: SharedStage;
let model: Recorder;

beforeAll(async () => {
	stage = await joinStage();
	model = await startRecorder(answerLikeAModel);
}, SET_UP_TIMEOUT_MS);

afterAll(async () => {
	model.close();
	await stage.strike();
});

/** Asks the agent once. Gives the execution, and what the model was asked in turn. */
async function askAgent(outputParameters: INodeParameters) {
	const openAi = await stage.n8n.createCredential('Stub', 'openAiApi', {
		apiKey: 'not-a-key',
		url: `${model.url}/v1`,
		header: false,
	});
	const started = startedByRequest('Agent', [
		node(
			AGENT,
			'@n8n/n8n-nodes-langchain.agent',
			{ promptType: 'define', text: '={{ $json.question }}', options: {} },
			{ typeVersion: 3.1 },
		),
	]);
	started.workflow.nodes.push(
		node(
			MODEL,
			'@n8n/n8n-nodes-langchain.lmChatOpenAi',
			{ model: byId('stub'), responsesApiEnabled: false, options: {} },
			{ typeVersion: 1.3, credentials: { openAiApi: { id: openAi.id, name: openAi.name } } },
		),
		node(TOOL, `${PACKAGE}.whiteLabelCroTool`, {
			resource: 'client',
			operation: 'find',
			criteria: { email: "={{ $fromAI('email', 'The email address of the client', 'string') }}" },
			...outputParameters,
		}),
	);
	started.workflow.connections[MODEL] = {
		ai_languageModel: [[{ node: AGENT, type: 'ai_languageModel', index: 0 }]],
	};
	started.workflow.connections[TOOL] = { ai_tool: [[{ node: AGENT, type: 'ai_tool', index: 0 }]] };
	model.requests.length = 0;
	const execution = await runOnce(stage, started, [{ question: 'Who is jane.smith@example.com?' }]);
	return { execution, asked: model.requests.map(({ body }) => JSON.parse(body) as ChatRequest) };
}

/** The record that the tool handed to the model. */
function recordFor(request: ChatRequest | undefined): unknown {
	const content = request?.messages.find(({ role }) => role === 'tool')?.content;
	const result = JSON.parse(String(content)) as unknown;
	return Array.isArray(result) ? (result as unknown[])[0] : result;
}

describe('As a tool of an AI agent, the node', () => {
	test('is offered to the model by what it does, looks up the client and leads to an answer', async () => {
		const { execution, asked } = await askAgent({});
		expect(execution.data.resultData.error).toBeUndefined();
		expect(execution.status).toBe('success');
		expect(itemsOf(execution, ITEMS)).toHaveLength(1);
		expect(asked).toHaveLength(2);
		expect(asked[0]?.tools).toMatchObject([
			{
				function: {
					description: expect.stringMatching(/client/i),
					parameters: { properties: { email: { description: 'The email address of the client' } } },
				},
			},
		]);
		expect(recordFor(asked[1])).toMatchObject({ client_id: 12345, full_name: 'Jane Smith' });
		expect(itemsOf(execution, AGENT)).toMatchObject([{ json: { output: 'The client is Jane Smith.' } }]);
	});

	test.each([
		// Beside them, whether there is one.
		['Simplified', { output: 'simplified' }, 1 + 9],
		['Raw', { output: 'raw' }, 1 + 14],
	])('hands over as many fields as Output %s says', async (_name, parameters, fields) => {
		const { asked } = await askAgent(parameters);
		expect(Object.keys(recordFor(asked[1]) as object)).toHaveLength(fields);
	});

	test('hands over the ID and the chosen fields, if Output is Selected Fields', async () => {
		const { asked } = await askAgent({ output: 'selected', outputFields: ['phone'] });
		expect(recordFor(asked[1])).toEqual({ found: true, client_id: 12345, phone: '+14155551234' });
	});

	test('tells the model that there is no such client, rather than nothing', async () => {
		const { asked } = await askAgent({ criteria: { email: 'nobody@example.com' } });
		expect(recordFor(asked[1])).toEqual({ found: false });
	});
});

describe("Of n8n's parameters", () => {
	/** The names of the parameters that Find shows in the node or its twin. */
	async function shownBy(nodeName: string): Promise<string[]> {
		const types = JSON.parse(await stage.n8n.text('/types/nodes.json')) as INodeTypeDescription[];
		const description = types.find(({ name }) => name === `${PACKAGE}.${nodeName}`);
		if (description === undefined) throw new Error(`n8n has no ${nodeName}.`);
		const parameters = { resource: 'client', operation: 'find' };
		const shown = NodeHelpers.getNodeParameters(
			description.properties,
			parameters,
			true,
			false,
			node(nodeName, description.name, parameters),
			description,
		);
		return Object.keys(shown ?? {});
	}

	test('the tool has Output and the node has Simplify, and neither has both', async () => {
		const tool = await shownBy('whiteLabelCroTool');
		const regular = await shownBy('whiteLabelCro');
		expect(tool).toContain('output');
		expect(tool).not.toContain('simplify');
		expect(regular).toContain('simplify');
		expect(regular).not.toContain('output');
	});
});
