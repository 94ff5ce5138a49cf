// What came of the last action: said in the header, where it covers nothing, until there was time to read it.
import { html } from 'htm/preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** @typedef {import('./control.mjs').Message} Message */

const READING_MS = 5000;
const READING_MS_PER_CHARACTER = 50;
const ANOTHER_LOOK_MS = 1000;

/** @param {{ message?: Message }} props */
export function LastAction({ message }) {
	const box = useRef(/** @type {HTMLElement | null} */ (null));
	const focusedBefore = useRef(/** @type {Element | null} */ (null));
	const [over, setOver] = useState(message);

	useLayoutEffect(() => {
		if (!message) return;
		if (!box.current?.contains(document.activeElement)) focusedBefore.current = document.activeElement;
		let timer = setTimeout(goAway, READING_MS + READING_MS_PER_CHARACTER * message.text.length);
		/** Takes the message away, unless somebody is at it. */
		function goAway() {
			if (box.current?.matches(':hover, :focus-within')) timer = setTimeout(goAway, ANOTHER_LOOK_MS);
			else setOver(message);
		}
		return () => {
			clearTimeout(timer);
		};
	}, [message]);

	function close() {
		setOver(message);
		if (focusedBefore.current instanceof HTMLElement) focusedBefore.current.focus({ preventScroll: true });
	}
	const { text, tone, at } = (message !== over && message) || {};
	// A new element, so that the same words twice are announced twice.
	return html`<div id="message" data-tone=${tone} ref=${box}>
		<p id="result" role="status" aria-live="polite" data-tone=${tone}>
			${text && html`<span key=${at}>${text}</span>`}
		</p>
		${text &&
		html`<button type="button" class="small" aria-label="Close message" onClick=${close}>×</button>`}
	</div>`;
}
