// What lists and controls are made of.
import { html } from 'htm/preact';
import { run } from './control.mjs';

/** @typedef {(event: CrmEvent, now: import('../overview.mts').Overview) => string} Words */
/** @typedef {import('./control.mjs').CrmEvent} CrmEvent */
/** @typedef {import('./control.mjs').Action} Action */

/** @param {{ id: string, title: string, hint?: string, children?: unknown }} props */
export function Card({ id, title, hint, children }) {
	return html`<section id=${id} class="card" aria-labelledby="${id}-title">
		<h2 id="${id}-title">${title}</h2>
		${hint && html`<p id="${id}-hint" class="hint">${hint}</p>`} ${children}
	</section>`;
}

/**
 * A button that does an action. One that would change nothing is off, but keeps the focus that it may have.
 * @type {(label: string, name: string, action: Action, manner?: { isOff?: boolean, look?: string }) => unknown}
 */
export function button(label, name, action, { isOff, look = '' } = {}) {
	const click = isOff ? undefined : () => run(action);
	return html`<button class="small ${look}" aria-label=${name} aria-disabled=${isOff} onClick=${click}>
		${label}
	</button>`;
}

/**
 * Does the action when the form is sent, in place of the browser; the fields hold the button that was pressed, too.
 * @param {(fields: Record<string, string>, form: HTMLFormElement) => Action} action
 */
export const sending =
	(action) => (/** @type {SubmitEvent & { currentTarget: HTMLFormElement }} */ event) => {
		event.preventDefault();
		const fields = Object.fromEntries(new FormData(event.currentTarget, event.submitter));
		void run(action(/** @type {Record<string, string>} */ (fields), event.currentTarget));
	};

/**
 * A choice between values, or values with what is shown for them. It stays as a person left it until `value` is another.
 * @typedef {{ label: string, options: readonly (string | [value: string, text: string])[], value?: unknown }} Choices
 * @param {Choices & { name?: string, choose?: (value: string) => void, about?: string }} props
 */
export function Choice({ label, options, value, name, choose, about }) {
	const change = (/** @type {{ currentTarget: HTMLSelectElement }} */ event) =>
		choose?.(event.currentTarget.value);
	const all = options.map((option) => {
		const [id, text = id] = [option].flat();
		return html`<option key=${id} value=${id} selected=${id === String(value)}>${text}</option>`;
	});
	return html`<label>
		${label}
		<select name=${name} onChange=${change} aria-describedby=${about}>
			${all}
		</select>
	</label>`;
}

/** @param {{ label: string, start: unknown, min?: number }} props */
export function NumberField({ label, start, min = 1, ...rest }) {
	return html`<label>${label} <input type="number" defaultValue=${start} min=${min} ...${rest} /></label>`;
}

/** What to say of an event, and of where it goes. @type {(what: 'created' | 'repeated') => Words} */
export function tellEvent(what) {
	return ({ id, type }, { subscriptions }) => {
		const takers = subscriptions.newest.filter(
			({ state, eventTypes }) => state === 'Active' && eventTypes.some((each) => each === type),
		);
		const ids = takers.map((taker) => taker.id).join(', ');
		const way = ids ? `Sending it to subscription ${ids}.` : 'No active subscription takes it.';
		return `Event ${id} ${type} ${what}. ${way}`;
	};
}
