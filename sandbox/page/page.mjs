// The page's start and its frame: header, lists, and the column of controls.
import { html } from 'htm/preact';
import { render } from 'preact';
import { useRef } from 'preact/hooks';
import { dismiss, keepUp } from './control.mjs';
import { Connect, Developers, People, RaiseEvent, StartOver } from './controls.mjs';
import { isPhone, List, lists, number } from './lists.mjs';

/** @import { State } from './control.mjs' */

void keepUp((state) => {
	render(html`<${Page} ...${state} />`, document.body);
});

/** @param {State} state */
function Page({ overview, isLive, message }) {
	const words = isLive ? 'Live' : 'The sandbox does not answer. Is it still running?';
	return html`
		<a class="skip" href="#actions">Skip to the controls</a>
		<header>
			<img src="/icon.svg" alt="" width="40" height="40" />
			<div>
				<h1>WhiteLabelCRO sandbox</h1>
				<p class="hint">A practice CRM on this computer</p>
			</div>
			<${LastAction} message=${message} />
			<p id="connection" class="badge" role="status" data-tone=${isLive ? 'good' : 'bad'}>${words}</p>
		</header>
		<main>${overview && html`<${Content} overview=${overview} />`}</main>
	`;
}

/** Said in the header, where it covers nothing, until there was time to read it. @param {State} state */
function LastAction({ message }) {
	const focusedBefore = useRef(/** @type {EventTarget | null} */ (null));
	const focus = (/** @type {FocusEvent} */ { relatedTarget }) => {
		focusedBefore.current = relatedTarget;
	};
	const close = () => {
		dismiss();
		if (focusedBefore.current instanceof HTMLElement) focusedBefore.current.focus({ preventScroll: true });
	};
	const { text, tone, until } = message ?? {};
	// A new element, so that the same words twice are announced twice.
	return html`<div id="message" data-tone=${tone}>
		<p id="result" role="status" aria-live="polite" data-tone=${tone}>
			${text && html`<span key=${until}>${text}</span>`}
		</p>
		${text &&
		html`<button class="small" aria-label="Close message" onFocus=${focus} onClick=${close}>×</button>`}
	</div>`;
}

/** @param {{ overview: import('../overview.mts').Overview }} props */
function Content({ overview }) {
	const names = /** @type {(keyof typeof lists)[]} */ (Object.keys(lists));
	const links = names.map((id) => {
		const count = html`<span class="badge">${number.format(overview[id].total)}</span>`;
		return html`<li><a href="#${id}">${lists[id].title} ${count}</a></li>`;
	});
	return html`
		<div id="lists">
			<nav aria-label="On this page">
				<ul>
					${isPhone() && html`<li><a href="#actions">Try something</a></li>`} ${links}
				</ul>
			</nav>
			${names.map((id) => html`<${List} key=${id} id=${id} words=${lists[id]} overview=${overview} />`)}
		</div>
		<div id="actions" tabindex="-1">
			<${Connect} overview=${overview} />
			<${People} overview=${overview} />
			<${RaiseEvent} overview=${overview} />
			<${Developers} overview=${overview} />
			<${StartOver} />
		</div>
	`;
}
