// A server with a rate limit and the calls of one process, in simulated time: what the pure state machine is tested against.
import { PRIORITIES } from '../../nodes/WhiteLabelCro/client/rateLimiter.ts';
import type { Priority } from '../../nodes/WhiteLabelCro/client/rateLimiter.ts';
import { RequestQueue, STARVES_AFTER_MS } from '../../nodes/WhiteLabelCro/client/requestQueue.ts';
import type { Waiter } from '../../nodes/WhiteLabelCro/client/requestQueue.ts';
import type { Outcome } from '../../nodes/WhiteLabelCro/client/retry.ts';

export interface SimulatedServer {
	limit: number;
	windowMs: number;
	/** Whether windows begin on multiples of their length or each with its first call. */
	aligned: boolean;
	/** Of the resets that it tells; `either` is the one and the other by turns. */
	rounding: 'floor' | 'ceil' | 'either';
	/** What its clock shows more than the clients'. */
	aheadMs: number;
	/** What its answers carry; `by-writes` tells the length of windows in the write bucket only. */
	headers: 'all' | 'by-writes' | 'no-length' | 'none';
	/** What a 429 carries beyond that. */
	retryAfter: boolean;
	/** Whether a 429 carries no other headers, whatever other answers do. */
	silentRefusals?: boolean;
}

export interface SimulatedCall {
	at: number;
	/** How long it takes to arrive, and its answer to come back. */
	upMs: number;
	downMs: number;
	/** A workflow's if not told. */
	priority?: Priority;
	/** Whether it gets lost before it arrives, or its answer does. Then it is made once more. */
	lost?: 'before' | 'after';
	/** By how much the clock of the server that answers it is ahead of those of others behind the same address. */
	skewMs?: number;
	/** Whether it finds nothing: its answer then tells nothing of the limit, but it counts. */
	misses?: boolean;
	/** Another client's call, which asks nobody. */
	foreign?: boolean;
	/** Whether it is in the write bucket; all others are in the read bucket. */
	writes?: boolean;
}

interface Waiting extends Waiter {
	call: SimulatedCall;
	index: number;
}

/** One window as the server saw it. */
interface ServerWindow {
	startsAt: number;
	endsAt: number;
	limit: number;
	counted: number;
	/** How many of those were other clients', and how many of this process's it refused. */
	foreign: number;
	refused: number;
}

export interface Simulated {
	/** By the number of the call: when it was sent, of those that were answered. */
	sentAt: Map<number, number>;
	doneAt: Map<number, number>;
	/** How often the process itself was refused. */
	refused: number;
	/** Those of the read bucket, in the clients' time. */
	windows: ServerWindow[];
	/** The longest that calls of the read bucket waited and none was under way, though the server would have taken one. */
	idleMs: number;
}

/** When the package gives up a call. */
const DEADLINE_MS = 60_000;
const MOST_STEPS = 50_000;

/**
 * Lets the calls run against the server until each has its answer.
 * @param change called with each answer's time: may change the server
 * @throws Error if somebody waits for ever
 */
export function simulate(
	server: SimulatedServer,
	calls: SimulatedCall[],
	change: (now: number, server: SimulatedServer) => void = () => undefined,
): Simulated {
	const queues = { read: new RequestQueue(), write: new RequestQueue() };
	const queueFor = ({ writes }: SimulatedCall) => (writes ? queues.write : queues.read);
	const writeWindows: ServerWindow[] = [];
	const result: Simulated = { sentAt: new Map(), doneAt: new Map(), refused: 0, windows: [], idleMs: 0 };
	const events: Array<{ at: number; run: () => void }> = [];
	let now = 0;
	const schedule = (at: number, run: () => void) => {
		const next = events.findIndex((event) => event.at > at);
		events.splice(next < 0 ? events.length : next, 0, { at, run });
	};

	let served = 0;
	/** Counts a call that arrives, and gives the answer's status and headers. */
	const serve = ({
		misses,
		writes,
		foreign,
		skewMs = 0,
	}: SimulatedCall): { statusCode: number; headers: Record<string, string> } => {
		change(now, server);
		const time = now + server.aheadMs;
		const ofBucket = writes ? writeWindows : result.windows;
		let window = ofBucket.at(-1);
		if (window === undefined || now >= window.endsAt) {
			const start = server.aligned ? Math.floor(time / server.windowMs) * server.windowMs : time;
			const startsAt = start - server.aheadMs;
			window = {
				startsAt,
				endsAt: startsAt + server.windowMs,
				limit: server.limit,
				counted: 0,
				foreign: 0,
				refused: 0,
			};
			ofBucket.push(window);
		}
		window.limit = server.limit;
		const allowed = window.counted < window.limit;
		if (allowed) window.counted += 1;
		if (allowed && foreign) window.foreign += 1;
		if (!allowed && !foreign) window.refused += 1;
		served += 1;
		const date = new Date(time + skewMs).toUTCString();
		if (allowed && misses) return { statusCode: 404, headers: { date } };
		const tellsLength = server.headers === 'all' || (server.headers === 'by-writes' && writes);
		const tells = server.headers !== 'none' && (allowed || !server.silentRefusals);
		const rounding = server.rounding === 'either' ? (served % 2 ? 'floor' : 'ceil') : server.rounding;
		const reset = Math[rounding]((window.endsAt + server.aheadMs + skewMs) / 1000);
		return {
			statusCode: allowed ? 200 : 429,
			headers: {
				date,
				...(tells && {
					'x-ratelimit-limit': String(window.limit),
					'x-ratelimit-remaining': String(window.limit - window.counted),
					'x-ratelimit-reset': String(reset),
				}),
				...(tells && tellsLength && { 'x-ratelimit-window': lengthOf(server.windowMs) }),
				...(!allowed &&
					server.retryAfter && { 'retry-after': String(Math.ceil((window.endsAt - now) / 1000)) }),
			},
		};
	};

	/** How many calls of the read bucket wait, and are under way. */
	let [reads, readsUnderWay] = [0, 0];
	let idleSince: number | undefined;
	const watchIdleness = (until: number) => {
		const window = result.windows.at(-1);
		const isUsedUp = window !== undefined && window.counted >= window.limit;
		const opensAt = isUsedUp ? Math.max(now, window.endsAt) : now;
		if (reads === readsUnderWay || readsUnderWay > 0 || opensAt >= until) idleSince = undefined;
		else result.idleMs = Math.max(result.idleMs, until - (idleSince ??= opensAt));
	};

	const send = (waiting: Waiting) => {
		const { call, index } = waiting;
		const sentAt = now;
		if (!call.writes) readsUnderWay += 1;
		const end = (outcome: Outcome) => {
			const { reservation } = waiting;
			if (reservation === undefined) throw new Error('A call without a reservation');
			waiting.reservation = undefined;
			if (!call.writes) readsUnderWay -= 1;
			queueFor(call).limiter.record(reservation, outcome, now);
			const answered = outcome.kind === 'answer' && outcome.answer.statusCode !== 429;
			if (answered) {
				if (!call.writes) reads -= 1;
				result.sentAt.set(index, sentAt);
				result.doneAt.set(index, now);
			} else {
				if (outcome.kind === 'answer') result.refused += 1;
				queueFor(call).enqueue(waiting, now);
			}
		};
		const lost = () => {
			waiting.call = { ...call, lost: undefined };
			end({ kind: 'networkError', arrived: 'maybe', failure: undefined });
		};
		if (call.lost === 'before') schedule(now + DEADLINE_MS, lost);
		else {
			schedule(now + call.upMs, () => {
				const answer = { ...serve(call), body: undefined };
				if (call.lost === 'after') schedule(sentAt + DEADLINE_MS, lost);
				else
					schedule(now + call.downMs, () => {
						end({ kind: 'answer', answer });
					});
			});
		}
	};

	for (const [index, call] of calls.entries()) {
		schedule(call.at, () => {
			if (call.foreign) {
				serve(call);
				result.doneAt.set(index, now);
				return;
			}
			const waiting: Waiting = {
				call,
				index,
				priority: call.priority ?? 'workflow',
				onGrant: () => {
					send(waiting);
				},
			};
			if (!call.writes) reads += 1;
			queueFor(call).enqueue(waiting, now);
			// As a waiter does, who asks again every second: by then it counts as more urgent.
			schedule(now + STARVES_AFTER_MS, () => undefined);
		});
	}

	for (let steps = 0; result.doneAt.size < calls.length; steps++) {
		if (steps > MOST_STEPS) throw new Error('Somebody waits for ever');
		for (const queue of Object.values(queues)) queue.drain(now);
		// As the waiters do: they ask again when it may have opened for any of them.
		const opens = Object.values(queues)
			.flatMap(({ limiter }) => PRIORITIES.map((priority) => limiter.availability(now, priority).opensAt))
			.filter((at) => at > now);
		const next = Math.min(events[0]?.at ?? Infinity, ...opens);
		if (next === Infinity) throw new Error('Somebody waits for what will not happen');
		watchIdleness(next);
		now = next;
		if (events[0]?.at === now) events.shift()?.run();
	}
	return result;
}

function lengthOf(ms: number): string {
	if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
	return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`;
}
