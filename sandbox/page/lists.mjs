// The lists of the page, in their order: their words, their columns with their headings, and their table.
import { html } from 'htm/preact';
import { useReducer } from 'preact/hooks';
import { asking } from './control.mjs';
import { button, Card, tellEvent } from './parts.mjs';

/** @import { ListName as Name, Overview } from '../overview.mts' */
/**
 * A list in words; each column is its heading, what its cells hold, and whether these stay on one line.
 * @template {Name} Id
 * @typedef {{
 *   title: string, hint?: string, empty: string,
 *   columns: [heading: string, cell: (item: Overview[Id]['newest'][number]) => unknown, look?: 'short'][],
 *   remark?: (overview: Overview) => string,
 * }} Words
 */

export const isPhone = () => matchMedia('(width < 56rem)').matches;
export const number = new Intl.NumberFormat('en-US');
const money = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2 });
const clock = new Intl.DateTimeFormat('en-US', { timeStyle: 'medium' });
const calendar = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium' });

/** @type {Words<'leads' | 'clients'>['columns']} */
const people = [
	['ID', ({ id }) => id, 'short'],
	['Name', ({ name }) => name],
	['Contact', ({ email, phone }) => [email, phone].filter(Boolean).join('\n')],
	['Status', ({ status }) => status, 'short'],
	['Created', ({ created_utc }) => moment(created_utc), 'short'],
];

/** @type {{ [Id in Name]: Words<Id> }} */
export const lists = {
	subscriptions: {
		title: 'Subscriptions',
		hint: 'Where the CRM sends events. n8n adds one when you publish a workflow with the WhiteLabelCRO Trigger.',
		empty:
			'No subscriptions yet. In n8n, add the WhiteLabelCRO Trigger to a workflow, give it a credential with the base URL and API key from this page, and publish it.',
		columns: [
			['ID', ({ id }) => id, 'short'],
			['Target URL', ({ targetUrl }) => targetUrl],
			['Events', ({ eventTypes }) => eventTypes.join(', ')],
			['State', ({ state }) => badge(state, state === 'Active'), 'short'],
			['Failures in a row', ({ consecutiveFailures }) => consecutiveFailures, 'short'],
			['Actions', ({ id, state }) => switches(id, state === 'Active'), 'short'],
		],
	},
	deliveries: {
		title: 'Deliveries',
		hint: 'Each attempt to send an event to a subscription, and its answer.',
		empty: 'Nothing sent yet. Once there is a subscription, create a lead and watch it go out.',
		columns: [
			['Time', ({ at }) => moment(at), 'short'],
			['Event', ({ eventId, eventType }) => `${eventId} ${eventType}`],
			['Amount', ({ amount }) => amount && money.format(amount), 'short'],
			['Subscription', ({ subscriptionId }) => subscriptionId, 'short'],
			['Try', ({ attempt }) => attempt, 'short'],
			[
				'Result',
				({ outcome, result, said, answer }) =>
					outcome === 'ignored' ? badge(said) : badge(result, answer && outcome === 'delivered', said),
			],
			['Next try', ({ nextAttemptAt }) => wait(nextAttemptAt), 'short'],
			['Answer', answered, 'short'],
		],
		remark: ({ retries }) => (retries > 0 ? `Retries scheduled: ${number.format(retries)}.` : ''),
	},
	events: {
		title: 'Events',
		hint: 'What happened in the CRM. n8n polls this list, and subscriptions receive the events in it.',
		empty: 'No events yet. Create a lead to get the first one.',
		columns: [
			['Time', ({ event }) => moment(event.createdUtc), 'short'],
			['Event', ({ event }) => `${event.id} ${event.type}`],
			['Amount', ({ amount }) => amount && money.format(amount), 'short'],
			[
				'Payload',
				({ id, event }) => unfold('Payload', `Payload of event ${id}`, JSON.stringify(event, null, 2)),
				'short',
			],
			['Actions', repeat, 'short'],
		],
	},
	leads: { title: 'Leads', empty: 'No leads. Create one on this page.', columns: people },
	clients: {
		title: 'Clients',
		empty:
			'No clients. Create one on this page, or change the status of a lead to one that begins with “Client”.',
		columns: people,
	},
	notes: {
		title: 'Notes',
		empty: 'No notes yet. Add one in n8n with the WhiteLabelCRO node: Note > Create.',
		columns: [
			['ID', ({ id }) => id, 'short'],
			['Client', ({ client_id }) => client_id, 'short'],
			['Text', ({ text }) => text],
			['Created', ({ created_utc }) => moment(created_utc), 'short'],
		],
	},
	affiliates: {
		title: 'Affiliates',
		empty: 'No affiliates. Create one in n8n with the WhiteLabelCRO node.',
		columns: [
			['ID', ({ id }) => id, 'short'],
			['Name', ({ name }) => name],
			['Email', ({ email }) => email],
			[
				'Approved',
				({ approved }) => badge(approved ? 'Approved' : 'Not approved', approved || undefined),
				'short',
			],
		],
	},
	requests: {
		title: 'API requests',
		hint: 'What n8n asked the CRM. Keys and bodies are left out.',
		empty: 'No requests yet. Test the credential in n8n, or run a WhiteLabelCRO node.',
		columns: [
			['Time', ({ at }) => moment(at), 'short'],
			['Request', ({ method, path }) => `${method} ${path}`],
			['Status', ({ status }) => badge(status ?? 'No answer', (status ?? 500) < 400), 'short'],
			['Key', ({ keyId }) => keyId ?? 'none', 'short'],
		],
	},
};

/**
 * @template {Name} Id
 * @param {{ id: Id, words: Words<Id>, overview: Overview }} props
 */
export function List({ id, words: { title, hint, empty, columns, remark }, overview }) {
	const [isInFull, toggle] = useReducer((/** @type {boolean} */ isIt) => !isIt, false);
	const { total, newest } = overview[id];
	const isCut = total > newest.length;
	const count = isCut ? `Only the newest ${newest.length} are listed, of ${number.format(total)}.` : '';
	const more = isInFull ? 'Show fewer' : 'Show more';
	const limit = isInFull ? Infinity : isPhone() ? 4 : 8;
	const row = (/** @type {Overview[Id]['newest'][number]} */ item, /** @type {number} */ index) =>
		html`<tr key=${item.id} class=${index >= limit && 'rest'}>
			${columns.map(([name, cell, look]) => html`<td class=${look} data-label=${name}>${cell(item)}</td>`)}
		</tr>`;
	const table = html`<table aria-labelledby="${id}-title">
		<thead>
			<tr>
				${columns.map(([heading]) => html`<th scope="col">${heading}</th>`)}
			</tr>
		</thead>
		<tbody>
			${newest.map(row)}
		</tbody>
	</table>`;
	const switcher = html`<button class="small" aria-label="${more}: ${title}" onClick=${toggle}>
		${more}
	</button>`;
	return html`<${Card} id=${id} title=${title} hint=${hint}>
		<p class="count hint">${`${count} ${remark?.(overview) ?? ''}`.trim()}</p>
		${total > 0 ? table : html`<p class="empty">${empty}</p>`}
		${(isInFull || newest.length > limit) && switcher}
	<//>`;
}

/** A state, perhaps with a remark below it. @type {(state: unknown, isGood?: boolean | null, remark?: string) => unknown} */
function badge(state, isGood, remark) {
	const tone = { true: 'good', false: 'bad' }[String(isGood)] ?? 'plain';
	const below = remark && html`<br /><small class="hint">${remark}</small>`;
	return html`<span class="badge" data-tone=${tone}>${state}</span>${below}`;
}

/** A text that is folded away under its label. @type {(label: string, name: string, text: string) => unknown} */
function unfold(label, name, text) {
	return html`<details>
		<summary aria-label="${label} (${name})">${label}</summary>
		<pre tabindex="0" role="group" aria-label=${name}>${text}</pre>
	</details>`;
}

/** The time of day, or the date of another day. @type {(utc: string | null) => unknown} */
function moment(utc) {
	if (utc === null) return '';
	const date = new Date(utc);
	const isToday = date.toDateString() === new Date().toDateString();
	return html`<time datetime=${utc} title=${utc}>${(isToday ? clock : calendar).format(date)}</time>`;
}

/** How long it is until then, in words. @type {(utc: string | null) => string} */
function wait(utc) {
	if (utc === null) return '';
	const seconds = Math.ceil((Date.parse(utc) - Date.now()) / 1000);
	if (seconds <= 0) return 'now';
	return seconds < 60 ? `in ${seconds} s` : `in ${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** @type {(id: number, isActive: boolean) => unknown} */
function switches(id, isActive) {
	const tripped = `Breaker of subscription ${id} tripped. It gets no events until it's enabled.`;
	const trip = asking('POST', `/subscriptions/${id}/trip`, null, tripped);
	const enable = asking('POST', `/subscriptions/${id}/enable`, null, `Subscription ${id} enabled.`);
	return html`${button('Enable', `Enable subscription ${id}`, enable, { isOff: isActive })}${' '}
	${button('Trip breaker', `Trip breaker of subscription ${id}`, trip, { isOff: !isActive, look: 'danger' })}`;
}

/** @param {{ id: number }} event */
function repeat({ id: eventId }) {
	const action = asking('POST', '/redeliver', { eventId }, tellEvent('repeated'));
	return button('Deliver again', `Deliver again: event ${eventId}`, action);
}

/** @param {Overview['deliveries']['newest'][number]} attempt */
function answered({ eventId, attempt, answer }) {
	if (answer === null) return '';
	const text = `Signed as ${answer.signature}.\n\n${answer.text || 'The answer was empty.'}`;
	return unfold(`${answer.elapsedMs} ms`, `Answer to try ${attempt} of event ${eventId}`, text);
}
