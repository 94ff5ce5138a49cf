// The lists of the page, in their order: their words, and their columns with their headings.
import { html } from 'htm/preact';
import { amount, badge, moment, unfold, wait } from './cells.mjs';
import { asking, call } from './control.mjs';
import { makeList, number } from './list.mjs';
import { button, tellEvent } from './parts.mjs';

/** @typedef {import('../overview.mts').Overview} Overview */

/** @type {import('./list.mjs').List<'leads' | 'clients'>['columns']} */
const people = [
	['ID', ({ id }) => id, 'short'],
	['Name', ({ name }) => name, 'long'],
	['Contact', ({ email, phone }) => [email, phone].filter(Boolean).join('\n'), 'long'],
	['Status', ({ status }) => status, 'short'],
	['Created', ({ created_utc }) => moment(created_utc), 'short'],
];

export const lists = [
	makeList('subscriptions', {
		title: 'Subscriptions',
		hint: 'Where the CRM sends events. n8n adds one when you publish a workflow with the WhiteLabelCRO Trigger.',
		empty:
			'No subscriptions yet. In n8n, add the WhiteLabelCRO Trigger to a workflow, give it a credential with the base URL and API key from this page, and publish it.',
		columns: [
			['ID', ({ id }) => id, 'short'],
			['Target URL', ({ targetUrl }) => targetUrl, 'mono'],
			['Events', ({ eventTypes }) => eventTypes.join(', ')],
			['State', ({ state }) => badge(state, state === 'Active' ? 'good' : 'bad'), 'short'],
			['Failures in a row', ({ consecutiveFailures }) => consecutiveFailures, 'short'],
			['Actions', switches],
		],
	}),
	makeList('deliveries', {
		title: 'Deliveries',
		hint: 'Each try to send an event to a subscription, and the answer to it.',
		empty: 'Nothing sent yet. Once there is a subscription, create a lead and watch it go out.',
		columns: [
			['Time', ({ at }) => moment(at), 'short'],
			['Event', ({ eventId, eventType }) => `${eventId} ${eventType}`],
			['Amount', amount, 'short'],
			['Subscription', ({ subscriptionId }) => subscriptionId, 'short'],
			['Try', ({ attempt }) => attempt, 'short'],
			['Result', result, 'result'],
			['Next try', ({ nextAttemptAt }) => wait(nextAttemptAt), 'short'],
			['Answer', answer],
		],
		remark: ({ retries }) => (retries > 0 ? `Retries scheduled: ${number.format(retries)}.` : ''),
	}),
	makeList('events', {
		title: 'Events',
		hint: 'What happened in the CRM. n8n polls this list, and subscriptions are sent what is in it.',
		empty: 'No events yet. Create a lead to make the first.',
		columns: [
			['Time', ({ event }) => moment(event.createdUtc), 'short'],
			['Event', ({ event }) => `${event.id} ${event.type}`],
			['Amount', amount, 'short'],
			[
				'Payload',
				({ event }) => unfold(`Payload of event ${event.id}`, 'Payload', JSON.stringify(event, null, 2)),
			],
			['Actions', repeat],
		],
	}),
	makeList('leads', { title: 'Leads', empty: 'No leads. Create one on this page.', columns: people }),
	makeList('clients', {
		title: 'Clients',
		empty:
			'No clients. Create one on this page, or change the status of a lead to one that begins with “Client”.',
		columns: people,
	}),
	makeList('notes', {
		title: 'Notes',
		empty: 'No notes yet. Add one in n8n with the WhiteLabelCRO node: Note > Create.',
		columns: [
			['ID', ({ id }) => id, 'short'],
			['Client', ({ client_id }) => client_id, 'short'],
			['Text', ({ text }) => text, 'long'],
			['Created', ({ created_utc }) => moment(created_utc), 'short'],
		],
	}),
	makeList('affiliates', {
		title: 'Affiliates',
		empty: 'No affiliates. Create one in n8n with the WhiteLabelCRO node.',
		columns: [
			['ID', ({ id }) => id, 'short'],
			['Name', ({ name }) => name, 'long'],
			['Email', ({ email }) => email, 'long'],
			[
				'Approved',
				({ approved: is }) => badge(is ? 'Approved' : 'Not approved', is ? 'good' : 'plain'),
				'short',
			],
		],
	}),
	makeList('requests', {
		title: 'API requests',
		hint: 'What n8n asked the CRM. Keys and bodies are left out.',
		empty: 'No requests yet. Test the credential in n8n, or run a WhiteLabelCRO node.',
		columns: [
			['Time', ({ at }) => moment(at), 'short'],
			['Request', ({ method, path }) => `${method} ${path}`, 'mono'],
			[
				'Status',
				({ status }) => badge(status ?? 'No answer', (status ?? 500) < 400 ? 'good' : 'bad'),
				'short',
			],
			['Key', ({ keyId }) => keyId ?? 'none', 'short'],
		],
	}),
];

/** @param {Overview['subscriptions']['newest'][number]} subscription */
function switches({ id, state }) {
	const isActive = state === 'Active';
	const path = `/subscriptions/${id}`;
	const tripped = `Breaker of subscription ${id} tripped. It gets no events until it is enabled.`;
	const trip = asking(tripped, 'POST', `${path}/trip`);
	const enable = asking(`Subscription ${id} enabled.`, 'POST', `${path}/enable`);
	return html`<div class="switches">
		${button('Enable', `Enable subscription ${id}`, enable, { isOff: isActive })}
		${button('Trip breaker', `Trip breaker of subscription ${id}`, trip, {
			isOff: !isActive,
			look: 'danger',
		})}
	</div>`;
}

/** @param {Overview['events']['newest'][number]} event */
function repeat({ id }) {
	const redeliver = async () => tellEvent(await call('POST', '/redeliver', { eventId: id }), 'repeated');
	return button('Deliver again', `Deliver again: event ${id}`, redeliver);
}

/** @param {Overview['deliveries']['newest'][number]} attempt */
function result({ outcome, result, said, answer }) {
	if (outcome === 'ignored') return badge(said, 'plain');
	return badge(result, answer === null ? 'plain' : outcome === 'delivered' ? 'good' : 'bad', said);
}

/** @param {Overview['deliveries']['newest'][number]} attempt */
function answer({ eventId, attempt, answer }) {
	if (answer === null) return '';
	const about = `Signed as ${answer.signature}.\n\n${answer.text || 'The answer was empty.'}`;
	return unfold(`Answer to try ${attempt} of event ${eventId}`, `${answer.elapsedMs} ms`, about);
}
