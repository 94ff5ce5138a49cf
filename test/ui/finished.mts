/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// Whether a screen of the editor may be shown to a customer.
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { until } from '../../scripts/real-n8n/until.mts';

/** What it takes on a quiet machine until what moves has come to rest. */
const SETTLED_MS = 1_000;

/**
 * Expects that nothing on the screen is unfinished, in the light and in the dark theme (the editor follows the system's):
 * no label, option or chosen value is a name from the code, no text says "undefined" or the like or is the key of a missing
 * translation, no error shows JSON, nothing that belongs to a node's panel is cut off, and every icon is there.
 */
export async function expectFinished(page: Page): Promise<void> {
	for (const theme of ['dark', 'light'] as const) {
		await page.emulateMedia({ colorScheme: theme });
		let faults: string[] = [];
		// What moves comes to rest first.
		await until('a finished screen', SETTLED_MS, async () => {
			faults = await page.evaluate(findFaults, theme);
			return faults.length === 0 || undefined;
		}).catch(() => undefined);
		expect({ theme, faults }).toEqual({ theme, faults: [] });
	}
}

/** Runs in the browser, so it must stand alone. Returns one line for each fault. */
function findFaults(theme: 'light' | 'dark'): string[] {
	const faults: string[] = [];
	const isShown = (element: Element) =>
		element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
		element.getClientRects().length > 0;
	const shown = (selector: string, within: ParentNode = document) =>
		[...within.querySelectorAll(selector)].filter(isShown);
	const cutOffBy = (text: DOMRect, ancestor: Element) => {
		const { overflowX, overflowY } = getComputedStyle(ancestor);
		const box = ancestor.getBoundingClientRect();
		const isBeside = text.left >= box.right || text.right <= box.left;
		const isAbove = text.top >= box.bottom || text.bottom <= box.top;
		// What is outside altogether waits there to be unfolded.
		if (isBeside || isAbove) return false;
		const hides = (overflow: string) => overflow === 'hidden' || overflow === 'clip';
		return (
			(hides(overflowX) && (text.right > box.right + 1 || text.left < box.left - 1)) ||
			(hides(overflowY) && (text.bottom > box.bottom + 3 || text.top < box.top - 3))
		);
	};

	// The code and the data that people look at may be long, and n8n cuts them short itself.
	const freeForm = '.cm-editor, table, [class*="schema"], [class*="json"], .vue-flow, svg';
	const panels =
		'[data-test-id="ndv"], [data-test-id="node-creator"], [role="dialog"], .el-popper, .el-notification';
	const everyText = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let node = everyText.nextNode(); node !== null; node = everyText.nextNode()) {
		const parent = node.parentElement;
		const text = node.textContent?.trim() ?? '';
		if (text === '' || parent === null || /^(SCRIPT|STYLE)$/.test(parent.tagName) || !isShown(parent))
			continue;
		if (/\bundefined\b|\bNaN\b|\[object \w+\]|\bTODO\b|\bFIXME\b|\{\{|\}\}/.test(text)) {
			faults.push(`unfinished: ${text}`);
		}
		if (/^[a-z]\w*(\.\w+){2,}$/i.test(text)) faults.push(`no translation: ${text}`);
		const panel = parent.closest(panels);
		if (panel === null || parent.closest(freeForm) !== null) continue;
		const range = document.createRange();
		range.selectNodeContents(node);
		const box = range.getBoundingClientRect();
		for (
			let above: Element | null = parent;
			above !== null && panel.contains(above);
			above = above.parentElement
		) {
			if (/auto|scroll/.test(getComputedStyle(above).overflowY)) break;
			if (cutOffBy(box, above)) faults.push(`cut off: ${text}`);
		}
	}

	for (const error of shown('.node-error-view, .el-notification, [role="alert"]')) {
		if (/[{[]\s*"|\\"|":/.test(error.textContent ?? ''))
			faults.push(`JSON in an error: ${error.textContent}`);
	}

	const labels = shown(
		'.n8n-input-label, .el-tag, .option-headline, [data-test-id="node-creator-item-name"]',
	);
	const inputs = shown('input:not([type="password"]), textarea') as Array<
		HTMLInputElement | HTMLTextAreaElement
	>;
	const chosen = inputs.filter((input) => input.closest('.el-select, [data-test-id="rlc-input"]'));
	const names = [
		...labels.map(({ textContent }) => textContent?.trim() ?? ''),
		...chosen.map(({ value }) => value.trim()),
	];
	for (const name of names) {
		if (/^[a-z_]|\w_\w|^\w+\.\w+$/.test(name)) faults.push(`a name from the code: ${name}`);
	}
	const pen = document.createElement('canvas').getContext('2d');
	for (const input of inputs.filter((input) => input.closest(panels))) {
		const { font, paddingLeft, paddingRight } = getComputedStyle(input);
		// What a person chose from the account's own list may be of any length; n8n shows it whole in the list.
		const isChosen = input.closest('[data-test-id="rlc-input-container"]') !== null && input.value !== '';
		if (pen === null || input.tagName === 'TEXTAREA' || isChosen) continue;
		pen.font = font;
		const text = input.value || input.placeholder;
		const room = input.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
		if (pen.measureText(text).width > room + 1) faults.push(`cut off in its field: ${text}`);
	}

	const images = shown('img') as HTMLImageElement[];
	for (const { src, complete, naturalWidth } of images) {
		if (!complete || naturalWidth === 0) faults.push(`no picture: ${src}`);
	}
	const ours = images.map(({ src }) => src).filter((src) => src.includes('whitelabelcro'));
	// The head of an opened list keeps the icon of the theme in which it was opened: that is n8n's.
	if (!ours.some((src) => src.endsWith('.dark.svg') === (theme === 'dark'))) {
		faults.push(`no icon of this package for the ${theme} theme`);
	}
	for (const letter of shown('[class*="nodeIconPlaceholder"]')) {
		faults.push(`a letter for an icon: ${letter.textContent}`);
	}
	return [...new Set(faults)];
}
