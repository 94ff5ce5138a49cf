// The package as a person installs it from n8n's community nodes screen, updates it and uninstalls it, and what n8n says.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { NEWEST, OLDEST } from '../../scripts/real-n8n/install.mts';
import { patience } from '../../scripts/real-n8n/patience.mts';
import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { withCredential } from '../../scripts/real-n8n/workflow.mts';
import { leadRuns, onLeads, raiseLeads, raiseLeadsDuring } from '../e2e/leads.mts';
import { OWNER, PACKAGE } from '../e2e/owner.mts';
import { type EmptyStage, SET_UP_TIMEOUT_MS, setEmptyStage } from '../e2e/stage.mts';
import { type NpmRegistry, startNpmRegistry } from '../npmRegistry.mts';
import { openBrowser, openEditor, picture, settle, testId } from './browser.mts';
import { clearView, openCanvas, searchNodes } from './editor.mts';
import { expectFinished } from './finished.mts';

/** The version that the pictures show is the one that is built. */
const { version: FIRST } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const SECOND = '1000.0.0';
/** What n8n takes on a quiet machine to fetch a package and load it. */
const FETCH_MS = 5_000;

let browser: Browser;

beforeAll(async () => {
	browser = await openBrowser();
}, SET_UP_TIMEOUT_MS);

afterAll(async () => {
	await browser.close();
});

describe.each([NEWEST, OLDEST])('From the community nodes screen of n8n %s', (version) => {
	let registry: NpmRegistry;
	let stage: EmptyStage;
	let context: BrowserContext;
	let page: Page;
	let workflow: Workflow;

	beforeAll(async () => {
		registry = await startNpmRegistry(version);
		await registry.offer(FIRST);
		const { variables } = registry;
		stage = await setEmptyStage({ version, hasPackage: false, defaultModules: true, variables });
		await stage.n8n.setUpOwner(OWNER);
		({ context, page } = await openEditor(browser, stage.server.url, OWNER));
	}, SET_UP_TIMEOUT_MS);

	afterAll(async () => {
		await context.close();
		await stage.strike();
		await registry.close();
	});

	const button = (name: string) => page.getByRole('button', { name, exact: true });
	const dialog = () => page.getByRole('dialog').filter({ visible: true });
	const card = () => page.locator(testId('community-package-card'));

	const openScreen = async () => {
		await page.goto(`${stage.server.url}/settings`);
		await page.getByText('Community nodes', { exact: true }).click();
	};

	/** Clicks a button of the dialog, and returns n8n's message with this title when it comes and the dialog has gone. */
	const confirm = async (name: string, title: string) => {
		await button(name).click();
		const message = page.locator('.el-notification').filter({ hasText: title });
		await message.waitFor({ timeout: patience(FETCH_MS) });
		await dialog().waitFor({ state: 'hidden' });
		return linesOf(await message.innerText());
	};

	/** The package's card. n8n lists the nodes in any order. */
	const cardSays = async () => {
		const [name, nodes = '', ...others] = linesOf(await card().innerText());
		const [count, list = ''] = nodes.split(': ');
		return [name, count, ...list.split(',').toSorted(), ...others];
	};
	const cardOf = (packageVersion: string) => [
		PACKAGE,
		'3 nodes',
		'WhiteLabelCRO',
		'WhiteLabelCRO Polling Trigger',
		'WhiteLabelCRO Trigger',
		`v${packageVersion}`,
	];

	test('it is installed by its name, and listed with its nodes', async () => {
		await openScreen();
		await button('Install a community node').click();
		await page.getByRole('textbox').fill(PACKAGE);
		expect(await button('Install').isDisabled()).toBe(true);
		await page.getByText('I understand the risks').click();
		// The dialog fades in, and the button with the tick.
		await settle(page, 100);
		if (version === NEWEST) await picture(page, 'community-nodes-install');

		expect(await confirm('Install', 'Package installed')).toEqual(['Package installed']);
		expect(await cardSays()).toEqual(cardOf(FIRST));
		await clearView(page);
		if (version === NEWEST) await picture(page, 'community-nodes-installed');
	});

	test('it is in the nodes panel with its icons', async () => {
		await openCanvas(page, stage.server.url);
		await page.click(testId('canvas-plus-button'));
		await searchNodes(page, 'whitelabelcro');
		const names = page.locator(testId('node-creator-item-name'));
		expect(await names.allInnerTexts()).toEqual(['WhiteLabelCRO', 'WhiteLabelCRO Polling Trigger']);
		await expectFinished(page);
	});

	test('its trigger runs a workflow on every event', async () => {
		const data = { apiKey: stage.sandbox.apiKey, baseUrl: stage.sandbox.url };
		const credential = await stage.n8n.createCredential('Sandbox', 'whiteLabelCroApi', data);
		workflow = await stage.n8n.createWorkflow(withCredential(onLeads, PACKAGE, credential));
		await stage.n8n.publish(workflow);
		expect(await leadRuns(stage, workflow, raiseLeads(stage.sandbox, 3))).toEqual([1, 1, 1]);
	});

	test('it is updated under the published trigger, and no event is lost or run twice', async () => {
		await registry.offer(SECOND);
		await openScreen();
		await card().getByRole('button', { name: 'Update', exact: true }).click();
		await dialog().getByText(onLeads.name).waitFor();
		expect(linesOf(await dialog().innerText()).slice(0, -2)).toEqual([
			'Update node package',
			expect.stringContaining('Package includes: WhiteLabelCRO'),
			expect.stringContaining('will update every instance of these nodes'),
			'Workflow Owner Status',
			onLeads.name,
			'Personal',
			'Active',
		]);

		const before = raiseLeads(stage.sandbox, 3);
		await leadRuns(stage, workflow, before);
		const update = confirm('Confirm update', 'Package updated');
		const during = await raiseLeadsDuring(stage.sandbox, update);
		// n8n leaves out which version.
		expect(await update).toEqual(['Package updated', `${PACKAGE} updated to version`]);
		expect(await cardSays()).toEqual(cardOf(SECOND));

		const all = [...before, ...during, ...raiseLeads(stage.sandbox, 3)];
		expect(await leadRuns(stage, workflow, all)).toEqual(all.map(() => 1));
	});

	test('its documentation is its page on npm', async () => {
		const address = `https://www.npmjs.com/package/${PACKAGE}`;
		await context.route(address, (route) => route.fulfill({ body: 'README' }));
		await card().locator(testId('action-toggle')).click();
		const opened = page.waitForEvent('popup');
		await page.getByText('Documentation', { exact: true }).click();
		const popup = await opened;
		await popup.waitForURL(address);
		await popup.close();
	});

	test('it is uninstalled, and nothing of it is left in the list and in the nodes panel', async () => {
		await card().locator(testId('action-toggle')).click();
		await page.getByText('Uninstall package', { exact: true }).click();
		await dialog().getByText(onLeads.name).waitFor();
		expect(linesOf(await dialog().innerText()).slice(0, -2)).toEqual([
			'Uninstall node package',
			expect.stringContaining('Package includes: WhiteLabelCRO'),
			expect.stringContaining('will remove every instance of nodes'),
			'Workflow Owner Status',
			onLeads.name,
			'Personal',
			'Active',
		]);
		expect(await confirm('Confirm uninstall', 'Package uninstalled')).toEqual(['Package uninstalled']);
		await button('Install a community node').waitFor();
		expect(await card().count()).toBe(0);

		await openCanvas(page, stage.server.url);
		await page.click(testId('canvas-plus-button'));
		await page.fill(testId('node-creator-search-bar'), 'whitelabelcro');
		await page.getByText(/^No results for|^We didn't make that/).waitFor();
		expect(await page.locator(testId('item-iterator-item')).count()).toBe(0);
	});
});

/** What stands on the screen, line by line. */
function linesOf(text: string): string[] {
	return text
		.split(/\n+/)
		.map((line) => line.replaceAll(/\s+/g, ' ').trim())
		.filter((line) => line !== '');
}
