// What came of the last action: said in the header, where it covers nothing, until there was time to read it.
import { byId, element } from './dom.mjs';

const READING_MS = 5000;
const READING_MS_PER_CHARACTER = 50;
const ANOTHER_LOOK_MS = 1000;

const message = byId('message');
const result = byId('result');
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {Element | null} */
let focusedBefore = null;

/**
 * Shows the text, as good or bad news, in place of the one before.
 * @param {string} text
 * @param {'good' | 'bad'} tone
 */
export function say(text, tone) {
	result.dataset.tone = tone;
	// A new element, so that the same words twice are announced twice.
	result.replaceChildren(element('span', text));
	if (!message.contains(document.activeElement)) focusedBefore = document.activeElement;
	clearTimeout(timer);
	timer = setTimeout(goAway, READING_MS + READING_MS_PER_CHARACTER * text.length);
}

/** Takes the message away, unless somebody is at it. */
function goAway() {
	if (message.matches(':hover, :focus-within')) timer = setTimeout(goAway, ANOTHER_LOOK_MS);
	else result.replaceChildren();
}

byId('close-message').addEventListener('click', () => {
	clearTimeout(timer);
	result.replaceChildren();
	if (focusedBefore instanceof HTMLElement) focusedBefore.focus({ preventScroll: true });
});
