// The controls that belong to nobody: how to connect n8n, any event, and a new start.
import { html } from 'htm/preact';
import { useRef, useState } from 'preact/hooks';
import { asking, call, run } from './control.mjs';
import { Amount, asAmount, button, Card, Choice, sending, tellEvent } from './parts.mjs';

/** @typedef {import('../overview.mts').Overview} Overview */

/** @param {{ overview: Overview }} props */
export function Connect({ overview: { url, apiKey } }) {
	/** @param {string} text */
	const copy = (text) => async () => {
		await navigator.clipboard.writeText(text);
		return () => 'Copied.';
	};
	const hint = 'Copy these into the WhiteLabelCRO credential in n8n.';
	return html`<${Card} id="connect" title="Connect n8n" hint=${hint}>
		<dl>
			<dt>Base URL</dt>
			<dd><code id="base-url">${url}</code> ${button('Copy', 'Copy base URL', copy(url))}</dd>
			<dt>API key</dt>
			<dd><code>${apiKey}</code> ${button('Copy', 'Copy API key', copy(apiKey))}</dd>
		</dl>
	<//>`;
}

/** @param {{ overview: Overview }} props */
export function RaiseEvent({ overview: { eventTypes, typesWithAmount } }) {
	const [type, setType] = useState(/** @type {string} */ (eventTypes[0]));
	const raise = sending(async ({ type, amount }) =>
		tellEvent(await call('POST', '/raise', { type, ...asAmount(amount) }), 'created'),
	);
	return html`<${Card} id="raise" title="Any event" hint="Made from sample data.">
		<form onSubmit=${raise}>
			<${Choice} label="Event type" name="type" options=${eventTypes} value=${type} choose=${setType} />
			${typesWithAmount.includes(type) && html`<${Amount} label="Amount of the event" />`}
			<button type="submit">Create event</button>
		</form>
	<//>`;
}

/** A new start, after a confirmation. */
export function StartOver() {
	const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
	function ask() {
		if (!dialog.current) return;
		dialog.current.returnValue = 'keep';
		dialog.current.showModal();
	}
	function decided() {
		if (dialog.current?.returnValue !== 'reset') return;
		void run(asking('Started over. Everything is as it was at the start.', 'POST', '/reset'));
	}
	return html`
		<${Card} id="reset" title="Start over" hint="Puts the sandbox back to how it started.">
			<button type="button" onClick=${ask}>Start over…</button>
		<//>
		<dialog aria-labelledby="confirm-title" ref=${dialog} onClose=${decided}>
			<form class="card" method="dialog">
				<h2 id="confirm-title">Start over?</h2>
				<p>
					Records, events, subscriptions, deliveries, faults and settings go back to the start. Published
					workflows in n8n lose their subscription: publish them again afterwards.
				</p>
				<div class="pair">
					<button type="submit" value="keep">Keep everything</button>
					<button type="submit" value="reset" class="danger">Start over</button>
				</div>
			</form>
		</dialog>
	`;
}
