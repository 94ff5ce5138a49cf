// What lists and controls are made of.
import { html } from 'htm/preact';
import { run } from './control.mjs';

/** @typedef {import('../overview.mts').Overview} Overview */

/**
 * A part of the page with its heading.
 * @param {{ id: string, title: string, hint?: string, look?: string, children?: unknown }} props
 */
export function Card({ id, title, hint, look = '', children }) {
	return html`<section id=${id} class="card ${look}" aria-labelledby="${id}-title">
		<h2 id="${id}-title">${title}</h2>
		${hint && html`<p id="${id}-hint" class="hint">${hint}</p>`} ${children}
	</section>`;
}

/**
 * A button that does an action. One that would change nothing is off, but keeps the focus that it may have.
 * @param {string} label
 * @param {string} name
 * @param {import('./control.mjs').Action} action
 * @param {{ isOff?: boolean, look?: 'danger' }} [manner]
 */
export function button(label, name, action, { isOff, look } = {}) {
	const click = isOff ? undefined : () => run(action);
	const names = `small ${look ?? ''}`;
	return html`<button type="button" class=${names} aria-label=${name} aria-disabled=${isOff} onClick=${click}>
		${label}
	</button>`;
}

/**
 * Does the action when the form is sent, in place of the browser: with its fields, the value of the button that was pressed, and itself.
 * @param {(fields: Record<string, string>, pressed: string, form: HTMLFormElement) => ReturnType<import('./control.mjs').Action>} action
 * @returns {(event: SubmitEvent) => void}
 */
export function sending(action) {
	return (event) => {
		event.preventDefault();
		const form = /** @type {HTMLFormElement} */ (event.currentTarget);
		const fields = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
		const pressed = event.submitter instanceof HTMLButtonElement ? event.submitter.value : '';
		void run(() => action(fields, pressed, form));
	};
}

/**
 * A choice; `options` are values, or values with what is shown for them.
 * @param {{
 *   label: string,
 *   name?: string,
 *   options: readonly (string | [value: string, text: string])[],
 *   value: string,
 *   choose: (value: string) => void,
 *   about?: string,
 * }} props
 */
export function Choice({ label, name, options, value, choose, about }) {
	/** @param {Event} event */
	const change = ({ currentTarget }) => {
		choose(/** @type {HTMLSelectElement} */ (currentTarget).value);
	};
	const all = options.map((option) => (typeof option === 'string' ? [option, option] : option));
	return html`<label>
		${label}
		<select name=${name} value=${value} onChange=${change} aria-describedby=${about}>
			${all.map(([id, text]) => html`<option key=${id} value=${id}>${text}</option>`)}
		</select>
	</label>`;
}

/** @param {{ label: string, name: string, start: number | string, min?: number, max?: number, step?: number }} props */
export function NumberField({ start, label, min = 1, ...rest }) {
	return html`<label>${label} <input type="number" defaultValue=${start} min=${min} ...${rest} /></label>`;
}

/** @param {{ label: string }} props */
export function Amount({ label }) {
	return html`<${NumberField} label=${label} name="amount" start="99.00" min=${0.01} step=${0.01} />`;
}

/**
 * The amount as the sandbox takes it: nothing for an empty field, which leaves it to the sample.
 * @param {string | undefined} text
 */
export function asAmount(text) {
	return text ? { amount: Number(text) } : {};
}

/**
 * What to say of an event that was created or repeated, as the sandbox gave it, and of where it goes.
 * @param {unknown} event
 * @param {'created' | 'repeated'} what
 */
export function tellEvent(event, what) {
	const { id, type } = /** @type {{ id: number, type: string }} */ (event);
	/** @param {Overview} overview */
	return ({ subscriptions }) => {
		const takers = subscriptions.newest.filter(
			({ state, eventTypes }) => state === 'Active' && eventTypes.includes(type),
		);
		const ids = takers.map((taker) => taker.id).join(', ');
		const way = ids ? `Sending it to subscription ${ids}.` : 'No active subscription takes it.';
		return `Event ${id} ${type} ${what}. ${way}`;
	};
}
