// What the cells of the lists hold, where it is more than a text.
import { html } from 'htm/preact';

const clock = new Intl.DateTimeFormat('en-US', { timeStyle: 'medium' });
const calendar = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium' });
const money = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2 });

/**
 * An amount in the decimals of the contract, which names no currency.
 * @param {{ amount: number | null }} item
 */
export function amount({ amount }) {
	return amount === null ? '' : money.format(amount);
}

/**
 * The time of day, or the date of another day.
 * @param {string | null} utc
 */
export function moment(utc) {
	if (utc === null) return '';
	const date = new Date(utc);
	const isToday = date.toDateString() === new Date().toDateString();
	return html`<time datetime=${utc} title=${utc}>${(isToday ? clock : calendar).format(date)}</time>`;
}

/**
 * How long it is until then, in words.
 * @param {string | null} utc
 */
export function wait(utc) {
	if (utc === null) return '';
	const seconds = Math.ceil((Date.parse(utc) - Date.now()) / 1000);
	if (seconds <= 0) return 'now';
	return seconds < 60 ? `in ${seconds} s` : `in ${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * A state, perhaps with a remark below it.
 * @param {string | number} state
 * @param {'good' | 'bad' | 'plain'} tone
 * @param {string} [remark]
 */
export function badge(state, tone, remark) {
	return html`<div class="outcome">
		<span class="badge" data-tone=${tone}>${state}</span>
		${remark && html`<span class="hint">${remark}</span>`}
	</div>`;
}

/**
 * A text that is folded away under its label.
 * @param {string} name
 * @param {string} label
 * @param {string} content
 */
export function unfold(name, label, content) {
	return html`<details>
		<summary>${label}<span class="for-readers">${` (${name})`}</span></summary>
		<pre tabindex="0" role="group" aria-label=${name}>${content}</pre>
	</details>`;
}
