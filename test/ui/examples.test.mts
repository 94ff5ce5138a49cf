// Every example as the editor shows it after the import, and a picture of each for the documentation.
import { statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { WorkflowDefinition } from '../../scripts/real-n8n/rest.mts';
import { OWNER } from '../e2e/owner.mts';
import { SET_UP_TIMEOUT_MS, type Stage, setStage } from '../e2e/stage.mts';
import { exampleNames, exampleText } from '../examples.mts';
import { openBrowser, openEditor, picture, settle, testId } from './browser.mts';

const MARKS_OF_TROUBLE = [
	'node-not-installed',
	'node-issues',
	'node-setup-required',
	'canvas-node-status-warning',
];
const SIZE = { width: 1280, height: 640 };
const LARGEST_PICTURE_BYTES = 150_000;

/** Leaves the nodes and the lines between them. */
const NODES_ONLY = `
	body * { visibility: hidden; }
	.vue-flow, .vue-flow * { visibility: visible; }
	[data-test-id="canvas-controls"], [data-test-id="canvas-minimap"], [data-test-id="canvas-handle-plus-wrapper"] { display: none !important; }
`;

let stage: Stage;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
	stage = await setStage({ defaultModules: true });
	// n8n chooses the only credential of its type by itself, in every node that is imported.
	await stage.n8n.createCredential('OpenAI', 'openAiApi', { apiKey: 'not-a-key', header: false });
	browser = await openBrowser();
}, SET_UP_TIMEOUT_MS);

beforeEach(async () => {
	({ context, page } = await openEditor(browser, stage.server.url, OWNER));
	await page.setViewportSize(SIZE);
});

afterEach(async () => {
	await context.close();
});

afterAll(async () => {
	await browser.close();
	await stage.strike();
});

/** Pastes a workflow onto an empty canvas, which is how the editor imports one, and fits it into the window. */
async function importByPasting(text: string): Promise<void> {
	await page.goto(`${stage.server.url}/workflow/new`);
	await page.locator(testId('canvas-add-button')).waitFor();
	// The canvas is there a little earlier than it listens.
	await settle(page, 100);
	await page.evaluate(`{
		const clipboardData = new DataTransfer();
		clipboardData.setData('text/plain', ${JSON.stringify(text)});
		document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
	}`);
	await page.locator(testId('sticky')).first().waitFor();
	await page.addStyleTag({ content: NODES_ONLY });
	// A click beside them takes away the marks of what was just pasted; the key 1 fits the workflow into the window.
	await page.mouse.click(SIZE.width - 8, SIZE.height / 2);
	await page.keyboard.press('1');
	await settle(page, 100);
}

test.each(exampleNames)(
	'%s is imported without a mark of trouble but at what is to be filled in, and looks tidy',
	async (name) => {
		const { nodes } = JSON.parse(exampleText(name)) as WorkflowDefinition;
		await importByPasting(exampleText(name));
		const canvasNodes = page.locator(`[data-node-name]:has(.n8n-node-icon)${testId('canvas-node')}`);
		const shown: string[] = [];
		for (const node of await canvasNodes.all()) shown.push((await node.getAttribute('data-node-name')) ?? '');
		const onCanvas = nodes.filter(({ type }) => !type.endsWith('.stickyNote')).map((node) => node.name);
		expect(shown.toSorted()).toEqual(onCanvas.toSorted());
		// n8n asks for what only its user knows.
		const toFillIn = nodes.filter(({ parameters }) => parameters.url === '').length;
		for (const mark of MARKS_OF_TROUBLE) {
			const expected = mark === 'node-issues' ? toFillIn : 0;
			expect({ mark, count: await page.locator(testId(mark)).count() }).toEqual({ mark, count: expected });
		}

		const withoutIcon: string[] = [];
		for (const node of await canvasNodes.all()) {
			const images = await node.locator('.n8n-node-icon img').evaluateAll((all) =>
				// What could not be loaded has no width.
				all.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
			);
			const drawn =
				images.length > 0 ? images.every(Boolean) : await node.locator('.n8n-node-icon svg').count();
			if (!drawn) withoutIcon.push((await node.getAttribute('data-node-name')) ?? '');
		}
		expect(withoutIcon).toEqual([]);

		const cutOff = await page
			.locator(`${testId('sticky')} div`)
			.evaluateAll(
				(elements) => elements.filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight).length,
			);
		expect(cutOff).toBe(0);

		await picture(page, `example-${name}`);
		expect(statSync(`docs/images/example-${name}.png`).size).toBeLessThan(LARGEST_PICTURE_BYTES);
	},
);
