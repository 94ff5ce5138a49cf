// What the owner of a credit-repair office sees, from the first search in the nodes panel to the list of executions.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { INode, INodeProperties, INodePropertyOptions, INodeTypeDescription } from 'n8n-workflow';
import type { Browser, Page } from 'playwright-core';
import { until } from '../../scripts/real-n8n/until.mts';
import { OWNER, PACKAGE } from '../e2e/owner.mts';
import { SET_UP_TIMEOUT_MS, type Stage, chain, node, setStage } from '../e2e/stage.mts';
import { byId } from '../fixtures.mts';
import { openBrowser, openEditor, picture, testId } from './browser.mts';
import {
	chooseRecord,
	clearView,
	closeNode,
	expectFound,
	openCanvas,
	openNode,
	openRecords,
	output,
	pick,
	searchNodes,
} from './editor.mts';
import { expectFinished } from './finished.mts';

const POLLING = 'WhiteLabelCRO Polling Trigger';

let stage: Stage;
let browser: Browser;
let page: Page;

beforeAll(async () => {
	stage = await setStage();
	browser = await openBrowser();
	({ page } = await openEditor(browser, stage.server.url, OWNER));
	// n8n's advice to newcomers would cover what is looked at.
	await page.addInitScript(() => {
		localStorage.setItem('N8N_PIN_DATA_DISCOVERY_NDV', 'true');
		localStorage.setItem('N8N_PIN_DATA_DISCOVERY_CANVAS', 'true');
	});
}, SET_UP_TIMEOUT_MS);

afterAll(async () => {
	await browser.close();
	await stage.strike();
});

describe('The nodes panel', () => {
	test('shows one item for what the office is about, and the polling trigger as second choice for its name', async () => {
		await openCanvas(page, stage.server.url);
		await page.click(testId('canvas-plus-button'));
		const item = [
			'WhiteLabelCRO',
			'Start workflows from events in the WhiteLabelCRO credit-repair CRM, and create, update, and find its leads, clients, and affiliates',
		];
		const second = [
			POLLING,
			"Only if WhiteLabelCRO can't reach your n8n from the internet, or as a safety net: checks for new events at set times",
		];
		await expectFound(page, 'credit repair', [item]);
		await expectFound(page, 'WLCRO', [item, second]);
		await expectFound(page, 'whitelabelcro', [item, second]);
		await expectFinished(page);
		await picture(page, 'editor-search');
	});

	test('lists the actions by resource, and the triggers, in words', async () => {
		await pick(page, 'WhiteLabelCRO');
		const group = (name: string) => page.locator(testId('node-creator-category-item'), { hasText: name });
		const list = async () =>
			(await page.locator(testId('node-creator')).innerText())
				.split('\n')
				.map((line) => line.trim())
				.filter((line) => line !== '');
		await group('Triggers (11)').waitFor();
		const isUnfolded = await page.getByText('On lead created').isVisible();
		if (isUnfolded) await group('Triggers').click();
		await group('Actions').click();
		// The last group comes a moment after the first.
		await page.getByText(/webhook subscription actions/i).waitFor();
		await expectFinished(page);
		const actions = await list();
		expect(actions.slice(actions.indexOf('Actions (26)'), -3)).toEqual(
			expect.arrayContaining([
				'LEAD ACTIONS',
				'Create a lead',
				'CLIENT ACTIONS',
				'Update the status of a client',
			]),
		);
		// Each action is a sentence, and stands below its resource.
		expect(actions.filter((line) => /^[A-Z ]+ ACTIONS$/.test(line))).toEqual(
			[
				'ACCOUNT',
				'AFFILIATE',
				'CLIENT',
				'CLIENT STATUS',
				'EMPLOYEE',
				'EVENT',
				'LEAD',
				'NOTE',
				'WEBHOOK SUBSCRIPTION',
			].map((resource) => `${resource} ACTIONS`),
		);
		await picture(page, 'editor-actions');
		await group('Actions').click();
		await group('Triggers').click();
		await expectFinished(page);
		expect((await list()).filter((line) => line.startsWith('On '))).toEqual([
			'On affiliate created',
			'On agreement signed',
			'On all events',
			'On client created',
			'On client status changed',
			'On document uploaded',
			'On invoice created',
			'On invoice status changed',
			'On lead created',
			'On payment failed',
			'On payment succeeded',
		]);
		await picture(page, 'editor-triggers');
		await pick(page, 'On lead created');
		await page.locator(testId('node-parameters')).waitFor();
		await expectFinished(page);
		expect(await page.locator(testId('parameter-input-triggerOn')).innerText()).toBe('Lead Created');
	});
});

describe('The credential', () => {
	const dialog = () => page.locator(testId('editCredential-modal'));
	const field = (name: string) => dialog().locator(`${testId(`parameter-input-${name}`)} input`);
	const refusal = async () => {
		const tested = page.waitForResponse(/credentials\/test/);
		await page.click(testId('credential-save-button'));
		await tested;
		await dialog().getByText('connect with these settings').waitFor();
		// Once unfolded, the details stay so.
		const details = dialog().getByText('More details');
		if (await details.isVisible()) await details.click();
		await expectFinished(page);
		return await dialog().innerText();
	};

	test('says where the key is made, and why the connection is refused', async () => {
		await page.click(testId('node-credentials-select'));
		await page.click(testId('node-credentials-select-item-new'));
		await field('apiKey').waitFor();
		await expectFinished(page);
		expect(await dialog().innerText()).toContain('Settings > Integrations > API Keys');
		expect(await field('baseUrl').inputValue()).toBe('https://api.whitelabelcro.com');

		await field('apiKey').fill('wlcro_live_92_not-the-key');
		await field('baseUrl').fill('http://api.whitelabelcro.com');
		expect(await refusal()).toContain(
			'must start with https:// so that nobody along the way can read the API key',
		);

		await field('baseUrl').fill(stage.sandbox.url);
		expect(await refusal()).toContain(
			'WhiteLabelCRO did not accept the API key. Create a new one in WhiteLabelCRO',
		);
		await clearView(page);
		await picture(page, 'editor-credential-refused');
	});

	test('connects with the key, and extra spaces around it are ignored', async () => {
		await field('apiKey').fill(` ${stage.sandbox.apiKey} `);
		await page.click(testId('credential-save-button'));
		// n8n closes the dialog when the connection is good, and tests it again when it is opened.
		await dialog().waitFor({ state: 'hidden' });
		await page.click(testId('credential-edit-button'));
		await dialog().locator(testId('credentials-config-container-test-success')).waitFor();
		await expectFinished(page);
		await clearView(page);
		await picture(page, 'editor-credential');
		await dialog().locator('.el-dialog__headerbtn').click();
		await dialog().waitFor({ state: 'hidden' });
	});
});

describe('A workflow that answers a lead', () => {
	test('listens for a test event and shows the one that comes', async () => {
		await page.click(testId('node-execute-button'));
		await page.getByText('Listening for test event').waitFor();
		await expectFinished(page);
		await picture(page, 'editor-listening');
		await until('the subscription', 1_000, () => stage.sandbox.store.subscriptions.size > 0 || undefined);
		stage.sandbox.createLead();
		const email = /"email":\s*"dana\.demo@example\.com"/;
		expect(await output(page, 'JSON', email)).toMatch(email);
		await clearView(page);
		await expectFinished(page);
		await picture(page, 'editor-event');
		await closeNode(page);
		expect(await page.locator(testId('canvas-node')).innerText()).toContain('Lead Created');
	});

	test('gets an action, in which a client and a status are chosen from lists', async () => {
		await page.click(testId('canvas-handle-plus'));
		await searchNodes(page, 'credit repair');
		await pick(page, 'WhiteLabelCRO');
		await pick(page, 'Update the status of a client');
		await page.locator(testId('node-parameters')).waitFor();
		await expectFinished(page);

		const others = ['jane.s@example.com', 'jsmith@example.net', 'smith.j@example.org'].map((email) => {
			const person = stage.sandbox.createLead({ first_name: 'Jane', last_name: 'Smith', email });
			return `Jane Smith · ${email} · #${(person as { client_id: number }).client_id}`;
		});
		const jane = 'Jane Smith · jane.smith@example.com · #12345';
		const listed = await openRecords(page, 'clientId', 'smi');
		expect(listed.toSorted()).toEqual([...others, jane].toSorted());
		await picture(page, 'editor-choose-client');
		await chooseRecord(page, jane);
		const statuses = await openRecords(page, 'status');
		expect(statuses).toContain('Client - Active');
		await chooseRecord(page, 'Client - Graduated');
		await page.locator(testId('collection-parameter-add')).first().click();
		await page.getByRole('option', { name: 'Status Note' }).click();
		await page.locator(`${testId('parameter-input-statusNote')} input`).fill('All items are removed');
		await expectFinished(page);
	});

	test('shows what the action gave as table, as schema and as JSON', async () => {
		await page.click(testId('node-execute-button'));
		const table = /client_id\s+previous_status\s+new_status.*12345\s+Client - Active\s+Client - Graduated/s;
		expect(await output(page, 'Table', table)).toMatch(table);
		await clearView(page);
		await expectFinished(page);
		await picture(page, 'editor-output');
		const schema = /new_status\s+Client - Graduated/;
		expect(await output(page, 'Schema', schema)).toMatch(schema);
		await expectFinished(page);
		const json = /"new_status":\s*"Client - Graduated"/;
		expect(await output(page, 'JSON', json)).toMatch(json);
		await expectFinished(page);
		await closeNode(page);
		expect(stage.sandbox.requests.at(-1)).toMatchObject({
			path: '/api/v1/integrations/clients/12345/status',
			body: { new_status_id: 44, status_note: 'All items are removed' },
		});
		expect(await page.locator(testId('canvas-node')).last().innerText()).toContain('Update Status: Client');
	});

	test('is published with the button, and the next event is among its executions', async () => {
		await page.click(`${testId('workflow-open-publish-modal-button')}:enabled`);
		await page.click(testId('workflow-publish-button'));
		await page.getByText('Workflow published').waitFor();
		await page.getByRole('button', { name: 'Got it' }).click();
		const id = /workflow\/(\w+)/.exec(page.url())?.[1] ?? '';
		const before = (await stage.n8n.executions(id)).length;
		stage.sandbox.createLead({ first_name: 'Lea', last_name: 'Lane', email: 'lea.lane@example.com' });
		await stage.n8n.finishedExecutions(id, before + 1);
		await page.click(testId('radio-button-executions'));
		const list = page.locator(testId('current-executions-list'));
		await list.getByText('Succeeded').nth(before).waitFor();
		await page.locator(testId('execution-preview-label')).getByText('Succeeded').waitFor();
		await page.locator(testId('canvas-node-status-success')).first().waitFor();
		await expectFinished(page);
		await picture(page, 'editor-executions');
		await stage.n8n.unpublish({ id, versionId: '' });
	});
});

test('The polling trigger fetches the newest event at once', async () => {
	const newest = stage.sandbox.raise('lead.created');
	stage.sandbox.raise('payment.failed');
	await openCanvas(page, stage.server.url);
	await page.click(testId('canvas-plus-button'));
	await searchNodes(page, 'WLCRO');
	await pick(page, POLLING);
	await page.getByRole('button', { name: 'Add to workflow' }).click();
	await page.locator(testId('node-parameters')).waitFor();
	await page.click(testId('parameter-input-triggerOn'));
	await page.getByRole('option', { name: 'Lead Created' }).click();
	await expectFinished(page);
	await page.keyboard.press('Tab');
	await page.getByRole('button', { name: 'Fetch Test Event' }).first().click();
	const id = new RegExp(`"event_id":\\s*${newest.id},`);
	expect(await output(page, 'JSON', id)).toMatch(id);
	await clearView(page);
	await expectFinished(page);
	await picture(page, 'editor-polling');
});

test('The check of the account reads well as table and as JSON: what is wrong, and what to do', async () => {
	const { sandbox, n8n, server } = stage;
	const apiKey = sandbox.createKey(['integrations:read', 'events:read']);
	const { id, name } = await n8n.createCredential('Two scopes', 'whiteLabelCroApi', {
		apiKey,
		baseUrl: sandbox.url,
	});
	const check = node(
		'Check',
		`${PACKAGE}.whiteLabelCro`,
		{ resource: 'account', operation: 'check' },
		{ position: [300, 0], credentials: { whiteLabelCroApi: { id, name } } },
	);
	const start = node('Start', 'n8n-nodes-base.manualTrigger', {});
	const workflow = await n8n.createWorkflow(chain('Check', [start, check]));
	await openCanvas(page, server.url, workflow.id);
	await openNode(page, 'Check');
	expect(await page.locator(testId('node-parameters')).innerText()).toContain('Check Admin Scope');
	await expectFinished(page);
	await page.click(testId('node-execute-button'));
	const table =
		/summary\s+ok\s+problems.*lacks the scopes 'integrations:write'.*'webhooks:write'.*create a new key/s;
	expect(await output(page, 'Table', table)).toMatch(table);
	await clearView(page);
	await picture(page, 'editor-check');
	const json = /"ok":\s*false.*"webhooks:write":\s*"no"/s;
	expect(await output(page, 'JSON', json)).toMatch(json);
	await closeNode(page);
});

/** Opens a node of a workflow of its own, which a manual trigger starts. */
async function openAlone(name: string, parameters: INode['parameters'], more: Partial<INode> = {}) {
	const { credential, n8n, server } = stage;
	const placed = node(name, `${PACKAGE}.whiteLabelCro`, parameters, {
		position: [300, 0],
		credentials: { whiteLabelCroApi: { id: credential.id, name: credential.name } },
		...more,
	});
	const start = node('Start', 'n8n-nodes-base.manualTrigger', {});
	const workflow = await n8n.createWorkflow(chain(name, [start, placed]));
	await openCanvas(page, server.url, workflow.id);
	await openNode(page, name);
	await expectFinished(page);
}

test('A webhook subscription is chosen by its workflow, whether it is on, and its events', async () => {
	const workflow = await stage.n8n.createWorkflow(
		chain('Welcome new leads', [
			node(
				'New lead',
				`${PACKAGE}.whiteLabelCroTrigger`,
				{ triggerOn: ['lead.created'] },
				{
					credentials: { whiteLabelCroApi: { id: stage.credential.id, name: stage.credential.name } },
				},
			),
		]),
	);
	await stage.n8n.publish(workflow);
	await until('the subscription', 5_000, () => stage.sandbox.store.subscriptions.size > 0 || undefined);
	await openAlone('Enable', { resource: 'webhookSubscription', operation: 'enable' });
	const entry = 'Welcome new leads · on · lead.created';
	expect(await openRecords(page, 'subscriptionId')).toContain(entry);
	await picture(page, 'editor-choose-subscription');
	await chooseRecord(page, entry);
	await page.click(testId('node-execute-button'));
	const table = /id\s+description\s+enabled.*n8n workflow "Welcome new leads"/s;
	expect(await output(page, 'Table', table)).toMatch(table);
	await closeNode(page);
	await stage.n8n.unpublish(workflow);
});

test('An extra field is a row of name and value, folded away under Additional Fields', async () => {
	await openAlone('Lead', {
		resource: 'lead',
		operation: 'create',
		firstName: 'Ella',
		lastName: 'Extra',
		email: 'ella@example.com',
		additionalFields: { extraFields: { field: [{ name: 'source', value: 'website' }] } },
	});
	const form = await page.locator(testId('node-parameters')).innerText();
	expect(form).toMatch(/use Create or Update.*First Name.*Additional Fields.*Extra Fields.*Name.*Value/s);
	await page.click(testId('node-execute-button'));
	const table = /client_id\s+full_name\s+email\s+status.*Ella Extra\s+ella@example\.com\s+Lead - New/s;
	expect(await output(page, 'Table', table)).toMatch(table);
	expect(stage.sandbox.requests.at(-1)?.body).toMatchObject({ source: 'website' });
	await closeNode(page);
});

test('A row that is refused comes out of the error output with its own fields and the reason', async () => {
	const { credential, n8n, server } = stage;
	const rows = node('Rows', 'n8n-nodes-base.code', {
		jsCode:
			"return [{ json: { row: 'Ada', email: 'ada@example.com' } }, { json: { row: 'Bob', email: 'no address' } }];",
	});
	const upsert = node(
		'Upsert',
		`${PACKAGE}.whiteLabelCro`,
		{
			resource: 'lead',
			operation: 'createOrUpdate',
			firstName: '={{ $json.row }}',
			lastName: 'Row',
			email: '={{ $json.email }}',
		},
		{
			position: [600, 0],
			onError: 'continueErrorOutput',
			credentials: { whiteLabelCroApi: { id: credential.id, name: credential.name } },
		},
	);
	const start = node('Start', 'n8n-nodes-base.manualTrigger', {});
	const workflow = await n8n.createWorkflow(chain('Rows', [start, { ...rows, position: [300, 0] }, upsert]));
	await openCanvas(page, server.url, workflow.id);
	await openNode(page, 'Upsert');
	await page.click(testId('node-execute-button'));
	await page.locator(testId('output-panel')).getByText('Error Branch').click();
	const table = /Bob.*no address.*'Email' is not an email address/s;
	expect(await output(page, 'Table', table)).toMatch(table);
	await clearView(page);
	await closeNode(page);
});

describe('An error says in words what happened and what to do', () => {
	const lead = { resource: 'lead', operation: 'create', firstName: 'Dana', lastName: 'Demo' };
	const failing: Array<{
		name: string;
		parameters: INode['parameters'];
		key?: () => string;
		says: string[];
	}> = [
		{
			name: 'Wrong key',
			parameters: { ...lead, email: 'dana@example.com' },
			key: () => 'wlcro_live_92_not-the-key',
			says: ['did not accept the API key', 'create a new key, and paste all of it'],
		},
		{
			name: 'Missing scope',
			parameters: { ...lead, email: 'dana@example.com' },
			key: () => stage.sandbox.createKey(['integrations:read']),
			says: ["lacks the scope 'integrations:write'", "create a new key with 'integrations:write'"],
		},
		{
			name: 'Unknown client',
			parameters: {
				resource: 'client',
				operation: 'update',
				clientId: byId('99999'),
				updateFields: { city: 'Reno' },
			},
			says: ['WhiteLabelCRO has no such record', 'Check the ID'],
		},
		{
			name: 'Refused field',
			parameters: {
				...lead,
				email: 'dana@example.com',
				additionalFields: { extraFieldsJson: '{"affiliate_id": 999}' },
			},
			says: ['affiliate_id: does not exist', 'Correct that in this node'],
		},
		{
			name: 'Rate limit',
			parameters: { ...lead, email: 'dana@example.com', options: { maximumWait: 0 } },
			key() {
				const key = stage.sandbox.createKey(['integrations:write', 'integrations:read']);
				stage.sandbox.consume(key, 'write', stage.sandbox.limits.write);
				return key;
			},
			says: ['Too many requests', "Raise 'Maximum Wait' under 'Options'"],
		},
	];

	beforeAll(async () => {
		// No reset comes in between.
		stage.sandbox.setLimits({ windowSeconds: 86_400 });
		const start = node('Start', 'n8n-nodes-base.manualTrigger', {});
		const nodes: INode[] = [];
		for (const [index, { name, parameters, key }] of failing.entries()) {
			const data = { apiKey: key?.() ?? stage.sandbox.apiKey, baseUrl: stage.sandbox.url };
			const { id } = await stage.n8n.createCredential(name, 'whiteLabelCroApi', data);
			const credentials = { whiteLabelCroApi: { id, name } };
			const position: [number, number] = [300, index * 200];
			nodes.push(node(name, `${PACKAGE}.whiteLabelCro`, parameters, { position, credentials }));
		}
		const toEach = nodes.map(({ name }) => ({ node: name, type: 'main' as const, index: 0 }));
		const workflow = await stage.n8n.createWorkflow({
			...chain('Errors', [start, ...nodes]),
			connections: { [start.name]: { main: [toEach] } },
		});
		await openCanvas(page, stage.server.url, workflow.id);
	});

	afterAll(() => {
		stage.sandbox.setLimits({ windowSeconds: 60 });
	});

	test.each(failing)('$name', async ({ name, says }) => {
		await openNode(page, name);
		await page.click(testId('node-execute-button'));
		const error = page.locator('.node-error-view');
		await error.waitFor();
		await expectFinished(page);
		const text = await error.innerText();
		for (const words of says) expect(text).toContain(words);
		await clearView(page);
		if (name === 'Missing scope') await picture(page, 'editor-error');
		await closeNode(page);
		// The editor cannot run a second branch while it shows the error of the first.
		await page.click(testId('clear-execution-data-button'));
	});
});

test('The check of a finished screen sees what it is there for', async () => {
	await openCanvas(page, stage.server.url);
	await page.evaluate(() => {
		const unfinished = document.createElement('div');
		unfinished.setAttribute('role', 'dialog');
		unfinished.style.cssText = 'position: fixed; inset: 100px; z-index: 9999';
		unfinished.innerHTML = `
			<label class="n8n-input-label">firstName</label>
			<p>Hello undefined</p>
			<p>nodeView.missing.key</p>
			<p role="alert">{"error":"invalid_request"}</p>
			<p style="width: 40px; overflow: hidden; white-space: nowrap">A label that is far too long</p>
			<input style="width: 40px" placeholder="e.g. a text that is too long">
			<img src="/icons/no-such-icon.svg" width="20" height="20">
			<div class="nodeIconPlaceholder">W</div>`;
		document.body.append(unfinished);
	});
	const complaint = await expectFinished(page).then(String, String);
	for (const fault of [
		'a name from the code: firstName',
		'unfinished: Hello undefined',
		'no translation: nodeView.missing.key',
		'JSON in an error: ',
		'cut off: A label',
		'cut off in its field: e.g. a text',
		'no picture: ',
		'a letter for an icon: W',
		'no icon of this package',
	]) {
		expect(complaint).toContain(fault);
	}
});

describe('Every panel is finished, in light and dark, with all that can be added to it', () => {
	/** As the editor itself asks for them. */
	const described = async (): Promise<INodeTypeDescription[]> => {
		const all = JSON.parse(await stage.n8n.text('/types/nodes.json')) as INodeTypeDescription[];
		return all.filter(({ name }) => name.startsWith(`${PACKAGE}.`));
	};
	const optionsOf = ({ options = [] }: INodeProperties) =>
		(options as INodePropertyOptions[]).filter(({ value }) => !String(value).startsWith('__'));
	const isFor = ({ displayOptions }: INodeProperties, resource: string, operation = '') => {
		const { resource: resources = [resource], operation: operations = [operation] } =
			displayOptions?.show ?? {};
		return resources.includes(resource) && (operation === '' || operations.includes(operation));
	};
	const filled = (properties: INodeProperties[]) =>
		Object.fromEntries(
			properties
				.filter(({ type }) => type === 'collection')
				.map(({ name, options = [] }) => [
					name,
					Object.fromEntries((options as INodeProperties[]).map((field) => [field.name, field.default])),
				]),
		) as INode['parameters'];
	const look = async (nodes: INode[]) => {
		const { id, name } = stage.credential;
		const placed = nodes.map((each, index) => ({
			...each,
			position: [(index % 6) * 300, Math.floor(index / 6) * 200] as [number, number],
			credentials: { whiteLabelCroApi: { id, name } },
		}));
		const settings = { executionOrder: 'v1' };
		const workflow = await stage.n8n.createWorkflow({
			name: 'All',
			nodes: placed,
			connections: {},
			settings,
		});
		await openCanvas(page, stage.server.url, workflow.id);
		await page
			.locator(testId('canvas-node'))
			.nth(nodes.length - 1)
			.waitFor();
		await expectFinished(page);
		for (const each of nodes) {
			await openNode(page, each.name);
			await expectFinished(page);
			if (each.name === 'Client: Update Status') {
				await page.emulateMedia({ colorScheme: 'dark' });
				await picture(page, 'editor-dark');
			}
			await closeNode(page);
		}
	};

	test('of each operation', async () => {
		const [{ name, properties } = { name: '', properties: [] }] = (await described()).filter((type) =>
			type.name.endsWith('.whiteLabelCro'),
		);
		const resources = properties.filter((property) => property.name === 'resource').flatMap(optionsOf);
		const nodes = resources.flatMap((resource) =>
			properties
				.filter((property) => property.name === 'operation' && isFor(property, String(resource.value)))
				.flatMap(optionsOf)
				.map((operation) => {
					const chosen = { resource: String(resource.value), operation: String(operation.value) };
					const own = properties.filter((property) => isFor(property, chosen.resource, chosen.operation));
					return node(`${resource.name}: ${operation.name}`, name, { ...chosen, ...filled(own) });
				}),
		);
		expect(nodes).toHaveLength(26);
		await look(nodes);
	});

	test('of both triggers', async () => {
		const triggers = (await described()).filter(({ name }) => name.endsWith('Trigger'));
		expect(triggers).toHaveLength(2);
		await look(
			triggers.map(({ name, displayName, properties }) =>
				node(displayName, name, {
					triggerOn: ['*'],
					...filled(properties),
					options: { catchUp: true, ignoreDuplicates: true, lookBack: 24, verifySignature: false },
				}),
			),
		);
	});
});
