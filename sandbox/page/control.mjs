// The sandbox's control endpoints: what they say every second, what they are asked to do, and what came of it.
/** @import { Overview } from '../overview.mts' */
/** @typedef {{ overview?: Overview, isLive?: boolean, message?: { text: string, tone: string, until: number } }} State */
/** @typedef {() => Promise<(overview: Overview) => string>} Action Gives what to say when the overview shows it. */
/** @typedef {{ id: number, type: string }} CrmEvent */
/** @typedef {CrmEvent & { message: string, client_id: number, previous_status: string, event?: CrmEvent }} Answer */
/** @typedef {(answer: Answer, overview: Overview) => string} Words */
/** @typedef {'GET' | 'POST' | 'PATCH' | 'DELETE'} Method */

const PAUSE_MS = 1000;
const READING_MS = 5000;
const READING_MS_PER_CHARACTER = 50;

/** @type {State} */
const state = {};
/** @type {(state: State) => void} */
let show = () => undefined;

/** Hands over what is known now, every second, and after each action. @param {typeof show} listener */
export async function keepUp(listener) {
	show = listener;
	try {
		if (!document.hidden) await refresh();
		state.isLive = true;
	} catch {
		state.isLive = false;
	}
	const isRead = state.message && state.message.until < Date.now();
	if (isRead && !document.querySelector('#message:is(:hover, :focus-within)')) dismiss();
	else show(state);
	setTimeout(() => void keepUp(listener), PAUSE_MS);
}

/** The browser keeps the overview, and asks whether there is news. */
async function refresh() {
	return (state.overview = /** @type {Answer & Overview} */ (await call('GET', '/overview')));
}

/**
 * One call of a control endpoint; a refusal is thrown in the sandbox's words.
 * @type {(method: Method, endpoint: string, body?: object | null) => Promise<Answer>}
 */
async function call(method, endpoint, body) {
	const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
	const response = await fetch(`/__sandbox${endpoint}`, { method, cache: 'no-cache', ...(body && json) });
	const answer = /** @type {unknown} */ (await response.json());
	if (!response.ok) throw new Error(/** @type {Answer} */ (answer).message);
	return /** @type {Answer} */ (answer);
}

/**
 * The action that is one call, and what to say then.
 * @type {(method: Method, endpoint: string, body: object | null, words: string | Words) => Action}
 */
export function asking(method, endpoint, body, words) {
	return async () => {
		const answer = await call(method, endpoint, body);
		return (overview) => (typeof words === 'string' ? words : words(answer, overview));
	};
}

/** Does an action, brings the page up to date, and says what came of it, failures too. @param {Action} action */
export async function run(action) {
	const say = (/** @type {string} */ text, /** @type {string} */ tone) => {
		state.message = { text, tone, until: Date.now() + READING_MS + READING_MS_PER_CHARACTER * text.length };
	};
	try {
		const tell = await action();
		say(tell(await refresh()), 'good');
	} catch (error) {
		say(error instanceof Error ? error.message : String(error), 'bad');
	}
	show(state);
}

/** Takes the message away. */
export function dismiss() {
	delete state.message;
	show(state);
}
