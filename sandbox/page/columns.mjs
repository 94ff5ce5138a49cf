// What paints the cells of a column.
import { element, setText } from './dom.mjs';

/**
 * Paints one cell: called for each at every look, and to change only what is different.
 * @template Item
 * @typedef {(cell: HTMLElement, item: Item) => void} Paint
 */

const clock = new Intl.DateTimeFormat('en-US', { timeStyle: 'medium' });
const calendar = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium' });
const money = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2 });

/**
 * A column of text.
 * @template Item
 * @param {(item: Item) => string} read
 * @param {string} [className]
 * @returns {Paint<Item>}
 */
export function text(read, className = '') {
	return (cell, item) => {
		cell.className = className;
		setText(cell, read(item));
	};
}

/**
 * A column of amounts, in the decimals of the contract, which names no currency.
 * @template {{ amount: number | null }} Item
 * @returns {Paint<Item>}
 */
export function amount() {
	return text(({ amount }) => (amount === null ? '' : money.format(amount)), 'short');
}

/**
 * A column of times: the time of day, or the date of another day.
 * @template Item
 * @param {(item: Item) => string | null} read
 * @returns {Paint<Item>}
 */
export function moment(read) {
	return once((item) => {
		const utc = read(item);
		if (utc === null) return '';
		const date = new Date(utc);
		const isToday = date.toDateString() === new Date().toDateString();
		return element('time', (isToday ? clock : calendar).format(date), { datetime: utc, title: utc });
	});
}

/**
 * A column of states, each with a tone (good, bad or plain) and perhaps a remark below it.
 * @template Item
 * @param {(item: Item) => [state: string, tone: string, remark?: string]} read
 * @param {string} [className]
 * @returns {Paint<Item>}
 */
export function badge(read, className = '') {
	return (cell, item) => {
		cell.className = className;
		const [state, tone, remark = ''] = read(item);
		if (!cell.hasChildNodes()) {
			const parts = ['badge', 'remark'].map((name) => element('span', '', { class: name }));
			const outcome = element('div', '', { class: 'outcome' });
			outcome.append(...parts);
			cell.append(outcome);
		}
		for (const shown of cell.getElementsByClassName('badge')) {
			setText(shown, state);
			shown.setAttribute('data-tone', tone);
		}
		for (const shown of cell.getElementsByClassName('remark')) setText(shown, remark);
	};
}

/**
 * A column that is made once for each row, since it never changes.
 * @template Item
 * @param {(item: Item) => Node | string} make
 * @returns {Paint<Item>}
 */
export function once(make) {
	return (cell, item) => {
		if (!cell.hasChildNodes()) cell.append(make(item));
	};
}

/**
 * A text that is folded away under its label.
 * @param {string} name
 * @param {string} label
 * @param {string} content
 */
export function unfold(name, label, content) {
	const details = document.createElement('details');
	const pre = element('pre', content, { tabindex: '0', role: 'group', 'aria-label': name });
	const summary = element('summary', label);
	summary.append(element('span', ` (${name})`, { class: 'for-readers' }));
	details.append(summary, pre);
	return details;
}

/**
 * A button that actions.mjs knows by the action's name.
 * @param {string} label
 * @param {string} action
 * @param {number} id
 * @param {string} name
 */
export function button(label, action, id, name) {
	const attributes = { type: 'button', class: 'quiet', 'aria-label': name };
	return element('button', label, { ...attributes, 'data-action': action, 'data-id': String(id) });
}
