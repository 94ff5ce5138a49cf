// The lists of the page, in their order: their words, and their columns with their headings.
import { amount, badge, button, moment, once, text, unfold } from './columns.mjs';
import { element } from './dom.mjs';
import { makeTable } from './table.mjs';

/** @typedef {import('../overview.mts').Overview} Overview */
/** @typedef {Overview['deliveries']['newest'][number]} Attempt */
/** @typedef {Overview['pending']['newest'][number]} Pending */
/** @typedef {Overview['leads']['newest'][number]} Person */
/** @typedef {Overview['subscriptions']['newest'][number]} Subscription */

const number = new Intl.NumberFormat('en-US');

/** @type {import('./table.mjs').List<Person>['columns']} */
const personColumns = [
	['ID', text((person) => String(person.client_id), 'short')],
	['Name', text((person) => person.name, 'long')],
	['Contact', text((person) => [person.email, person.phone].filter(Boolean).join('\n'), 'long')],
	['Status', text((person) => person.status, 'short')],
	['Created', moment((person) => person.created_utc)],
];

const tables = [
	makeTable({
		id: 'subscriptions',
		title: 'Subscriptions',
		hint: 'Where the CRM sends events. n8n adds one when you publish a workflow with the WhiteLabelCRO Trigger.',
		empty:
			'No subscriptions yet. In n8n, add the WhiteLabelCRO Trigger to a workflow, give it a credential with the base URL and API key from this page, and publish it.',
		read: ({ subscriptions }) => subscriptions,
		keyOf: ({ id }) => String(id),
		columns: [
			['ID', text(({ id }) => String(id), 'short')],
			['Target URL', text(({ targetUrl }) => targetUrl, 'mono')],
			['Events', text(({ eventTypes }) => eventTypes.join(', '))],
			['State', badge(({ state }) => [state, state === 'Active' ? 'good' : 'bad'], 'short')],
			['Failures in a row', text(({ consecutiveFailures }) => String(consecutiveFailures), 'short')],
			['Actions', switches],
		],
	}),
	makeTable({
		id: 'deliveries',
		title: 'Deliveries',
		hint: 'Each try to send an event to a subscription, and the answer to it.',
		empty: 'Nothing sent yet. Once there is a subscription, create a lead and watch it go out.',
		read: attempts,
		keyOf: (attempt) => `${attempt.deliveryId} ${attempt.attempt} ${'at' in attempt ? 'over' : 'pending'}`,
		columns: [
			['Time', moment((attempt) => ('at' in attempt ? attempt.at : attempt.dueAt))],
			['Event', text(({ eventId, eventType }) => `${eventId} ${eventType}`)],
			['Amount', amount()],
			['Subscription', text(({ subscriptionId }) => String(subscriptionId), 'short')],
			['Try', text(({ attempt }) => String(attempt), 'short')],
			['Result', badge(result, 'result')],
			['Next try', text((attempt) => wait('at' in attempt ? attempt.nextAttemptAt : attempt.dueAt), 'short')],
			['Answer', once((attempt) => ('at' in attempt ? answer(attempt) : ''))],
		],
		remark: ({ retries }) => (retries > 0 ? `Retries scheduled: ${number.format(retries)}.` : ''),
	}),
	makeTable({
		id: 'events',
		title: 'Events',
		hint: 'What happened in the CRM. n8n polls this list, and subscriptions are sent what is in it.',
		empty: 'No events yet. Create a lead to make the first.',
		read: ({ events }) => events,
		keyOf: ({ event }) => String(event.id),
		columns: [
			['Time', moment(({ event }) => event.createdUtc)],
			['Event', text(({ event }) => `${event.id} ${event.type}`)],
			['Amount', amount()],
			[
				'Payload',
				once(({ event }) =>
					unfold(`Payload of event ${event.id}`, 'Payload', JSON.stringify(event, null, 2)),
				),
			],
			[
				'Actions',
				once(({ event }) =>
					button('Deliver again', 'redeliver', event.id, `Deliver again: event ${event.id}`),
				),
			],
		],
	}),
	makeTable({
		id: 'leads',
		title: 'Leads',
		empty: 'No leads. Create one on this page.',
		read: ({ leads }) => leads,
		keyOf: ({ client_id }) => String(client_id),
		columns: personColumns,
	}),
	makeTable({
		id: 'clients',
		title: 'Clients',
		empty:
			'No clients. Create one on this page, or change the status of a lead to one that begins with “Client”.',
		read: ({ clients }) => clients,
		keyOf: ({ client_id }) => String(client_id),
		columns: personColumns,
	}),
	makeTable({
		id: 'notes',
		title: 'Notes',
		empty: 'No notes yet. Add one in n8n with the WhiteLabelCRO node: Note > Create.',
		read: ({ notes }) => notes,
		keyOf: ({ client_note_id }) => String(client_note_id),
		columns: [
			['ID', text(({ client_note_id }) => String(client_note_id), 'short')],
			['Client', text(({ client_id }) => String(client_id), 'short')],
			['Text', text((note) => note.text, 'long')],
			['Created', moment(({ created_utc }) => created_utc)],
		],
	}),
	makeTable({
		id: 'affiliates',
		title: 'Affiliates',
		empty: 'No affiliates. Create one in n8n with the WhiteLabelCRO node.',
		read: ({ affiliates }) => affiliates,
		keyOf: ({ affiliate_id }) => String(affiliate_id),
		columns: [
			['ID', text(({ affiliate_id }) => String(affiliate_id), 'short')],
			['Name', text(({ name }) => name, 'long')],
			['Email', text(({ email }) => email, 'long')],
			[
				'Approved',
				badge(({ approved }) => (approved ? ['Approved', 'good'] : ['Not approved', 'plain']), 'short'),
			],
		],
	}),
	makeTable({
		id: 'requests',
		title: 'API requests',
		hint: 'What n8n asked the CRM. Keys and bodies are left out.',
		empty: 'No requests yet. Test the credential in n8n, or run a WhiteLabelCRO node.',
		read: ({ requests }) => requests,
		keyOf: ({ id }) => id,
		columns: [
			['Time', moment(({ at }) => at)],
			['Request', text(({ method, path }) => `${method} ${path}`, 'mono')],
			[
				'Status',
				badge(
					({ status }) => [String(status ?? 'No answer'), status !== null && status < 400 ? 'good' : 'bad'],
					'short',
				),
			],
			['Key', text(({ keyId }) => keyId ?? 'none', 'short')],
		],
	}),
];

/**
 * Brings every list up to date.
 * @param {Overview} overview
 */
export function showTables(overview) {
	for (const show of tables) show(overview);
}

/**
 * What is under way or waits for its first try, and then every try that is over.
 * @param {Overview} overview
 * @returns {{ total: number, newest: (Attempt | Pending)[] }}
 */
function attempts({ pending, deliveries }) {
	return {
		total: pending.total + deliveries.total,
		newest: [...pending.newest, ...deliveries.newest],
	};
}

/**
 * The two buttons of a subscription. The one that would change nothing is off, but keeps the focus it may have.
 * @type {import('./columns.mjs').Paint<Subscription>}
 */
function switches(cell, { id, state }) {
	if (!cell.hasChildNodes()) {
		const pair = element('div', '', { class: 'switches' });
		const trip = button('Trip breaker', 'trip', id, `Trip breaker of subscription ${id}`);
		trip.classList.add('danger');
		pair.append(button('Enable', 'enable', id, `Enable subscription ${id}`), trip);
		cell.append(pair);
	}
	const isActive = state === 'Active';
	for (const each of cell.getElementsByTagName('button')) {
		each.ariaDisabled = String((each.dataset.action === 'enable') === isActive);
	}
}

/**
 * What became of an attempt, in words, with its tone and what was answered.
 * @param {Attempt | Pending} attempt
 * @returns {[state: string, tone: string, remark?: string]}
 */
function result(attempt) {
	if (!('at' in attempt)) {
		return [
			{ 'under-way': 'Sending', queued: 'Waiting its turn', scheduled: 'Held back' }[attempt.state],
			'plain',
		];
	}
	const { outcome, status, error, said } = attempt;
	if (outcome === 'ignored') return [said, 'plain'];
	const words = {
		delivered: 'Delivered',
		'will-retry': 'Failed',
		'given-up': 'Given up',
		'breaker-tripped': 'Breaker tripped',
		dropped: 'Dropped',
	};
	const state = `${words[outcome]}: ${status ?? error ?? 'no answer'}`;
	return [state, outcome === 'delivered' ? 'good' : 'bad', said];
}

/**
 * How long it is until then, in words.
 * @param {string | null} utc
 */
function wait(utc) {
	if (utc === null) return '';
	const seconds = Math.ceil((Date.parse(utc) - Date.now()) / 1000);
	if (seconds <= 0) return 'now';
	return seconds < 60 ? `in ${seconds} s` : `in ${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** @param {Attempt} attempt */
function answer({ eventId, attempt, elapsedMs, response, signature }) {
	const about = `Signed as ${signature}.\n\n${response || 'The answer was empty.'}`;
	return unfold(`Answer to try ${attempt} of event ${eventId}`, `${elapsedMs} ms`, about);
}
