// The lists of the page. A row stays the same element as long as it is listed, so that focus and unfolded parts stay too.
import { byId, element, setText } from './dom.mjs';

/** @typedef {import('../overview.mts').Overview} Overview */
/** @typedef {Overview['deliveries']['newest'][number]} Attempt */
/** @typedef {Overview['pending']['newest'][number]} Pending */
/** @typedef {Overview['leads']['newest'][number]} Person */
/**
 * What paints one column: called for each cell at every look, and to change only what is different.
 * @template Item
 * @typedef {(cell: HTMLElement, item: Item) => void} Paint
 */

const number = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const calendar = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

/** @type {Paint<Person>[]} */
const personColumns = [
	text((person) => String(person.client_id), 'short'),
	text((person) => person.name),
	text((person) => [person.email, person.phone].filter(Boolean).join('\n'), 'long'),
	text((person) => person.status),
	moment((person) => person.created_utc),
];

/**
 * Brings every list up to date.
 * @param {Overview} overview
 */
export function showTables(overview) {
	const { subscriptions, pending, deliveries, events, requests, leads, clients, affiliates, notes } =
		overview;
	fill('subscriptions', subscriptions, ({ id }) => String(id), [
		text(({ id }) => String(id), 'short'),
		text(({ targetUrl }) => targetUrl, 'mono'),
		text(({ eventTypes }) => eventTypes.join(', ')),
		badge(({ state }) => [state, state === 'Active' ? 'good' : 'bad']),
		text(({ consecutiveFailures }) => String(consecutiveFailures), 'short'),
		once(({ id }) => button('Trip breaker', 'trip', id, `Trip breaker of subscription ${id}`)),
	]);
	/** @type {{ total: number, newest: (Attempt | Pending)[] }} */
	const attempts = {
		total: pending.total + deliveries.total,
		newest: [...pending.newest, ...deliveries.newest],
	};
	fill(
		'deliveries',
		attempts,
		(attempt) => `${attempt.deliveryId} ${attempt.attempt} ${'at' in attempt ? 'over' : 'pending'}`,
		[
			moment((attempt) => ('at' in attempt ? attempt.at : attempt.dueAt)),
			text(({ eventId, eventType }) => `${eventId} ${eventType}`),
			text(({ subscriptionId }) => String(subscriptionId), 'short'),
			text(({ attempt }) => String(attempt), 'short'),
			badge(result),
			text((attempt) => ('at' in attempt ? wait(attempt.nextAttemptAt) : wait(attempt.dueAt))),
			text((attempt) => ('at' in attempt ? attempt.signature : '–')),
			once((attempt) => ('at' in attempt ? answer(attempt) : '–')),
		],
		overview.retries > 0 ? `Retries scheduled: ${number.format(overview.retries)}.` : '',
	);
	fill('events', events, ({ id }) => String(id), [
		moment(({ createdUtc }) => createdUtc),
		text(({ id, type }) => `${id} ${type}`),
		once((event) => unfold(`Payload of event ${event.id}`, 'Payload', JSON.stringify(event, null, 2))),
		once(({ id }) => button('Deliver again', 'redeliver', id, `Deliver again: event ${id}`)),
	]);
	fill('requests', requests, ({ id }) => id, [
		moment(({ at }) => at),
		text(({ method, path }) => `${method} ${path}`, 'mono'),
		badge(({ status }) => [String(status ?? 'No answer'), status !== null && status < 400 ? 'good' : 'bad']),
		text(({ keyId }) => keyId ?? 'none', 'short'),
	]);
	fill('leads', leads, ({ client_id }) => String(client_id), personColumns);
	fill('clients', clients, ({ client_id }) => String(client_id), personColumns);
	fill('affiliates', affiliates, ({ affiliate_id }) => String(affiliate_id), [
		text(({ affiliate_id }) => String(affiliate_id), 'short'),
		text(({ name }) => name),
		text(({ email }) => email),
		badge(({ approved }) => (approved ? ['Approved', 'good'] : ['Not approved', 'plain'])),
	]);
	fill('notes', notes, ({ client_note_id }) => String(client_note_id), [
		text(({ client_note_id }) => String(client_note_id), 'short'),
		text(({ client_id }) => String(client_id), 'short'),
		text((note) => note.text),
		moment(({ created_utc }) => created_utc),
	]);
}

/**
 * Makes the rows of a list those of its entries, in their order, and says how many more there are.
 * @template Item
 * @param {string} id
 * @param {{ total: number, newest: Item[] }} list
 * @param {(item: Item) => string} keyOf
 * @param {Paint<Item>[]} columns
 * @param {string} [remark]
 */
function fill(id, { total, newest }, keyOf, columns, remark = '') {
	const section = byId(id);
	const [body] = section.getElementsByTagName('tbody');
	if (!body) throw new Error(`The list ${id} has no table`);
	const labels = [...section.getElementsByTagName('th')].map((heading) => heading.innerText);
	const items = new Map(newest.map((item) => [keyOf(item), item]));
	const rows = new Map([...body.rows].map((row) => [row.dataset.key, row]));
	for (const [key, row] of rows) {
		if (key !== undefined && !items.has(key)) row.remove();
	}
	let place = body.firstElementChild;
	for (const [key, item] of items) {
		const row = rows.get(key) ?? newRow(key, labels);
		if (row === place) place = place.nextElementSibling;
		else body.insertBefore(row, place);
		for (const [index, paint] of columns.entries()) {
			const cell = row.cells[index];
			if (cell) paint(cell, item);
		}
	}
	for (const part of section.querySelectorAll('.empty')) part.toggleAttribute('hidden', total > 0);
	for (const part of section.querySelectorAll('.scroll')) part.toggleAttribute('hidden', total === 0);
	const more = total - items.size;
	const count = more > 0 ? `The newest ${items.size} are shown, ${number.format(more)} more are not.` : '';
	for (const part of section.querySelectorAll('.count')) setText(part, `${count} ${remark}`.trim());
	for (const part of document.querySelectorAll(`[data-total="${id}"]`)) setText(part, number.format(total));
}

/**
 * @param {string} key
 * @param {string[]} labels
 */
function newRow(key, labels) {
	const row = document.createElement('tr');
	row.dataset.key = key;
	row.append(...labels.map((label) => element('td', '', { 'data-label': label })));
	return row;
}

/**
 * A column of text.
 * @template Item
 * @param {(item: Item) => string} read
 * @param {string} [className]
 * @returns {Paint<Item>}
 */
function text(read, className = '') {
	return (cell, item) => {
		cell.className = className;
		setText(cell, read(item));
	};
}

/**
 * A column of times: the time of day, or the date of another day.
 * @template Item
 * @param {(item: Item) => string | null} read
 * @returns {Paint<Item>}
 */
function moment(read) {
	return once((item) => {
		const utc = read(item);
		if (utc === null) return '–';
		const date = new Date(utc);
		const isToday = date.toDateString() === new Date().toDateString();
		return element('time', (isToday ? clock : calendar).format(date), { datetime: utc, title: utc });
	});
}

/**
 * A column of states, each with a tone: good, bad or plain.
 * @template Item
 * @param {(item: Item) => [string, string]} read
 * @returns {Paint<Item>}
 */
function badge(read) {
	return (cell, item) => {
		const [state, tone] = read(item);
		const shown = cell.firstElementChild ?? cell.appendChild(element('span', '', { class: 'badge' }));
		setText(shown, state);
		shown.setAttribute('data-tone', tone);
	};
}

/**
 * A column that is made once for each row, since it never changes.
 * @template Item
 * @param {(item: Item) => Node | string} make
 * @returns {Paint<Item>}
 */
function once(make) {
	return (cell, item) => {
		if (!cell.hasChildNodes()) cell.append(make(item));
	};
}

/**
 * What became of an attempt, in words, and its tone.
 * @param {Attempt | Pending} attempt
 * @returns {[string, string]}
 */
function result(attempt) {
	if (!('at' in attempt)) {
		return [
			{ 'under-way': 'Under way', queued: 'Waiting its turn', scheduled: 'Held back' }[attempt.state],
			'plain',
		];
	}
	const words = {
		delivered: 'Delivered',
		'will-retry': 'Failed',
		'given-up': 'Given up',
		'breaker-tripped': 'Breaker tripped',
		dropped: 'Dropped',
	};
	const why = String(attempt.status ?? attempt.error ?? 'no answer');
	return [`${words[attempt.outcome]}: ${why}`, attempt.outcome === 'delivered' ? 'good' : 'bad'];
}

/**
 * How long it is until then, in words.
 * @param {string | null} utc
 */
function wait(utc) {
	if (utc === null) return '–';
	const seconds = Math.ceil((Date.parse(utc) - Date.now()) / 1000);
	if (seconds <= 0) return 'now';
	return seconds < 60 ? `in ${seconds} s` : `in ${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** @param {Attempt} attempt */
function answer({ eventId, attempt, elapsedMs, response }) {
	if (response === '') return `Empty, ${elapsedMs} ms`;
	return unfold(`Answer to try ${attempt} of event ${eventId}`, `${elapsedMs} ms`, response);
}

/**
 * @param {string} name
 * @param {string} label
 * @param {string} content
 */
function unfold(name, label, content) {
	const details = document.createElement('details');
	const pre = element('pre', content, { tabindex: '0', role: 'group', 'aria-label': name });
	const summary = element('summary', label);
	summary.append(element('span', ` (${name})`, { class: 'for-readers' }));
	details.append(summary, pre);
	return details;
}

/**
 * A button that actions.mjs knows by the action's name.
 * @param {string} label
 * @param {string} action
 * @param {number} id
 * @param {string} name
 */
function button(label, action, id, name) {
	const attributes = { type: 'button', class: 'quiet', 'aria-label': name };
	return element('button', label, { ...attributes, 'data-action': action, 'data-id': String(id) });
}
