// The sandbox's control endpoints: what they say every second, what they are asked to do, and what came of it.

/** @typedef {import('../overview.mts').Overview} Overview */
/** @typedef {{ text: string, tone: 'good' | 'bad', at: number }} Message */
/** @typedef {{ overview?: Overview, isLive?: boolean, message?: Message }} State */
/**
 * Asks the sandbox to do something; gives what to say when the overview shows it.
 * @typedef {() => Promise<(overview: Overview) => string>} Action
 */

const PAUSE_MS = 1000;

/** @type {State} */
const state = {};
/** @type {(state: State) => void} */
let show = () => undefined;

/**
 * Hands over what is known now, every second, and after each action.
 * @param {(state: State) => void} listener
 */
export async function keepUp(listener) {
	show = listener;
	try {
		if (!document.hidden) await refresh();
		state.isLive = true;
	} catch {
		state.isLive = false;
	}
	show(state);
	setTimeout(() => void keepUp(listener), PAUSE_MS);
}

/** The browser keeps the overview, and asks whether there is news. */
async function refresh() {
	return (state.overview = /** @type {Overview} */ (await call('GET', '/overview')));
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
	const response = await fetch(`/__sandbox${endpoint}`, { method, cache: 'no-cache', ...(body && json) });
	const answer = /** @type {unknown} */ (await response.json());
	if (!response.ok) throw new Error(/** @type {{ message: string }} */ (answer).message);
	return answer;
}

/**
 * The action that is one call, and what to say then.
 * @param {string} words
 * @param {Parameters<typeof call>} request
 * @returns {Action}
 */
export function asking(words, ...request) {
	return async () => {
		await call(...request);
		return () => words;
	};
}

/**
 * Does an action, brings the page up to date, and says what came of it, failures too.
 * @param {Action} action
 */
export async function run(action) {
	/** @type {Message} */
	const message = { text: '', tone: 'good', at: Date.now() };
	try {
		const tell = await action();
		message.text = tell(await refresh());
	} catch (error) {
		message.text = error instanceof Error ? error.message : String(error);
		message.tone = 'bad';
	}
	state.message = message;
	show(state);
}
