// What a person does with leads and clients: create them, and let something happen to the chosen one.
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { call } from './control.mjs';
import { Amount, asAmount, Card, Choice, sending, tellEvent } from './parts.mjs';

/** @typedef {import('../overview.mts').Overview} Overview */

/** @param {{ overview: Overview }} props */
export function People({ overview: { people, statuses } }) {
	const [chosen, setChosen] = useState('');
	const [chosenStatus, setChosenStatus] = useState('');
	const person = people.find(({ id }) => String(id) === chosen) ?? people[0];
	const id = String(person?.id);
	/** @param {string} id */
	const choose = (id) => {
		setChosen(id);
		setChosenStatus('');
	};

	const create = sending(async (fields, kind, form) => {
		const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim() !== ''));
		const answer = await call('POST', `/${kind}s`, given);
		const { client_id } = /** @type {{ client_id: number }} */ (answer);
		form.reset();
		choose(String(client_id));
		const name = kind === 'client' ? 'Client' : 'Lead';
		return () => `${name} ${client_id} created. It is now chosen under “Client activity”.`;
	});
	const act = sending(async ({ new_status, amount }, type) => {
		if (type !== '') {
			const body = { type, ...(type.startsWith('payment.') && asAmount(amount)) };
			return tellEvent(await call('POST', `/clients/${id}/events`, body), 'created');
		}
		const answer = await call('PATCH', `/clients/${id}/status`, { new_status });
		const { previous_status, event } = /** @type {{ previous_status: string, event?: object }} */ (answer);
		setChosenStatus('');
		return (overview) => {
			const raised = event ? tellEvent(event, 'created')(overview) : 'The CRM has no event for that.';
			return `Status of ${id} changed from “${previous_status}” to “${new_status}”. ${raised}`;
		};
	});
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
					<button type="submit" class="primary" value="lead">Create lead</button>
					<button type="submit" class="primary" value="client">Create client</button>
				</div>
			</form>
		<//>
		<${Card} id="client" title="Client activity">
			<form onSubmit=${act}>
				<${Choice} label="Lead or client" options=${labels} value=${id} choose=${choose} about="status" />
				<p class="hint" id="status">Status now: ${person?.status}</p>
				<${Choice}
					...${{ label: 'New status', name: 'new_status', options: statuses }}
					value=${chosenStatus || person?.nextStatus}
					choose=${setChosenStatus}
				/>
				<button type="submit" class="primary" value="" formnovalidate>Change status</button>
				<${Amount} label="Amount" />
				<div class="pair">
					<button type="submit" value="payment.succeeded">Take payment</button>
					<button type="submit" value="payment.failed">Fail payment</button>
					<button type="submit" value="document.uploaded" formnovalidate>Upload document</button>
					<button type="submit" value="agreement.signed" formnovalidate>Sign agreement</button>
				</div>
			</form>
		<//>
	`;
}
