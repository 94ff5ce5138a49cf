// What a person does: connect n8n, make things happen in the CRM, change how the sandbox behaves, and start over.
import { html } from 'htm/preact';
import { useRef, useState } from 'preact/hooks';
import { asking, run } from './control.mjs';
import { button, Card, Choice, NumberField, sending, tellEvent } from './parts.mjs';

/** @typedef {{ overview: import('../overview.mts').Overview }} Props */

const money = { name: 'amount', start: '99.00', min: 0.01, step: 0.01 };

/** @param {Props} props */
export function Connect({ overview: { url, apiKey } }) {
	const copy = (/** @type {string} */ text) => async () => {
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

/** @param {Props} props */
export function People({ overview: { people, statuses, typesWithAmount } }) {
	const [chosen, choose] = useState('');
	const person = people.find(({ id }) => String(id) === chosen) ?? people[0];
	const id = String(person?.id);

	const create = sending(({ kind, ...fields }, form) => {
		const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim() !== ''));
		return asking('POST', `/${kind}s`, given, ({ client_id }) => {
			form.reset();
			choose(String(client_id));
			const name = kind === 'client' ? 'Client' : 'Lead';
			return `${name} ${client_id} created. It is now chosen under “Client activity”.`;
		});
	});
	const change = sending(({ new_status }) =>
		asking('PATCH', `/clients/${id}/status`, { new_status }, ({ previous_status, event }, overview) => {
			const raised = event ? tellEvent('created')(event, overview) : 'The CRM has no event for that.';
			return `Status of ${id} changed from “${previous_status}” to “${new_status}”. ${raised}`;
		}),
	);
	const labels = people.map(({ id, name }) => [String(id), `${name} (${id})`]);

	return html`
		<${Card} id="person" title="New lead or client" hint="Fields you leave empty are filled in for you.">
			<form aria-describedby="person-hint" onSubmit=${create}>
				<div class="pair">
					<label>First name <input name="first_name" autocomplete="off" /></label>
					<label>Last name <input name="last_name" autocomplete="off" /></label>
				</div>
				<label>Email <input name="email" inputmode="email" autocomplete="off" /></label>
				<div class="pair">
					<button class="primary" name="kind" value="lead">Create lead</button>
					<button class="primary" name="kind" value="client">Create client</button>
				</div>
			</form>
		<//>
		<${Card} id="client" title="Client activity">
			<${Choice} label="Lead or client" options=${labels} value=${id} choose=${choose} about="status" />
			<p class="hint" id="status">Status now: ${person?.status}</p>
			<form onSubmit=${change}>
				<${Choice} label="New status" name="new_status" options=${statuses} value=${person?.nextStatus} />
				<button class="primary">Change status</button>
			</form>
			<form onSubmit=${creating(`/clients/${id}/events`, typesWithAmount)}>
				<${NumberField} label="Amount" ...${money} />
				<div class="pair">
					<button name="type" value="payment.succeeded">Take payment</button>
					<button name="type" value="payment.failed">Fail payment</button>
					<button name="type" value="document.uploaded" formnovalidate>Upload document</button>
					<button name="type" value="agreement.signed" formnovalidate>Sign agreement</button>
				</div>
			</form>
		<//>
	`;
}

/** Creates the chosen event; an empty amount is left to the sample. @type {(endpoint: string, withAmount: string[]) => unknown} */
const creating = (endpoint, withAmount) =>
	sending(({ type = '', amount }) => {
		const body = { type, ...(amount && withAmount.includes(type) && { amount: Number(amount) }) };
		return asking('POST', endpoint, body, tellEvent('created'));
	});

/** @param {Props} props */
export function RaiseEvent({ overview: { eventTypes, typesWithAmount } }) {
	const [type, setType] = useState(String(eventTypes[0]));
	return html`<${Card} id="raise" title="Any event" hint="Made from sample data.">
		<form onSubmit=${creating('/raise', typesWithAmount)}>
			<${Choice} label="Event type" name="type" options=${eventTypes} value=${type} choose=${setType} />
			${typesWithAmount.includes(type) && html`<${NumberField} label="Amount of the event" ...${money} />`}
			<button>Create event</button>
		</form>
	<//>`;
}

/** @param {Props} props */
export function Developers({ overview }) {
	const { faults, settings } = overview;
	const changes = settings.flatMap(({ isDefault, name, value }) => (isDefault ? [] : `${name}: ${value}`));
	const hint =
		'Where the vendor’s docs are silent or disagree, the sandbox can answer in every way they allow.';
	const { length } = [...faults, ...changes];
	const inForce = length > 0 ? `${length} active` : '';
	return html`<details id="developers">
		<summary class="card">
			<h2>For developers</h2>
			${' '}
			<span class="badge" id="in-force" hidden=${!inForce}>${inForce}</span>
		</summary>
		<${Card} id="fault" title="Faults" hint="Make deliveries or API requests fail.">
			<${FaultForm} faultKinds=${overview.faultKinds} />
			${listed('faults', faults, 'No faults are active.')}
		<//>
		<${Card} id="dialect" title="Dialect" hint=${hint}>
			<${SettingForm} settings=${settings} />
			${listed('changes', changes, 'All settings have their defaults.')}
		<//>
	</details>`;
}

/** What is in force, or these words if nothing is. @type {(id: string, entries: string[], none: string) => unknown} */
function listed(id, entries, none) {
	const items = entries.map((entry) => html`<li>${entry}</li>`);
	return items.length > 0 ? html`<ul id=${id} children=${items} />` : html`<p class="hint">${none}</p>`;
}

/** @param {Pick<Props['overview'], 'faultKinds'>} props */
function FaultForm({ faultKinds }) {
	const [where, setWhere] = useState(/** @type {'delivery' | 'request'} */ ('delivery'));
	const [chosen, setChosen] = useState('');
	const kinds = /** @type {readonly string[]} */ (faultKinds[where]);
	const kind = kinds.includes(chosen) ? chosen : String(kinds[0]);
	const hasStatus = /^(status-|proxy-|garbage$|html$)/.test(kind);
	const hasWait = /^latency$|^reorder-|late/.test(kind);
	const places = Object.entries({ delivery: 'Deliveries', request: 'API requests' });

	const inject = sending(({ clear, route = 'delivery', ...fields }) => {
		if (clear) return asking('DELETE', '/faults', null, 'All faults cleared.');
		const given = Object.entries(fields).filter(([, value]) => value);
		const numbers = Object.fromEntries(given.map(([name, value]) => [name, Number(value)]));
		return asking('POST', '/faults', { kind, route, ...numbers }, `Fault ${kind} injected.`);
	});

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
			<button>Inject fault</button>
			<button name="clear" value="all" formnovalidate>Clear faults</button>
		</div>
	</form>`;
}

/** @param {Pick<Props['overview'], 'settings'>} props */
function SettingForm({ settings }) {
	const [name, setName] = useState(String(settings[0]?.name));
	const { value: now, choices, smallest } = settings.find((setting) => setting.name === name) ?? {};
	const change = sending(({ text }) => {
		const value = choices ? choices.find((each) => String(each) === text) : Number(text);
		return asking('PATCH', '/dialect', { [name]: value }, `Setting ${name} is ${value} from now on.`);
	});
	return html`<form onSubmit=${change}>
		<${Choice} label="Setting" options=${settings.map((each) => each.name)} value=${name} choose=${setName} />
		${choices
			? html`<${Choice} key=${name} label="Value" name="text" options=${choices.map(String)} value=${now} />`
			: html`<${NumberField} key=${name} label="Number" name="text" start=${now} min=${smallest} />`}
		<button>Switch setting</button>
	</form>`;
}

/** A new start, after a confirmation. */
export function StartOver() {
	const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
	const ask = () => dialog.current?.showModal();
	const reset = () =>
		run(asking('POST', '/reset', null, 'Started over. Everything is as it was at the start.'));
	return html`
		<${Card} id="reset" title="Start over" hint="Puts the sandbox back to how it started.">
			<button type="button" onClick=${ask}>Start over…</button>
		<//>
		<dialog aria-labelledby="confirm-title" ref=${dialog}>
			<article>
				<h2 id="confirm-title">Start over?</h2>
				<p>
					Records, events, subscriptions, deliveries, faults and settings go back to the start. Published
					workflows in n8n lose their subscription: publish them again afterwards.
				</p>
				<form class="pair" method="dialog">
					<button>Keep everything</button>
					<button class="danger" onClick=${reset}>Start over</button>
				</form>
			</article>
		</dialog>
	`;
}
