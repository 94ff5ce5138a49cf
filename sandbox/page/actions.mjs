// What a person does to the CRM's records, events and subscriptions.
import { call, onSubmit, run } from './control.mjs';
import { byId, field, form, offer, select, setText, use } from './dom.mjs';

/** @typedef {import('../overview.mts').Overview} Overview */
/** @typedef {{ id: number, type: string }} RaisedEvent */

const personSelect = select('client', 'client_id');
const statusSelect = select('client', 'new_status');
const typeSelect = select('raise', 'type');
const typeAmount = field('raise', 'amount');
/** @type {Overview | undefined} */
let latest;

/**
 * Offers the people, statuses and event types there are.
 * @param {Overview} overview
 */
export function showActions(overview) {
	if (overview === latest) return;
	const isFirst = latest === undefined;
	latest = overview;
	setText(byId('base-url'), overview.url);
	setText(byId('api-key'), overview.apiKey);
	offer(typeSelect, overview.eventTypes);
	showAmount();
	offer(statusSelect, overview.statuses);
	const people = overview.people.toSorted((a, b) => a.name.localeCompare(b.name));
	const labels = people.map(({ client_id, name }) => /** @type {const} */ ([String(client_id), name]));
	offer(
		personSelect,
		labels.map(([id]) => id),
		labels.map(([id, name]) => `${name} (${id})`),
	);
	showStatus(isFirst);
}

/**
 * Says the chosen person's status; if asked to, offers the one after it as the new one.
 * @param {boolean} offerNext
 */
function showStatus(offerNext) {
	const person = latest?.people.find(({ client_id }) => String(client_id) === personSelect.value);
	if (!latest || !person) return;
	setText(byId('current-status'), `Status now: ${person.status}`);
	if (offerNext) {
		statusSelect.selectedIndex = (latest.statuses.indexOf(person.status) + 1) % latest.statuses.length;
	}
}

/** Asks for an amount if the chosen type of event has one. */
function showAmount() {
	use(typeAmount, latest?.typesWithAmount.includes(typeSelect.value) ?? false);
}

/**
 * The amount as the sandbox takes it: nothing for an empty field, which leaves it to the sample.
 * @param {string | undefined} text
 */
function asAmount(text) {
	return text ? { amount: Number(text) } : {};
}

/**
 * What to say of an event that was created or repeated.
 * @param {unknown} answer
 * @param {string} what
 */
function said(answer, what) {
	const { id, type } = /** @type {RaisedEvent} */ (answer);
	/** @param {Overview} overview */
	return ({ subscriptions }) => {
		const takers = subscriptions.newest.filter(
			({ state, eventTypes }) => state === 'Active' && eventTypes.includes(type),
		);
		const way =
			takers.length > 0
				? `Sending it to subscription ${takers.map((taker) => taker.id).join(', ')}.`
				: 'No active subscription takes it.';
		return `Event ${id} ${type} ${what}. ${way}`;
	};
}

personSelect.addEventListener('change', () => {
	showStatus(true);
});
typeSelect.addEventListener('change', showAmount);

onSubmit(form('person'), async (fields, kind) => {
	const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim() !== ''));
	const answer = await call('POST', kind === 'client' ? '/clients' : '/leads', given);
	const { client_id } = /** @type {{ client_id: number }} */ (answer);
	form('person').reset();
	return () => {
		personSelect.value = String(client_id);
		showStatus(true);
		return `${kind === 'client' ? 'Client' : 'Lead'} ${client_id} created. It is now chosen under “Client activity”.`;
	};
});

onSubmit(form('client'), async ({ client_id, new_status, amount }, type) => {
	if (type !== '') {
		const paid = type.startsWith('payment.') ? asAmount(amount) : {};
		return said(await call('POST', `/clients/${client_id}/events`, { type, ...paid }), 'created');
	}
	const answer = await call('PATCH', `/clients/${client_id}/status`, { new_status });
	const change = /** @type {{ previous_status: string, updated_utc: string }} */ (answer);
	return (overview) => {
		showStatus(true);
		const words = `Status of ${client_id} changed from “${change.previous_status}” to “${new_status}”.`;
		const raised = overview.events.newest.find(({ event: { type, payload } }) => {
			const about = /** @type {Record<string, unknown>} */ (payload);
			const isThisOne = about.changed_date === change.updated_utc && about.new_status === new_status;
			return type === 'client.status_changed' && isThisOne && String(about.client_id) === client_id;
		});
		return `${words} ${raised ? said(raised.event, 'created')(overview) : 'The CRM has no event for that.'}`;
	};
});

onSubmit(form('raise'), async ({ type, amount }) =>
	said(await call('POST', '/raise', { type, ...asAmount(amount) }), 'created'),
);

/**
 * What the buttons outside of forms do, by the name in their `data-action`; in: their `data-id`.
 * @type {Record<string, (id: string) => ReturnType<import('./control.mjs').Action>>}
 */
const buttons = {
	async copy(id) {
		await navigator.clipboard.writeText(byId(id).innerText);
		return () => 'Copied.';
	},
	async redeliver(id) {
		return said(await call('POST', '/redeliver', { eventId: Number(id) }), 'repeated');
	},
	async trip(id) {
		await call('POST', `/subscriptions/${id}/trip`);
		return () => `Breaker of subscription ${id} tripped. It gets no events until it is enabled.`;
	},
	async enable(id) {
		await call('POST', `/subscriptions/${id}/enable`);
		return () => `Subscription ${id} enabled.`;
	},
	async 'clear-faults'() {
		await call('DELETE', '/faults');
		return () => 'All faults cleared.';
	},
};
document.addEventListener('click', ({ target }) => {
	const pressed = target instanceof Element ? target.closest('button') : null;
	const action = buttons[pressed?.dataset.action ?? ''];
	if (action && pressed?.ariaDisabled !== 'true') void run(() => action(pressed?.dataset.id ?? ''));
});

const confirmation = /** @type {HTMLDialogElement} */ (byId('confirm-reset'));
byId('reset').addEventListener('click', () => {
	confirmation.returnValue = 'keep';
	confirmation.showModal();
});
confirmation.addEventListener('close', () => {
	if (confirmation.returnValue !== 'reset') return;
	void run(async () => {
		await call('POST', '/reset');
		return () => 'Started over. Everything is as it was at the start.';
	});
});
