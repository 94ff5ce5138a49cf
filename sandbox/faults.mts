// Faults on demand: what networks and servers do that no contract mentions.

/** The kinds that fit a pattern of requests. */
export const requestKinds = [
	'latency',
	'status-before',
	'status-after',
	'status-late',
	'reset-before',
	'reset-after',
	'reset-late',
	'garbage',
	'html',
	'declined',
	'proxy-page',
	'proxy-text',
] as const;
/** The kinds that fit the route `'delivery'`. */
export const deliveryKinds = ['duplicate-delivery', 'late-delivery', 'reorder-deliveries'] as const;

/**
 * Every kind of fault. "Before" means that the request took no effect, "after" (and a garbled answer) that it did, "late"
 * that it does so some time after the answer. A declined request took none, and gets a success status with `success: false`.
 * The answer of a proxy stands in the API's place: no effect, no request id.
 */
export const faultKinds = [...requestKinds, ...deliveryKinds] as const;

/** One fault; without `times`, `every` or `probability` it strikes each time. */
export interface Fault {
	/** `'delivery'`, or a regular expression (or its source) that is tested against "METHOD /path". */
	route: string | RegExp;
	kind: (typeof faultKinds)[number];
	/** Strikes this often, then never again. */
	times?: number;
	/** Strikes every nth match only. */
	every?: number;
	/** Strikes with this probability, drawn from a generator that `seed` (default 1) makes repeatable. */
	probability?: number;
	seed?: number;
	/** The status of `status-…` (default 503), of a proxy (default 502), or of a garbled answer (default its own). */
	status?: number;
	/**
	 * How long `latency` (default 100), `late-delivery`, `reorder-deliveries` and the effect of a late write (default 1000)
	 * hold back, in real milliseconds.
	 */
	ms?: number;
}

interface Rule {
	fault: Fault;
	pattern: RegExp | undefined;
	random: () => number;
	matched: number;
	struck: number;
}

/** The faults in force. */
export class FaultBox {
	#rules: Rule[] = [];

	/** Adds a fault; throws a TypeError if its kind does not fit its route, or its pattern is no regular expression. */
	inject(fault: Fault): void {
		const isDelivery = fault.route === 'delivery';
		const kinds: readonly string[] = isDelivery ? deliveryKinds : requestKinds;
		if (!kinds.includes(fault.kind)) {
			throw new TypeError(
				`A fault on ${String(fault.route)} is one of ${kinds.join(', ')}, not ${fault.kind}`,
			);
		}
		const source = typeof fault.route === 'string' ? fault.route : fault.route.source;
		const pattern = isDelivery ? undefined : new RegExp(source);
		this.#rules.push({ fault, pattern, random: generator(fault.seed ?? 1), matched: 0, struck: 0 });
	}

	clear(): void {
		this.#rules = [];
	}

	/** The faults in force, in order, with how often each has struck. */
	list(): Record<string, unknown>[] {
		return this.#rules.map(({ fault, struck }) => ({ ...fault, route: String(fault.route), struck }));
	}

	/**
	 * What strikes this delivery or request: all latencies added up, and at most one other fault.
	 * In: `'delivery'` or "METHOD /path".
	 */
	draw(target: string): { latencyMs: number; fault?: Fault } {
		let latencyMs = 0;
		for (const rule of this.#rules) {
			const hit = rule.pattern ? rule.pattern.test(target) : target === 'delivery';
			if (!hit || !strikes(rule)) continue;
			if (rule.fault.kind !== 'latency') return { latencyMs, fault: rule.fault };
			latencyMs += rule.fault.ms ?? 100;
		}
		return { latencyMs };
	}
}

function strikes(rule: Rule): boolean {
	const { times = Infinity, every = 1, probability = 1 } = rule.fault;
	rule.matched += 1;
	const struck = rule.struck < times && rule.matched % every === 0 && rule.random() < probability;
	if (struck) rule.struck += 1;
	return struck;
}

/** Mulberry32: a repeatable generator of numbers from 0 to 1 (1 excluded). */
function generator(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
