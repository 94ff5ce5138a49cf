// The sandbox's control endpoints: what they say every second, what they are asked to do, and what came of it.
import { byId, setText } from './dom.mjs';
import { say } from './message.mjs';

/** @typedef {import('../overview.mts').Overview} Overview */
/**
 * Asks the sandbox to do something; gives what to say when the overview shows it.
 * @typedef {() => Promise<(overview: Overview) => string>} Action
 */

const PAUSE_MS = 1000;
const path = '/__sandbox';

/** @type {(overview: Overview) => void} */
let show = () => undefined;
/** @type {Overview | undefined} */
let latest;
let etag = '';

/**
 * Hands over the overview now, every second and after each action: the same object as long as there is no news.
 * @param {(overview: Overview) => void} listener
 */
export function keepUp(listener) {
	show = listener;
	void lookAgain();
}

async function lookAgain() {
	const connection = byId('connection');
	try {
		if (!document.hidden) await refresh();
		setText(connection, 'Live');
		connection.dataset.tone = 'good';
	} catch {
		setText(connection, 'The sandbox does not answer. Is it still running?');
		connection.dataset.tone = 'bad';
	}
	setTimeout(() => void lookAgain(), PAUSE_MS);
}

async function refresh() {
	const response = await fetch(`${path}/overview`, { headers: { 'if-none-match': etag } });
	if (response.status !== 304) {
		if (!response.ok) throw new Error(`The sandbox answered with ${response.status}`);
		/** @type {unknown} */
		const answer = await response.json();
		latest = /** @type {Overview} */ (answer);
		etag = response.headers.get('etag') ?? '';
	}
	if (!latest) throw new Error('The sandbox took an empty look for a known one');
	show(latest);
	return latest;
}

/**
 * One call of a control endpoint; a refusal is thrown in the sandbox's words.
 * @param {'GET' | 'POST' | 'PATCH' | 'DELETE'} method
 * @param {string} endpoint
 * @param {object} [body]
 * @returns {Promise<unknown>}
 */
export async function call(method, endpoint, body) {
	const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
	const response = await fetch(path + endpoint, { method, ...(body && json) });
	const answer = /** @type {unknown} */ (await response.json());
	if (!response.ok) throw new Error(/** @type {{ message: string }} */ (answer).message);
	return answer;
}

/**
 * Does an action, brings the page up to date, and says what came of it, failures too.
 * @param {Action} action
 */
export async function run(action) {
	try {
		const tell = await action();
		say(tell(await refresh()), 'good');
	} catch (error) {
		say(error instanceof Error ? error.message : String(error), 'bad');
	}
}

/**
 * Does the action when the form is sent, in place of the browser: with its fields, and the value of the button that was pressed.
 * @param {HTMLFormElement} form
 * @param {(fields: Record<string, string>, pressed: string) => ReturnType<Action>} action
 */
export function onSubmit(form, action) {
	form.addEventListener('submit', (event) => {
		event.preventDefault();
		const fields = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
		const pressed = event.submitter instanceof HTMLButtonElement ? event.submitter.value : '';
		void run(() => action(fields, pressed));
	});
}
