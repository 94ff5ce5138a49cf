// How the sandbox behaves: its faults and its dialect.
import { call, onSubmit } from './control.mjs';
import { byId, element, field, form, offer, select, setText, use } from './dom.mjs';

/** @typedef {import('../overview.mts').Overview} Overview */
/** @typedef {string | number | boolean} Value */

const { kinds } = /** @type {{ kinds: { delivery: string[], request: string[] } }} */ (
	await call('GET', '/faults')
);
/** The values of every setting that is a choice, and the default of every one that is a number. */
const { choices, numbers } =
	/** @type {{ choices: Record<string, Value[]>, numbers: Record<string, number> }} */ (
		await call('GET', '/dialect')
	);
const where = select('fault', 'where');
const kind = select('fault', 'kind');
const setting = select('dialect', 'name');
const choice = select('dialect', 'choice');
const number = field('dialect', 'number');
/** @type {Overview | undefined} */
let latest;

/**
 * Lists the faults in force and the settings that differ from their defaults.
 * @param {Overview} overview
 */
export function showSettings(overview) {
	if (overview === latest) return;
	const isFirst = latest === undefined;
	latest = overview;
	if (isFirst) offerValues();
	list(
		'faults',
		overview.faults.map((fault) => {
			const { route, kind, struck, times } = /** @type {Record<string, string | number | undefined>} */ (
				fault
			);
			const on = route === 'delivery' ? 'deliveries' : route;
			return `${kind} on ${on}: struck ${struck}${times === undefined ? '' : ` of ${times}`} times`;
		}),
	);
	const changed = Object.entries(overview.dialect).filter(([name, value]) => value !== defaultOf(name));
	list(
		'changes',
		changed.map(([name, value]) => `${name}: ${value}`),
	);
	const { length } = [...overview.faults, ...changed];
	setText(byId('in-force'), length > 0 ? `${length} in force` : '');
}

/** @param {string} name */
function defaultOf(name) {
	return choices[name]?.[0] ?? numbers[name];
}

/**
 * Fills a list, and shows the words before it only while it is empty.
 * @param {string} id
 * @param {string[]} entries
 */
function list(id, entries) {
	byId(id).replaceChildren(...entries.map((entry) => element('li', entry)));
	byId(`no-${id}`).hidden = entries.length > 0;
}

/** Offers the faults that can strike here, and the fields that the chosen one has. */
function offerFaults() {
	const fits = where.value === 'delivery' ? kinds.delivery : kinds.request;
	offer(kind, fits);
	const hasStatus = /^(status-|proxy-|garbage$|html$)/.test(kind.value);
	const hasWait = /^latency$|^reorder-|late/.test(kind.value);
	use(field('fault', 'route'), where.value === 'request');
	use(field('fault', 'status'), hasStatus);
	use(field('fault', 'ms'), hasWait);
}

/** Offers the values that the chosen setting can have, with the one in force selected. */
function offerValues() {
	const values = choices[setting.value];
	use(choice, values !== undefined);
	use(number, values === undefined);
	const now = Object.entries(latest?.dialect ?? {}).find(([name]) => name === setting.value)?.[1];
	offer(choice, values?.map(String) ?? []);
	if (values) choice.selectedIndex = values.findIndex((value) => value === now);
	else number.value = String(now);
}

offer(setting, [...Object.keys(choices), ...Object.keys(numbers)]);
setting.addEventListener('change', offerValues);
offerFaults();
where.addEventListener('change', offerFaults);
kind.addEventListener('change', offerFaults);

onSubmit(form('fault'), async ({ kind, route = 'delivery', ...fields }) => {
	/** @type {Record<string, unknown>} */
	const fault = { kind, route };
	for (const name of ['times', 'status', 'ms']) {
		if (fields[name]) fault[name] = Number(fields[name]);
	}
	await call('POST', '/faults', fault);
	return () => `Fault ${kind} injected.`;
});

onSubmit(form('dialect'), async ({ name = '' }) => {
	const value = choices[name]?.[choice.selectedIndex] ?? number.valueAsNumber;
	await call('PATCH', '/dialect', { [name]: value });
	return () => `Setting ${name} is ${value} from now on.`;
});
