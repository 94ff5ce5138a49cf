// One list of the page: its section with a table, and its link. A row stays the same element as long as it is listed, so that
// focus and unfolded parts stay too.
import { byId, element, setText } from './dom.mjs';

/** @typedef {import('../overview.mts').Overview} Overview */
/**
 * A list in words: `read` takes it out of the overview, each column is its heading and what paints its cells.
 * @template Item
 * @typedef {{
 *   id: string,
 *   title: string,
 *   hint?: string,
 *   empty: string,
 *   read: (overview: Overview) => { total: number, newest: Item[] },
 *   keyOf: (item: Item) => string,
 *   columns: [heading: string, paint: import('./columns.mjs').Paint<Item>][],
 *   remark?: (overview: Overview) => string,
 * }} List
 */

const number = new Intl.NumberFormat('en-US');

/**
 * Puts a list at the end of the page's lists; gives what brings it up to date.
 * @template Item
 * @param {List<Item>} list
 * @returns {(overview: Overview) => void}
 */
export function makeTable({ id, title, hint, empty, read, keyOf, columns, remark }) {
	const titleId = `${id}-title`;
	const headings = element('tr', '');
	headings.append(...columns.map(([heading]) => element('th', heading, { scope: 'col' })));
	const head = element('thead', '');
	head.append(headings);
	const body = document.createElement('tbody');
	const table = element('table', '', { 'aria-labelledby': titleId });
	table.append(head, body);
	const scroll = element('div', '', {
		class: 'scroll',
		role: 'group',
		tabindex: '0',
		'aria-labelledby': titleId,
	});
	scroll.append(table);
	const count = element('p', '', { class: 'count' });
	const nothing = element('p', empty, { class: 'empty', hidden: '' });
	const section = element('section', '', { id, 'aria-labelledby': titleId });
	section.append(element('h2', title, { id: titleId }));
	if (hint) section.append(element('p', hint, { class: 'hint' }));
	section.append(count, nothing, scroll, makeMore(section, title));
	byId('lists').append(section);

	const size = element('span', '', { class: 'total' });
	const link = element('a', `${title} `, { href: `#${id}` });
	link.append(size);
	const entry = element('li', '');
	entry.append(link);
	byId('links').append(entry);

	return (overview) => {
		const { total, newest } = read(overview);
		const items = new Map(newest.map((item) => [keyOf(item), item]));
		fill(body, items, columns);
		nothing.hidden = total > 0;
		scroll.hidden = total === 0;
		const more = total - items.size;
		const words = more > 0 ? `Only the newest ${items.size} are listed, of ${number.format(total)}.` : '';
		setText(count, `${words} ${remark?.(overview) ?? ''}`.trim());
		setText(size, number.format(total));
	};
}

/**
 * The button that shows a long list in full; page.css says from which length on it is there.
 * @param {HTMLElement} section
 * @param {string} title
 */
function makeMore(section, title) {
	const more = element('button', '', { type: 'button', class: 'quiet more' });
	const label = () => {
		const words = section.classList.contains('in-full') ? 'Show fewer' : 'Show more';
		setText(more, words);
		more.ariaLabel = `${words}: ${title}`;
	};
	more.addEventListener('click', () => {
		section.classList.toggle('in-full');
		label();
	});
	label();
	return more;
}

/**
 * Makes the rows those of the items, in their order.
 * @template Item
 * @param {HTMLTableSectionElement} body
 * @param {ReadonlyMap<string, Item>} items
 * @param {List<Item>['columns']} columns
 */
function fill(body, items, columns) {
	const rows = new Map([...body.rows].map((row) => [row.dataset.key, row]));
	for (const [key, row] of rows) {
		if (key !== undefined && !items.has(key)) row.remove();
	}
	let place = body.firstElementChild;
	for (const [key, item] of items) {
		const row = rows.get(key) ?? newRow(key, columns);
		if (row === place) place = place.nextElementSibling;
		else body.insertBefore(row, place);
		for (const [index, [, paint]] of columns.entries()) {
			const cell = row.cells[index];
			if (cell) paint(cell, item);
		}
	}
}

/**
 * @param {string} key
 * @param {[heading: string, ...unknown[]][]} columns
 */
function newRow(key, columns) {
	const row = document.createElement('tr');
	row.dataset.key = key;
	row.append(...columns.map(([heading]) => element('td', '', { 'data-label': heading })));
	return row;
}
