// One list of the page: its words, its table, and how much of a long one is shown.
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { Card } from './parts.mjs';

/** @typedef {import('../overview.mts').Overview} Overview */
/**
 * The lists of the overview.
 * @typedef {'subscriptions' | 'deliveries' | 'events' | 'leads' | 'clients' | 'notes' | 'affiliates' | 'requests'} Name
 */
/**
 * A list in words; each column is its heading, what its cells hold, and their class.
 * @template {Name} Id
 * @typedef {{
 *   title: string,
 *   hint?: string,
 *   empty: string,
 *   columns: [
 *     heading: string,
 *     cell: (item: Overview[Id]['newest'][number]) => import('preact').ComponentChild,
 *     look?: string,
 *   ][],
 *   remark?: (overview: Overview) => string,
 * }} List
 */

export const number = new Intl.NumberFormat('en-US');

/**
 * Gives what a link to a list says, and the component that shows the list.
 * @template {Name} Id
 * @param {Id} id
 * @param {List<Id>} list
 */
export function makeList(id, { title, hint, empty, columns, remark }) {
	/** @param {Overview[Id]['newest'][number]} item */
	const row = (item) =>
		html`<tr key=${item.id}>
			${columns.map(([name, cell, look]) => html`<td class=${look} data-label=${name}>${cell(item)}</td>`)}
		</tr>`;

	/** @param {{ overview: Overview }} props */
	function View({ overview }) {
		const [isInFull, setInFull] = useState(false);
		const { total, newest } = overview[id];
		const isCut = total > newest.length;
		const count = isCut ? `Only the newest ${newest.length} are listed, of ${number.format(total)}.` : '';
		const more = isInFull ? 'Show fewer' : 'Show more';
		const toggle = () => {
			setInFull(!isInFull);
		};
		const table = html`<div class="scroll" role="group" tabindex="0" aria-labelledby="${id}-title">
				<table aria-labelledby="${id}-title">
					<thead>
						<tr>
							${columns.map(([heading]) => html`<th scope="col">${heading}</th>`)}
						</tr>
					</thead>
					<tbody>
						${newest.map(row)}
					</tbody>
				</table>
			</div>
			<button type="button" class="small more" aria-label="${more}: ${title}" onClick=${toggle}>
				${more}
			</button>`;
		return html`<${Card} id=${id} title=${title} hint=${hint} look=${isInFull ? 'in-full' : ''}>
			<p class="count hint">${`${count} ${remark?.(overview) ?? ''}`.trim()}</p>
			${total > 0 ? table : html`<p class="empty">${empty}</p>`}
		<//>`;
	}
	return { id, title, View };
}
