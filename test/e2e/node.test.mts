import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import { freePorts } from '../../scripts/real-n8n/ports.mts';
import type { Execution } from '../../scripts/real-n8n/rest.mts';
import { byId, byName } from '../fixtures.mts';
import { runOnce, startedByRequest } from './runOnce.mts';
import { PACKAGE } from './owner.mts';
import { SET_UP_TIMEOUT_MS, type SharedStage, itemsOf, node, joinStage } from './stage.mts';

const NODE = 'WhiteLabelCRO';

let stage: SharedStage;

beforeAll(async () => {
	stage = await joinStage();
}, SET_UP_TIMEOUT_MS);

afterAll(async () => {
	await stage.strike();
});

describe('The connection test of the credential', () => {
	let website: Server;

	beforeAll(async () => {
		website = createServer((_request, response) => {
			response.setHeader('content-type', 'text/html').end('<!doctype html><title>Our shop</title>');
		});
		await new Promise<void>((resolve) => website.listen(0, '127.0.0.1', resolve));
	});

	afterAll(() => {
		website.close();
	});

	async function testOf(values: { apiKey?: string; baseUrl?: string }) {
		const data = { apiKey: stage.sandbox.apiKey, baseUrl: stage.sandbox.url, ...values };
		const credential = await stage.n8n.createCredential('Under test', 'whiteLabelCroApi', data);
		return await stage.n8n.testCredential(credential, data);
	}

	test('accepts a good key', async () => {
		expect(await testOf({})).toMatchObject({ status: 'OK' });
	});

	test('accepts a good key that was pasted with white space around it, and a trailing slash', async () => {
		const values = { apiKey: ` ${stage.sandbox.apiKey}\n`, baseUrl: `${stage.sandbox.url}/` };
		expect(await testOf(values)).toMatchObject({ status: 'OK' });
	});

	test('accepts a key that is known but lacks the scope which the test needs', async () => {
		const apiKey = stage.sandbox.createKey(['events:read']);
		expect(await testOf({ apiKey })).toMatchObject({ status: 'OK' });
	});

	test('refuses an unknown key and says where to make a new one', async () => {
		expect(await testOf({ apiKey: 'wlcro_live_92_unknown' })).toMatchObject({
			status: 'Error',
			message: expect.stringContaining('Settings > Integrations > API Keys'),
		});
	});

	test('refuses to send a key in the clear to another machine', async () => {
		expect(await testOf({ baseUrl: 'http://crm.example.com' })).toMatchObject({
			status: 'Error',
			message: expect.stringContaining('https://'),
		});
	});

	test('says that there is no server at the address', async () => {
		const [port] = await freePorts(1);
		expect(await testOf({ baseUrl: `http://127.0.0.1:${port ?? ''}` })).toMatchObject({
			status: 'Error',
			message: expect.stringContaining('Base URL'),
		});
	});

	test('says that the address belongs to a web page', async () => {
		const { port } = website.address() as AddressInfo;
		expect(await testOf({ baseUrl: `http://127.0.0.1:${port}` })).toMatchObject({
			status: 'Error',
			message: expect.stringContaining('web page'),
		});
	});
});

/** Runs the node once over these items, in a workflow that an HTTP request starts. */
async function run(
	parameters: INode['parameters'],
	items: object[],
	more: Partial<INode> = {},
): Promise<Execution> {
	const underTest = node(NODE, `${PACKAGE}.whiteLabelCro`, parameters, more);
	return await runOnce(stage, startedByRequest('Runs the node', [underTest]), items);
}

describe('The node', () => {
	test('creates a lead for every item, and links each to the item it came from', async () => {
		const execution = await run(
			{
				resource: 'lead',
				operation: 'create',
				firstName: '={{ $json.first }}',
				lastName: 'Doe',
				email: '={{ $json.first.toLowerCase() }}@example.com',
				additionalFields: { phone: '+14155550199' },
			},
			[{ first: 'Ann' }, { first: 'Bob' }],
		);

		expect(execution.status).toBe('success');
		const items = itemsOf(execution, NODE);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		const records = items.map(({ json }) => stage.sandbox.store.records.get(json.client_id as number));
		expect(records).toMatchObject([
			{
				first_name: 'Ann',
				email: 'ann@example.com',
				phone: '+14155550199',
				status: { status_name: 'Lead - New' },
			},
			{
				first_name: 'Bob',
				email: 'bob@example.com',
				phone: '+14155550199',
				status: { status_name: 'Lead - New' },
			},
		]);
	});

	test('finds a client by email', async () => {
		const execution = await run(
			{ resource: 'client', operation: 'find', criteria: { email: '={{ $json.email }}' } },
			[{ email: 'JANE.SMITH@example.com' }],
		);
		expect(execution.status).toBe('success');
		expect(itemsOf(execution, NODE).map(({ json }) => json)).toMatchObject([{ client_id: 12345 }]);
	});

	test("updates a client's status by the status's name", async () => {
		const execution = await run(
			{
				resource: 'client',
				operation: 'updateStatus',
				clientId: byId('={{ $json.id }}'),
				status: byName('Client - Graduated'),
			},
			[{ id: 12346 }],
		);
		expect(execution.status).toBe('success');
		expect(itemsOf(execution, NODE).map(({ json }) => json)).toMatchObject([
			{ previous_status: 'Client - Active', new_status: 'Client - Graduated' },
		]);
		expect(stage.sandbox.store.records.get(12346)?.status.status_name).toBe('Client - Graduated');
	});

	const createNote = {
		resource: 'note',
		operation: 'create',
		clientId: byId('={{ $json.id }}'),
		text: '={{ $json.text }}',
	};
	/** The second one is of a client that does not exist. */
	const threeNotes = [
		{ id: 12345, text: 'Called Zoë 🎉' },
		{ id: 999999, text: 'For nobody' },
		{ id: 12347, text: 'Third' },
	];

	test('adds a note to a client', async () => {
		const execution = await run(createNote, threeNotes.slice(0, 1));
		expect(execution.status).toBe('success');
		const [item] = itemsOf(execution, NODE);
		expect(stage.sandbox.store.notes).toContainEqual(
			expect.objectContaining({
				client_note_id: item?.json.client_note_id,
				client_id: 12345,
				text: 'Called Zoë 🎉',
			}),
		);
	});

	test('stops with an error that names the failing item, if nothing else was chosen', async () => {
		const execution = await run(createNote, threeNotes);
		expect(execution.status).toBe('error');
		const [result] = execution.data.resultData.runData[NODE] ?? [];
		expect(result?.error).toMatchObject({
			message: expect.stringContaining('no such record'),
			context: { itemIndex: 1 },
		});
	});

	test('sends only the failing item, with its row, to the error output, if that was chosen', async () => {
		const execution = await run(createNote, threeNotes, { onError: 'continueErrorOutput' });
		expect(execution.status).toBe('success');
		const good = itemsOf(execution, NODE, 0);
		const failed = itemsOf(execution, NODE, 1);
		expect(good.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 2 }]);
		expect(failed).toMatchObject([
			{
				json: { ...threeNotes[1], error: expect.stringMatching(/no such record.*Check the ID/) },
				pairedItem: { item: 1 },
			},
		]);
	});

	test('goes on past the failing item and keeps its row, if that was chosen', async () => {
		const execution = await run(createNote, threeNotes, { onError: 'continueRegularOutput' });
		expect(execution.status).toBe('success');
		const items = itemsOf(execution, NODE).map(({ json }) => json);
		expect(items.map((json) => 'error' in json)).toEqual([false, true, false]);
		expect(items[1]).toMatchObject({
			...threeNotes[1],
			error: expect.stringMatching(/no such record.*Check the ID/),
		});
	});
});
