// What a person does in n8n's editor, by the names and the words that are on the screen.
import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { until } from '../../scripts/real-n8n/until.mts';
import { testId } from './browser.mts';
import { expectFinished } from './finished.mts';

/** What they take on a quiet machine until they show what was asked for. */
const LIST_MS = 500;
const OUTPUT_MS = 2_000;

/** Opens the canvas of a workflow, or of a new one. */
export async function openCanvas(page: Page, url: string, workflowId = 'new'): Promise<void> {
	await page.goto(`${url}/workflow/${workflowId}`);
	await page
		.locator(`${testId('canvas-plus-button')}, ${testId('canvas-node')}`)
		.first()
		.waitFor();
}

/** Types into the search of the nodes panel, which is open, and waits until it shows this package. */
export async function searchNodes(page: Page, text: string): Promise<void> {
	await page.fill(testId('node-creator-search-bar'), text);
	await page.locator(testId('item-iterator-item')).filter({ hasText: 'WhiteLabelCRO' }).first().waitFor();
}

/** Expects that a search of the nodes panel comes to show exactly these items, as their lines of text. */
export async function expectFound(page: Page, text: string, expected: string[][]): Promise<void> {
	await searchNodes(page, text);
	const items = page.locator(testId('item-iterator-item'));
	let found: string[][] = [];
	// The list follows the typing a moment later.
	await until('the items', LIST_MS, async () => {
		const texts = await items.allInnerTexts();
		found = texts.map((lines) => lines.split(/\n+/).filter((line) => line.trim() !== ''));
		return isDeepStrictEqual(found, expected) || undefined;
	}).catch(() => undefined);
	expect(found).toEqual(expected);
}

/** Clicks the item of the nodes panel's list that says exactly this. */
export async function pick(page: Page, name: string): Promise<void> {
	await page
		.locator(testId('item-iterator-item'))
		.filter({ has: page.getByText(name, { exact: true }) })
		.first()
		.click();
}

/** Opens the panel of a node on the canvas. */
export async function openNode(page: Page, name: string): Promise<void> {
	await page.dblclick(`${testId('canvas-node')}[data-node-name="${name}"]`);
	await page.locator(testId('node-parameters')).waitFor();
}

export async function closeNode(page: Page): Promise<void> {
	await page.click(testId('ndv-close-button'));
	await page.locator(testId('node-parameters')).waitFor({ state: 'hidden' });
}

/** Opens a resource locator's list and types a part of what is looked for. Returns what the list then offers. */
export async function openRecords(page: Page, parameter: string, typing = ''): Promise<string[]> {
	await page.click(`${testId(`resource-locator-${parameter}`)} ${testId('rlc-input-container')} input`);
	const entries = shown(page, 'rlc-item');
	await entries.first().waitFor();
	if (typing !== '') {
		await shown(page, 'rlc-search').fill(typing);
		await page.waitForResponse(/resource-locator-results/);
		await entries
			.filter({ hasNotText: new RegExp(typing, 'i') })
			.first()
			.waitFor({ state: 'hidden' });
	}
	const offered = await entries.allInnerTexts();
	await expectFinished(page);
	return offered;
}

/** Chooses an entry of the list that is open. */
export async function chooseRecord(page: Page, entry: string): Promise<void> {
	await shown(page, 'rlc-item').filter({ hasText: entry }).click();
}

/**
 * Chooses how the node's output is shown. Returns its text as soon as it matches, or what there is when patience is out,
 * for the test to judge.
 */
export async function output(
	page: Page,
	view: 'Schema' | 'Table' | 'JSON',
	expected: RegExp,
): Promise<string> {
	const panel = page.locator(testId('output-panel'));
	await panel.locator(testId(`radio-button-${view.toLowerCase()}`)).click();
	let text = '';
	await until('the output', OUTPUT_MS, async () => {
		text = await panel.locator(testId('ndv-data-container')).innerText();
		return expected.test(text) || undefined;
	}).catch(() => undefined);
	return text;
}

/** Closes n8n's messages that lie over the screen, and takes the mouse away, so that nothing is covered or marked. */
export async function clearView(page: Page): Promise<void> {
	const messages = page.locator('.el-notification');
	const close = (buttons: Array<SVGElement | HTMLElement>) => {
		for (const button of buttons) button.dispatchEvent(new MouseEvent('click', { bubbles: true }));
	};
	await messages.locator('.el-notification__closeBtn').evaluateAll(close);
	await messages.first().waitFor({ state: 'detached' });
	await page.mouse.move(720, 5);
}

const shown = (page: Page, id: string) => page.locator(`${testId(id)}:visible`);
