// The page's start and its frame: header, lists, and the column of controls.
import { html } from 'htm/preact';
import { render } from 'preact';
import { keepUp } from './control.mjs';
import { Connect, RaiseEvent, StartOver } from './controls.mjs';
import { Developers } from './developers.mjs';
import { number } from './list.mjs';
import { lists } from './lists.mjs';
import { LastAction } from './message.mjs';
import { People } from './people.mjs';

void keepUp((state) => {
	render(html`<${Page} ...${state} />`, document.body);
});

/** @param {import('./control.mjs').State} state */
function Page({ overview, isLive, message }) {
	const words = isLive ? 'Live' : 'The sandbox does not answer. Is it still running?';
	return html`
		<a class="skip" href="#actions">Skip to the controls</a>
		<header>
			<div id="brand">
				<img src="/icon.svg" alt="" width="40" height="40" />
				<div>
					<h1>WhiteLabelCRO sandbox</h1>
					<p class="hint">A practice CRM on this computer</p>
				</div>
			</div>
			<${LastAction} message=${message} />
			<p id="connection" class="badge" role="status" data-tone=${isLive ? 'good' : 'bad'}>${words}</p>
		</header>
		<main>${overview && html`<${Content} overview=${overview} />`}</main>
	`;
}

/** @param {{ overview: import('../overview.mts').Overview }} props */
function Content({ overview }) {
	const links = lists.map(({ id, title }) => {
		const count = html`<span class="badge">${number.format(overview[id].total)}</span>`;
		return html`<li><a href="#${id}">${title} ${count}</a></li>`;
	});
	return html`
		<div id="lists">
			<nav aria-label="On this page">
				<ul>
					<li id="to-actions"><a href="#actions">Try something</a></li>
					${links}
				</ul>
			</nav>
			${lists.map(({ id, View }) => html`<${View} key=${id} overview=${overview} />`)}
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
