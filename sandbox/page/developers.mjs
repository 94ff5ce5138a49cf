// How the sandbox behaves: its faults and its dialect.
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { asking, call, run } from './control.mjs';
import { Choice, NumberField, sending } from './parts.mjs';

/** @typedef {{ overview: import('../overview.mts').Overview }} Props */

/** @param {Props} props */
export function Developers({ overview }) {
	const { faults, settings } = overview;
	const changes = settings
		.filter(({ isDefault }) => !isDefault)
		.map(({ name, value }) => `${name}: ${value}`);
	const { length } = [...faults, ...changes];
	return html`<details class="card" id="developers">
		<summary>
			<h2>For developers</h2>
			<span class="badge" id="in-force">${length > 0 && `${length} in force`}</span>
		</summary>
		<section aria-labelledby="faults-title">
			<h3 id="faults-title">Faults</h3>
			<p class="hint">Make deliveries or API requests fail.</p>
			<${FaultForm} overview=${overview} />
			${inForce('faults', faults, 'No fault is in force.')}
		</section>
		<section aria-labelledby="dialect-title">
			<h3 id="dialect-title">Dialect</h3>
			<p class="hint">
				Where the vendor’s docs are silent or disagree, the sandbox can answer in every way they allow.
			</p>
			<${SettingForm} overview=${overview} />
			${inForce('changes', changes, 'Every setting is at its default.')}
		</section>
	</details>`;
}

/** @param {Props} props */
function FaultForm({ overview: { faultKinds } }) {
	const [where, setWhere] = useState(/** @type {'delivery' | 'request'} */ ('delivery'));
	const [chosen, setChosen] = useState('');
	/** @type {readonly string[]} */
	const kinds = faultKinds[where];
	const kind = kinds.includes(chosen) ? chosen : String(kinds[0]);
	const hasStatus = /^(status-|proxy-|garbage$|html$)/.test(kind);
	const hasWait = /^latency$|^reorder-|late/.test(kind);
	const places = [
		['delivery', 'Deliveries'],
		['request', 'API requests'],
	];

	const inject = sending(async ({ route = 'delivery', times, status, ms }) => {
		const given = Object.entries({ times, status, ms }).filter(([, value]) => value);
		const numbers = Object.fromEntries(given.map(([name, value]) => [name, Number(value)]));
		await call('POST', '/faults', { kind, route, ...numbers });
		return () => `Fault ${kind} injected.`;
	});
	const clear = () => run(asking('All faults cleared.', 'DELETE', '/faults'));

	return html`<form onSubmit=${inject}>
		<${Choice} label="Where" options=${places} value=${where} choose=${setWhere} />
		<${Choice} label="What" options=${kinds} value=${kind} choose=${setChosen} />
		${where === 'request' &&
		html`<label>
			Requests (pattern of method and path)
			<input name="route" defaultValue="/api/v1/" autocomplete="off" spellcheck=${false} />
		</label>`}
		<div class="pair">
			<${NumberField} label="Times (empty: always)" name="times" start=${1} />
			${hasStatus && html`<${NumberField} label="Status" name="status" start=${503} min=${200} max=${599} />`}
			${hasWait && html`<${NumberField} label="Milliseconds" name="ms" start=${2000} />`}
		</div>
		<div class="pair">
			<button type="submit">Inject fault</button>
			<button type="button" onClick=${clear}>Clear faults</button>
		</div>
	</form>`;
}

/** @param {Props} props */
function SettingForm({ overview: { settings } }) {
	const [name, setName] = useState(String(settings[0]?.name));
	const { value: now, choices } = settings.find((setting) => setting.name === name) ?? {};
	const [chosen, setChosen] = useState(String(now));
	/** @param {string} name */
	const choose = (name) => {
		setName(name);
		setChosen(String(settings.find((setting) => setting.name === name)?.value));
	};
	const change = sending(async ({ number }) => {
		const value = choices ? choices.find((each) => String(each) === chosen) : Number(number);
		await call('PATCH', '/dialect', { [name]: value });
		return () => `Setting ${name} is ${value} from now on.`;
	});
	const names = settings.map((setting) => setting.name);
	return html`<form onSubmit=${change}>
		<${Choice} label="Setting" options=${names} value=${name} choose=${choose} />
		${choices
			? html`<${Choice} label="Value" options=${choices.map(String)} value=${chosen} choose=${setChosen} />`
			: html`<${NumberField} key=${name} label="Number" name="number" start=${now} />`}
		<button type="submit">Switch setting</button>
	</form>`;
}

/**
 * What is in force, or these words if nothing is.
 * @param {string} id
 * @param {string[]} entries
 * @param {string} none
 */
function inForce(id, entries, none) {
	const items = entries.map((entry) => html`<li>${entry}</li>`);
	return items.length > 0
		? html`<ul id=${id}>
				${items}
			</ul>`
		: html`<p class="hint">${none}</p>`;
}
