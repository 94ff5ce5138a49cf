// Small helpers for the document. Whatever is in index.html can be relied on: it comes with these modules.

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
	const found = document.getElementById(id);
	if (!found) throw new Error(`The page has no element ${id}`);
	return found;
}

/** @param {string} id */
export function form(id) {
	return /** @type {HTMLFormElement} */ (byId(id));
}

/**
 * A form's field.
 * @param {string} formId
 * @param {string} name
 */
export function field(formId, name) {
	return /** @type {HTMLInputElement} */ (form(formId).elements.namedItem(name));
}

/**
 * A form's field that is a choice.
 * @param {string} formId
 * @param {string} name
 */
export function select(formId, name) {
	return /** @type {HTMLSelectElement} */ (form(formId).elements.namedItem(name));
}

/**
 * Shows or hides a field together with its label; a hidden one is not sent.
 * @param {HTMLInputElement | HTMLSelectElement} target
 * @param {boolean} isUsed
 */
export function use(target, isUsed) {
	target.disabled = !isUsed;
	target.closest('label')?.toggleAttribute('hidden', !isUsed);
}

/**
 * A new element with this text, which is never read as HTML.
 * @param {string} name
 * @param {string} text
 * @param {Record<string, string>} [attributes]
 */
export function element(name, text, attributes = {}) {
	const made = document.createElement(name);
	made.textContent = text;
	for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
	return made;
}

/**
 * Sets a text, and leaves it alone if it is the same: a selection stays, and nothing is announced twice.
 * @param {Element} target
 * @param {string} text
 */
export function setText(target, text) {
	if (target.textContent !== text) target.textContent = text;
}

/**
 * Makes these values the choices of a select, keeping what is chosen; changes nothing if they are its choices already.
 * @param {HTMLSelectElement} target
 * @param {readonly string[]} values
 * @param {readonly string[]} [labels]
 */
export function offer(target, values, labels = values) {
	const now = [...target.options].map(({ text }) => text);
	if (now.length === labels.length && now.every((text, index) => text === labels[index])) return;
	const chosen = target.value;
	target.replaceChildren(...values.map((value, index) => new Option(labels[index], value)));
	if (values.includes(chosen)) target.value = chosen;
}
