// Every example, imported as it stands, does what its sticky note says: on n8n with all of its modules on, as its users have it.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';
import { proveThatALeadGetsItsNote } from '../../scripts/proof.mts';
import { ask } from '../../scripts/real-n8n/ask.mts';
import { N8N_VERSION, OLDEST } from '../../scripts/real-n8n/install.mts';
import { patience } from '../../scripts/real-n8n/patience.mts';
import type { Credential, Execution, Workflow } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { byId } from '../fixtures.mts';
import {
	deleteNode,
	exampleNames,
	forgetDeliveries,
	hurry,
	importedExample,
	nodeOf,
	useChatService,
	useRows,
} from '../examples.mts';
import { submitForm } from './forms.mts';
import { type Recorder, startRecorder } from './recorder.mts';
import { OWNER, PACKAGE } from './owner.mts';
import { start, startedByRequest } from './runOnce.mts';
import { SET_UP_TIMEOUT_MS, type SharedStage, chain, itemsOf, node, joinStage } from './stage.mts';

/** What 500 rows take on a quiet machine, with all the waits for the rate limit. */
const IMPORT_MS = 30_000;

let stage: SharedStage;
/** Stands for the chat service of the user's team. */
let chat: Recorder;

beforeAll(async () => {
	stage = await joinStage();
	chat = await startRecorder(() => ({ body: {} }));
}, SET_UP_TIMEOUT_MS);

beforeEach(() => {
	// The limits themselves are as they are, a minute of them takes a second.
	stage.sandbox.setLimits({ windowSeconds: 1 });
});

afterEach(async () => {
	await stage.takeBack();
	chat.requests.length = 0;
});

afterAll(async () => {
	chat.close();
	await stage.strike();
});

/** The executions of a workflow, oldest first, when so many have ended; each of them has to have succeeded. */
async function successes(workflow: Workflow, count: number): Promise<Execution[]> {
	const finished = await stage.n8n.finishedExecutions(workflow.id, count);
	const executions = await Promise.all(finished.map(({ id }) => stage.n8n.execution(id)));
	const failures = executions.filter(({ status }) => status !== 'success');
	expect(failures.map(({ data }) => data.resultData.error)).toEqual([]);
	expect(executions).toHaveLength(count);
	return executions.toSorted((a, b) => Number(a.id) - Number(b.id));
}

const recordsOf = (email: string) =>
	stage.sandbox.store.records.all().filter((record) => record.email === email);
const notesOf = (clientId: number | undefined) =>
	stage.sandbox.store.notes.filter(({ client_id }) => client_id === clientId).map(({ text }) => text);
const statusOf = (clientId: number) => stage.sandbox.store.records.get(clientId)?.status.status_name;
const saidInChat = () => chat.requests.map(({ body }) => (JSON.parse(body) as { text: string }).text);

test('check-my-account says what is wrong, or that everything works', async () => {
	const example = importedExample('check-my-account');
	const run = async (credential?: Credential) => {
		const workflow = await stage.create(example, credential);
		await stage.n8n.runManually(workflow, 'When You Click Execute');
		const [execution] = await successes(workflow, 1);
		return execution && itemsOf(execution, 'Check the Account').map(({ json }) => json);
	};
	expect(await run()).toMatchObject([{ summary: expect.stringMatching(/^Everything works/), problems: [] }]);
	const data = { apiKey: stage.sandbox.createKey(['integrations:read']), baseUrl: stage.sandbox.url };
	const lacking = await stage.n8n.createCredential('Reads only', 'whiteLabelCroApi', data);
	expect(await run(lacking)).toMatchObject([
		{
			summary: expect.stringMatching(
				/lacks the scopes 'integrations:write' .* 'events:read' .* 'webhooks:write'/,
			),
		},
	]);
});

test('new-lead-welcome-note greets a new lead by name in a note', async () => {
	const workflow = await stage.publish(importedExample('new-lead-welcome-note'));
	const said: string[] = [];
	await proveThatALeadGetsItsNote(stage.sandbox, stage.n8n, workflow, (text) => said.push(text));
	expect(said.join('\n')).toMatch(/Welcome, Maria!/);
});

describe('website-form-to-lead', () => {
	test('makes a lead of who sends the form, and updates that lead when they send it again', async () => {
		const form = importedExample('website-form-to-lead');
		const workflow = await stage.publish(form);
		const address = `${stage.server.url}/form/${nodeOf(form, 'When the Form Is Sent').webhookId ?? ''}`;

		const first = await submitForm(address, ['Nina', 'Form', 'nina@example.com', '', 'How long?']);
		expect(first).toContain('Thank you, Nina!');
		expect(recordsOf('nina@example.com')).toMatchObject([
			{
				first_name: 'Nina',
				status: { status_name: 'Lead - New' },
				phone: null,
				extra: { source: 'website' },
			},
		]);

		const second = await submitForm(address, ['Nina', 'Form', 'NINA@example.com', '+14155550177', '']);
		expect(second).toContain('Thank you, Nina!');
		const executions = await successes(workflow, 2);
		expect(executions.map((run) => itemsOf(run, 'Find or Create Lead')[0]?.json.action)).toEqual([
			'created',
			'updated',
		]);
		const leads = stage.sandbox.store.records
			.all()
			.filter(({ email }) => email.toLowerCase() === 'nina@example.com');
		expect(leads).toMatchObject([{ phone: '+14155550177' }]);
		expect(notesOf(leads[0]?.client_id)).toEqual([
			'Sent the form on our website. Question: How long?',
			'Sent the form on our website. Question: none',
		]);
	});
});

describe('new-lead-notify-and-note', () => {
	test('notes the next step at a new lead and tells the team in its chat', async () => {
		const example = importedExample('new-lead-notify-and-note');
		useChatService(example, 'Tell the Team', chat.url);
		const workflow = await stage.publish(example);
		const { client_id } = stage.sandbox.createLead({ first_name: 'Zoë' }) as { client_id: number };
		await successes(workflow, 1);
		expect(notesOf(client_id)).toEqual(['Next step: call Zoë Demo within one business day.']);
		expect(saidInChat()).toEqual(['New lead: Zoë Demo, dana.demo@example.com']);
	});
});

describe('payment-failed-dunning', () => {
	const [UNPAID, PAID, SOMEBODY] = [12501, 12502, 12503];
	const pay = (client_id: number) =>
		stage.sandbox.raise('payment.succeeded', { client_id, payment_amount: 99 });

	test('puts on hold who has not paid when the time is over, and only notes the payment of who has', async () => {
		const example = importedExample('payment-failed-dunning');
		expect(nodeOf(example, 'Give Three Days').parameters).toMatchObject({ amount: 3, unit: 'days' });
		// What has been paid meanwhile has to be in before it is over.
		hurry(example, 'Give Three Days', Math.ceil(patience(500) / 1000));
		const workflow = await stage.publish(example);
		const before = [UNPAID, PAID].map(statusOf);

		// A payment of before, or of somebody else, makes up for nothing.
		pay(UNPAID);
		await sleep(1_100);
		for (const client_id of [UNPAID, PAID]) {
			stage.sandbox.raise('payment.failed', {
				client_id,
				amount_attempted: 99,
				failure_reason: 'Card declined',
			});
		}
		await sleep(1_100);
		pay(SOMEBODY);
		pay(PAID);
		pay(PAID);

		await successes(workflow, 2);
		const failure = 'A payment of 99 failed: Card declined. We will check again in three days.';
		expect(notesOf(UNPAID)).toEqual([
			failure,
			'Put on hold: the failed payment of 99 is still open. Please call.',
		]);
		expect(statusOf(UNPAID)).toBe('Client - On Hold');
		expect(notesOf(PAID)).toEqual([
			failure,
			expect.stringMatching(
				/^The client has paid since the payment failed: 99 came in on \d{4}-\d\d-\d\d\.$/,
			),
		]);
		expect(statusOf(PAID)).toBe(before[1]);
		expect(notesOf(SOMEBODY)).toEqual([]);
	});
});

describe('status-onboarding', () => {
	test('notes the steps of the stage that a client moves to, and nothing at other stages', async () => {
		const workflow = await stage.publish(importedExample('status-onboarding'));
		const moves: Array<[number, string, unknown[]]> = [
			[12511, 'Client - Active', [expect.stringMatching(/^Welcome steps: /)]],
			[12512, 'Client - On Hold', [expect.stringMatching(/^On hold: /)]],
			[12513, 'Client - Graduated', [expect.stringMatching(/^Graduated: /)]],
			[12514, 'Client - Cancelled', []],
		];
		for (const [client_id, new_status] of moves) {
			stage.sandbox.raise('client.status_changed', { client_id, new_status });
		}
		await successes(workflow, moves.length);
		for (const [clientId, , notes] of moves) expect(notesOf(clientId)).toEqual(notes);
	});
});

/** The rows of one of n8n's data tables, oldest first. */
async function rowsOf(table: string): Promise<IDataObject[]> {
	const tables = JSON.parse(await stage.n8n.text('/rest/data-tables-global?take=100')) as {
		data: { data: Array<{ id: string; name: string; projectId: string }> };
	};
	const found = tables.data.data.find(({ name }) => name === table);
	if (found === undefined) throw new Error(`n8n has no data table "${table}".`);
	const path = `/rest/projects/${found.projectId}/data-tables/${found.id}/rows?take=100`;
	const { data: rows } = JSON.parse(await stage.n8n.text(path)) as { data: { data: IDataObject[] } };
	return rows.data.toSorted((a, b) => Number(a.id) - Number(b.id));
}

/** Publishes an example that has a table to be made once, after that was done; its trigger lets every delivery through. */
async function publishWithTable(name: string, trigger: string): Promise<Workflow> {
	const example = importedExample(name);
	forgetDeliveries(example, trigger);
	const workflow = await stage.publish(example);
	await stage.n8n.runManually(workflow, 'Set Up Once');
	await successes(workflow, 1);
	return workflow;
}

describe('accounting-rows', () => {
	test('writes a row for every invoice and payment, and no second one when an event comes twice', async () => {
		const workflow = await publishWithTable('accounting-rows', 'When Money Moves');
		const types = ['invoice.created', 'invoice.status_changed', 'payment.succeeded', 'payment.failed'];
		const events = types.map((type) => stage.sandbox.raise(type));
		await successes(workflow, 1 + events.length);
		const expected = [
			{ type: 'invoice.created', amount: 99, status: 'Unpaid' },
			{ type: 'invoice.status_changed', amount: 99, status: 'Paid' },
			{ type: 'payment.succeeded', amount: 99, status: 'succeeded' },
			{ type: 'payment.failed', amount: 99, status: 'failed' },
		].map((row, index) => ({ ...row, client: 12345, event_id: String(events[index]?.id) }));
		const byEvent = async () =>
			(await rowsOf('whitelabelcro_accounting')).toSorted((a, b) => Number(a.event_id) - Number(b.event_id));
		const rows = await byEvent();
		expect(rows).toMatchObject(expected);
		expect(rows.map(({ date }) => Date.parse(date as string))).toEqual(
			events.map(({ createdUtc }) => Date.parse(createdUtc)),
		);

		for (const { id } of events) stage.sandbox.redeliver(id);
		await successes(workflow, 1 + 2 * events.length);
		expect(await byEvent()).toMatchObject(expected);
		expect(await byEvent()).toHaveLength(events.length);
	});
});

describe('belt-and-braces-events', () => {
	test('handles an event that is delivered three times once, and marks it as done', async () => {
		const workflow = await publishWithTable('belt-and-braces-events', 'When an Event Is Delivered');
		const { client_id } = stage.sandbox.createLead() as { client_id: number };
		const event = stage.sandbox.store.events.at(-1);
		stage.sandbox.redeliver(event?.id ?? 0);
		stage.sandbox.redeliver(event?.id ?? 0);
		await successes(workflow, 1 + 3);
		expect(notesOf(client_id)).toHaveLength(1);
		expect(await rowsOf('whitelabelcro_events')).toMatchObject([{ event_id: String(event?.id), done: true }]);
	});
});

describe('tell-when-it-fails', () => {
	test('posts to the chat which workflow failed, why, and what to do', async () => {
		const example = importedExample('tell-when-it-fails');
		useChatService(example, 'Tell the Team', chat.url);
		const teller = await stage.publish(example);
		const { workflow, path } = startedByRequest('Notes', [
			node('Note', `${PACKAGE}.whiteLabelCro`, {
				resource: 'note',
				operation: 'create',
				clientId: byId('999999'),
				text: 'For nobody',
			}),
		]);
		await stage.publish({ ...workflow, settings: { ...workflow.settings, errorWorkflow: teller.id } });
		await start(stage, path, [{}]);
		await successes(teller, 1);
		expect(saidInChat()).toEqual([expect.stringMatching(/^Notes: .*Check the ID.* http/s)]);
	});
});

describe('nightly-lead-import', () => {
	const STOP = 'Stop: Delete When Ready';
	const imported = (prefix: string) =>
		stage.sandbox.store.records.all().filter(({ external_id }) => external_id?.startsWith(prefix));

	/** Runs the workflow as its schedule would, and waits until it has ended. */
	async function runOneNight(workflow: Workflow, night: number): Promise<Execution> {
		await stage.n8n.runManually(workflow, 'Every Night at Two');
		const ended = await until(`night ${night}`, IMPORT_MS, async () => {
			const executions = await stage.n8n.executions(workflow.id);
			const all = executions.filter(({ status }) => status === 'success' || status === 'error');
			return all.length === night ? all : undefined;
		});
		return await stage.n8n.execution(ended[0]?.id ?? '');
	}

	/** What a night did, by action, and the rows that it collected. */
	const resultOf = (execution: Execution) => ({
		status: execution.status,
		done: itemsOf(execution, 'Count What Was Done').map(({ json }) => json),
		refused: itemsOf(execution, 'Collect the Refused Rows').map(({ json }) => json),
	});
	const refused = (row_id: string) => [
		{ refused_rows: [{ row_id, reason: expect.stringContaining("'Email' is empty") }] },
	];

	test('imports nothing until it is adapted, and says so', async () => {
		const workflow = await stage.create(importedExample('nightly-lead-import'));
		const calls = stage.sandbox.requests.length;
		const { status, data } = await runOneNight(workflow, 1);
		expect(status).toBe('error');
		expect(data.resultData.error?.message).toMatch(/^Nothing was imported, .* delete this step/);
		expect(data.resultData.lastNodeExecuted).toBe(STOP);
		expect(stage.sandbox.requests).toHaveLength(calls);
	});

	test('with its three sample rows, makes two leads and collects the one without an email', async () => {
		const example = importedExample('nightly-lead-import');
		deleteNode(example, STOP);
		expect(resultOf(await runOneNight(await stage.create(example), 1))).toMatchObject({
			status: 'success',
			done: [{ action: 'created', count_client_id: 2 }],
			refused: refused('sheet-2'),
		});
		expect(imported('sheet-')).toHaveLength(2);
	});

	test('makes 500 leads of an adapted list within the rate limit, doubles none the next night, and collects the refused row', async () => {
		const example = importedExample('nightly-lead-import');
		useRows(example, 'Three Sample Rows', 501);
		deleteNode(example, STOP);
		const workflow = await stage.publish(example);
		expect(resultOf(await runOneNight(workflow, 1))).toMatchObject({
			status: 'success',
			done: [{ action: 'created', count_client_id: 500 }],
			refused: refused('row-500'),
		});
		const leads = imported('row-');
		expect(new Set(leads.map(({ external_id }) => external_id)).size).toBe(500);
		expect(leads).toHaveLength(500);

		expect(resultOf(await runOneNight(workflow, 2))).toMatchObject({
			status: 'success',
			done: [{ action: 'updated', count_client_id: 500 }],
			refused: refused('row-500'),
		});
		expect(imported('row-')).toHaveLength(500);
		// The row's own ID tells whose it is, whatever became of its email.
		expect(stage.sandbox.requests.some(({ query }) => 'external_id' in query)).toBe(true);
	});
});

describe('affiliate-onboarding', () => {
	test('makes an affiliate of who applies and tells the team, but not of who is a partner already', async () => {
		const example = importedExample('affiliate-onboarding');
		useChatService(example, 'Tell the Team', chat.url);
		const workflow = await stage.publish(example);
		const address = `${stage.server.url}/form/${nodeOf(example, 'When a Partner Applies').webhookId ?? ''}`;
		const before = stage.sandbox.store.affiliates.size;

		const answer = await submitForm(address, ['Ada', 'Affiliate', 'ada@affiliate.example', '+14155550188']);
		expect(answer).toContain('Welcome, Ada!');
		expect([...stage.sandbox.store.affiliates.values()].at(-1)).toMatchObject({
			first_name: 'Ada',
			email: 'ada@affiliate.example',
			phone: '+14155550188',
		});
		expect(saidInChat()).toEqual(['New referral partner to approve: Ada Affiliate, ada@affiliate.example']);

		const known = await submitForm(address, ['Paula', 'Partner', 'Paula@Partner.example', '']);
		expect(known).toContain('You are already our partner');
		await successes(workflow, 2);
		expect(stage.sandbox.store.affiliates.size).toBe(before + 1);
		expect(chat.requests).toHaveLength(1);
	});
});

describe('ai-agent-client-notes', () => {
	interface ChatRequest {
		messages: Array<{ role: string; content: unknown }>;
		tools: Array<{ function: { name: string } }>;
	}

	/** What the language model decides in turn: three calls of tools, then an answer. */
	const steps = [
		{ tool: 'Search_Clients', input: { search: 'jane smi' } },
		{ tool: 'Look_Up_Client', input: { client_id: 12345 } },
		{ tool: 'Add_Note', input: { client_id: 12345, text: 'Jane called, wants the monthly plan' } },
		{ text: 'I noted it for Jane Smith, who is active.' },
	];
	let model: Recorder;

	/** Answers in the form of OpenAI's API: the step that comes after as many as there are results of tools. */
	function answerLikeAModel(sent: string) {
		const { messages } = JSON.parse(sent) as ChatRequest;
		const step = steps[messages.filter(({ role }) => role === 'tool').length];
		const call = { name: step?.tool, arguments: JSON.stringify(step?.input) };
		const message = step?.tool
			? {
					role: 'assistant',
					content: null,
					tool_calls: [{ id: `call-${step.tool}`, type: 'function', function: call }],
				}
			: { role: 'assistant', content: step?.text };
		const choice = { index: 0, message, finish_reason: step?.tool ? 'tool_calls' : 'stop' };
		const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
		return {
			body: { id: 'chat-1', object: 'chat.completion', created: 1, model: 'stub', choices: [choice], usage },
		};
	}

	beforeAll(async () => {
		model = await startRecorder(answerLikeAModel);
	});

	afterAll(() => {
		model.close();
	});

	/** What a browser that is signed in to n8n sends along. */
	async function signIn(): Promise<string> {
		const answer = await ask(`${stage.server.url}/rest/login`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ emailOrLdapLoginId: OWNER.email, password: OWNER.password }),
		});
		return answer.headers.getSetCookie().join('; ');
	}

	test('looks up a client and adds a note for who is signed in, and does nothing for a stranger', async () => {
		const example = importedExample('ai-agent-client-notes');
		const data = { apiKey: 'not-a-key', url: `${model.url}/v1`, header: false };
		const { id, name } = await stage.n8n.createCredential('Model', 'openAiApi', data);
		nodeOf(example, 'Language Model').credentials = { openAiApi: { id, name } };
		const workflow = await stage.publish(example);
		const write = (headers: Record<string, string>) =>
			ask(`${stage.server.url}/webhook/${nodeOf(example, 'When a Message Comes').webhookId ?? ''}/chat`, {
				method: 'POST',
				headers: { 'content-type': 'application/json', ...headers },
				body: JSON.stringify({
					action: 'sendMessage',
					sessionId: 'a-session',
					chatInput: 'Note that Jane Smith called and wants the monthly plan.',
				}),
			});

		// The oldest n8n means the same, but says it otherwise.
		expect((await write({})).status).toBe(N8N_VERSION === OLDEST ? 500 : 401);
		expect(model.requests).toEqual([]);

		const notes = notesOf(12345);
		const answer = await write({ cookie: await signIn() });
		expect(await answer.json()).toEqual({ output: 'I noted it for Jane Smith, who is active.' });
		await successes(workflow, 1);
		expect(notesOf(12345)).toEqual([...notes, 'Jane called, wants the monthly plan']);

		const asked = model.requests.map(({ body }) => JSON.parse(body) as ChatRequest);
		expect(asked[0]?.tools.map((tool) => tool.function.name).toSorted()).toEqual([
			'Add_Note',
			'Look_Up_Client',
			'Search_Clients',
		]);
		const results = asked.at(-1)?.messages.filter(({ role }) => role === 'tool') ?? [];
		expect(results).toHaveLength(3);
		expect(results[0]?.content).toMatch(/"client_id":12345/);
		expect(results[1]?.content).toMatch(/"status":"Client - Active"/);
	});
});

/** What n8n's migration report says of workflows. */
interface MigrationReport {
	report: { workflowResults: Array<{ ruleId: string }> };
}

interface RuleReport {
	affectedWorkflows: Array<{ id: string; issues: Array<{ title: string }> }>;
}

describe("n8n's own rules for 3.0", () => {
	/** What n8n says will break in a workflow of ours, by workflow. The oldest has no such rules yet. */
	async function breakingIn(workflows: Workflow[]): Promise<string[][]> {
		const read = async (path: string) =>
			(JSON.parse(await stage.n8n.text(`/rest/breaking-changes/${path}`)) as { data: unknown }).data;
		const { report } = (await read('report?version=v3')) as MigrationReport;
		const rules = await Promise.all(
			report.workflowResults.map(async ({ ruleId }) => (await read(`report/${ruleId}`)) as RuleReport),
		);
		const affected = rules.flatMap(({ affectedWorkflows }) => affectedWorkflows);
		return workflows.map(({ id }) =>
			affected.filter((each) => each.id === id).flatMap(({ issues }) => issues.map(({ title }) => title)),
		);
	}

	const onNewest = N8N_VERSION === OLDEST ? test.skip : test;

	onNewest('find nothing in any example, and do find what 3.0 removes', async () => {
		const removed = chain('Removed', [
			node('Cron', 'n8n-nodes-base.cron', {}),
			node('Agent', '@n8n/n8n-nodes-langchain.agent', {}),
		]);
		const workflows: Workflow[] = [];
		for (const definition of [removed, ...exampleNames.map(importedExample)])
			workflows.push(await stage.create(definition));
		const [ofRemoved, ...ofExamples] = await breakingIn(workflows);
		expect(ofRemoved?.join('\n')).toMatch(/AI Agent version 1/);
		expect(Object.fromEntries(exampleNames.map((name, index) => [name, ofExamples[index]]))).toEqual(
			Object.fromEntries(exampleNames.map((name) => [name, []])),
		);
	});
});
