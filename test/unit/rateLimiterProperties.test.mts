import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { PRIORITIES } from '../../nodes/WhiteLabelCro/client/rateLimiter.ts';
import type { Priority } from '../../nodes/WhiteLabelCro/client/rateLimiter.ts';
import { RequestQueue } from '../../nodes/WhiteLabelCro/client/requestQueue.ts';
import { simulate } from './simulatedLimit.mts';
import type { Waiter } from '../../nodes/WhiteLabelCro/client/requestQueue.ts';
import type { Outcome } from '../../nodes/WhiteLabelCro/client/retry.ts';
import type { Simulated, SimulatedCall, SimulatedServer } from './simulatedLimit.mts';

const START = 1_000_000;
const raise = () => {
	throw new Error('Nothing is there');
};
/** As many as may be refused in a window where the API does not do what it documents. */
const HANDFUL = 5;

const quickly = fc.integer({ min: 1, max: 400 });
/** Up to half a minute for a call and its answer: answers overtake each other, and come back windows later. */
const latency = fc.oneof(
	{ weight: 3, arbitrary: quickly },
	{ weight: 1, arbitrary: fc.integer({ min: 1, max: 15_000 }) },
);
const callOf = (ms: fc.Arbitrary<number>) =>
	fc.record({
		at: fc.oneof(fc.constant(START), fc.integer({ min: START, max: START + 60_000 })),
		upMs: ms,
		downMs: ms,
		priority: fc.constantFrom(...PRIORITIES),
	});
const call = callOf(latency);
const quick = callOf(quickly);
/** Up to 150 of these, and as many as that, too: without its size, fast-check makes a dozen. */
const runOf = <T,>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 150, size: 'max' });
const ofMinutes: fc.Arbitrary<SimulatedServer> = fc.record({
	limit: fc.integer({ min: 1, max: 60 }),
	windowMs: fc.constantFrom(10_000, 30_000, 60_000, 3_600_000),
	aligned: fc.constant(true),
	rounding: fc.constantFrom('floor', 'ceil'),
	aheadMs: fc.oneof(fc.integer({ min: -2500, max: 2500 }), fc.integer({ min: -86_400_000, max: 86_400_000 })),
	headers: fc.constant('all'),
	retryAfter: fc.boolean(),
	silentRefusals: fc.boolean(),
});
const ofSeconds = fc
	.tuple(ofMinutes, fc.constantFrom(1000, 2000, 3000, 6000), fc.boolean())
	.map(([server, windowMs, aligned]) => ({ ...server, windowMs, aligned }));

const holds = <T,>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void) => {
	// The same runs each time, so that nothing but a change can fail them.
	fc.assert(fc.property(arbitrary, property), { numRuns: 100, endOnFailure: true, seed: 20_261_130 });
};
/** How often this process was refused in windows of which nobody else took a call. */
const ownFault = ({ windows }: Simulated) =>
	windows.reduce((total, { refused, foreign }) => total + (foreign > 0 ? 0 : refused), 0);
/** How often it was refused in the worst window but those; of a longer window in a minute of it. */
const worst = ({ windows }: Simulated, but = 0) =>
	windows
		.map(({ refused, startsAt, endsAt }) => refused / Math.max(1, (endsAt - startsAt) / 60_000))
		.sort((a, b) => b - a)[but] ?? 0;

describe('where the API does what it documents', () => {
	const sharedBy = (one: fc.Arbitrary<SimulatedCall>) =>
		runOf(fc.tuple(one, fc.integer({ min: 0, max: 4 }))).map((run) =>
			run.map(([own, of5]): SimulatedCall => ({ ...own, foreign: of5 === 0 })),
		);
	const shared = sharedBy(call);
	const lossy = runOf(
		fc.tuple(call, fc.constantFrom(undefined, undefined, 'before' as const, 'after' as const)),
	).map((run) => run.map(([one, lost]): SimulatedCall => ({ ...one, lost })));
	/** Before the first answer nobody knows of a limit: of a smaller one, slow answers use up more. */
	const ofTen = fc
		.tuple(ofMinutes, fc.integer({ min: 10, max: 60 }), fc.boolean())
		.map(([server, limit, aligned]) => ({ ...server, limit, aligned }));

	/**
	 * Windows that begin at any time may look for a while as if they began on multiples of their length: each that begins with
	 * a call that waited for it follows within a second, which resets that are rounded do not show.
	 */
	const inAll = ({ aligned }: SimulatedServer) => (aligned ? 0 : HANDFUL);

	it('none is refused in a window that nobody else uses, though answers take half a minute; a handful where windows begin at any time', () => {
		holds(fc.tuple(ofTen, shared), ([server, run]) => {
			expect(ownFault(simulate(server, run))).toBeLessThanOrEqual(inAll(server));
		});
	});

	it('none is refused though half of the calls or their answers are lost, and hold a place for a minute; a handful where windows begin at any time', () => {
		holds(fc.tuple(ofTen, lossy), ([server, run]) => {
			expect(ownFault(simulate(server, run))).toBeLessThanOrEqual(inAll(server));
		});
	});

	it('at most ten are refused in a minute in which others use up the limit, or where a limit is less than ten', () => {
		holds(fc.tuple(ofMinutes, fc.boolean(), fc.oneof(shared, lossy)), ([server, aligned, run]) => {
			expect(worst(simulate({ ...server, aligned }, run))).toBeLessThanOrEqual(2 * HANDFUL);
		});
	});

	it("no window is left unused for three seconds while people's calls wait", () => {
		const people = runOf(quick).map((run) => run.map((one) => ({ ...one, priority: 'person' as const })));
		holds(fc.tuple(ofMinutes, fc.boolean(), people), ([server, aligned, run]) => {
			expect(simulate({ ...server, aligned }, run).idleMs).toBeLessThan(3000);
		});
	});

	/** A run of workflow calls that uses up some windows, and one call of another kind in the middle of it. */
	const amid = (priority: Priority) =>
		fc
			.tuple(runOf(quick), fc.integer({ min: START + 2000, max: START + 60_000 }))
			.map(([run, at]): SimulatedCall[] => [
				{ at, upMs: 20, downMs: 20, priority },
				...run.map((one) => ({ ...one, priority: 'workflow' as const })),
			]);

	it("a person's call goes in some seconds, however many calls of workflows wait", () => {
		const limit = fc.integer({ min: 20, max: 60 });
		holds(fc.tuple(ofMinutes, limit, fc.boolean(), amid('person')), ([server, most, aligned, run]) => {
			const { doneAt } = simulate({ ...server, limit: most, aligned }, run);
			// A window's last five seconds, and the call that finds out what is left of the next.
			expect((doneAt.get(0) ?? Infinity) - (run[0]?.at ?? 0)).toBeLessThan(7000);
		});
	});

	it('a call in the background goes in the next window but one, however many calls of workflows wait', () => {
		holds(fc.tuple(ofMinutes, fc.boolean(), amid('background')), ([server, aligned, run]) => {
			const { doneAt } = simulate({ ...server, aligned }, run);
			expect((doneAt.get(0) ?? Infinity) - (run[0]?.at ?? 0)).toBeLessThan(2 * (server.windowMs + 5000));
		});
	});

	it('of those as urgent, those that come first are sent first', () => {
		// Of a limit of a few, a later call that finds out in place of one without an answer may be counted first.
		holds(fc.tuple(ofTen, runOf(call)), ([server, run]) => {
			const { sentAt } = simulate({ ...server, aligned: true }, run);
			for (const priority of PRIORITIES) {
				const ofThese = run
					.map((one, index) => ({ ...one, index }))
					.filter((one) => one.priority === priority)
					.sort((a, b) => a.at - b.at || a.index - b.index)
					.map(({ index }) => sentAt.get(index) ?? 0);
				expect(ofThese).toEqual(ofThese.toSorted((a, b) => a - b));
			}
		});
	});

	it('nobody waits while calls are left: a window that somebody waits through is used up', () => {
		holds(fc.tuple(ofMinutes, fc.boolean(), sharedBy(quick)), ([server, aligned, run]) => {
			const urgent = run.map((one) => ({
				...one,
				priority: one.priority === 'background' ? ('workflow' as const) : one.priority,
			}));
			const { sentAt, windows } = simulate({ ...server, aligned, silentRefusals: false }, urgent);
			for (const { startsAt, endsAt, limit, counted } of windows) {
				// It is known to have begun three seconds later at the latest.
				const waitedThrough = urgent.some(
					({ at }, index) => at <= startsAt + 3000 && (sentAt.get(index) ?? 0) > endsAt,
				);
				if (waitedThrough) expect(counted).toBe(limit);
			}
		});
	});
});

describe('where it does something else', () => {
	const missing = runOf(fc.tuple(call, fc.integer({ min: 0, max: 9 }))).map((run) => [
		{ at: START - 4000, upMs: 1, downMs: 1 },
		...run.map(([one, of10]) => ({ ...one, misses: of10 > 0 })),
	]);

	it('at most five are refused where most answers tell nothing, once one has told', () => {
		holds(fc.tuple(ofMinutes, fc.boolean(), missing), ([server, aligned, run]) => {
			expect(worst(simulate({ ...server, aligned }, run))).toBeLessThanOrEqual(HANDFUL);
		});
	});

	it('at most ten are in a minute where most answers tell nothing, and none the length of windows', () => {
		holds(fc.tuple(ofMinutes, fc.boolean(), missing), ([server, aligned, run]) => {
			const windowMs = Math.min(60_000, server.windowMs);
			const result = simulate({ ...server, windowMs, aligned, headers: 'no-length' }, run);
			expect(worst(result)).toBeLessThanOrEqual(2 * HANDFUL);
		});
	});

	it('at most ten are in a minute, but the worst, where no answer tells anything', () => {
		holds(fc.tuple(ofMinutes, fc.boolean(), runOf(quick)), ([server, aligned, run]) => {
			const windowMs = Math.min(60_000, server.windowMs);
			const result = simulate({ ...server, windowMs, aligned, headers: 'none' }, run);
			expect(worst(result, 1)).toBeLessThanOrEqual(2 * HANDFUL);
		});
	});

	it('at most ten are in a minute where several servers answer, whose clocks are apart', () => {
		const skewed = runOf(fc.tuple(call, fc.integer({ min: 0, max: 3 })));
		const skews = fc.array(fc.integer({ min: -60_000, max: 60_000 }), { minLength: 4, maxLength: 4 });
		holds(fc.tuple(ofMinutes, fc.boolean(), skews, skewed), ([server, aligned, ofServers, run]) => {
			const calls = run.map(([one, by]) => ({ ...one, skewMs: ofServers[by] }));
			expect(worst(simulate({ ...server, aligned }, calls))).toBeLessThanOrEqual(2 * HANDFUL);
		});
	});

	it('at most five are where windows are shorter than ten seconds', () => {
		holds(fc.tuple(ofSeconds, runOf(call)), ([server, run]) => {
			expect(worst(simulate(server, run))).toBeLessThanOrEqual(HANDFUL);
		});
	});

	it('at most five are in all when a clock is set', () => {
		const at = fc.integer({ min: START, max: START + 60_000 });
		const byMs = fc.integer({ min: -3_600_000, max: 3_600_000 });
		holds(fc.tuple(ofMinutes, runOf(call), at, byMs), ([server, run, setAt, setBy]) => {
			const result = simulate({ ...server }, run, (now, changing) => {
				changing.aheadMs = server.aheadMs + (now >= setAt ? setBy : 0);
			});
			expect(result.refused).toBeLessThanOrEqual(HANDFUL);
		});
	});

	it('every call gets its answer, and at most ten are refused in a minute but the two worst, whatever comes together', () => {
		const any = fc.record({
			at: call.map(({ at }) => at),
			upMs: latency,
			downMs: latency,
			priority: fc.constantFrom(...PRIORITIES),
			foreign: fc.boolean(),
			misses: fc.boolean(),
			writes: fc.boolean(),
			lost: fc.constantFrom(undefined, undefined, 'before' as const, 'after' as const),
			skewMs: fc.constantFrom(0, 0, 0, 40_000),
		}) satisfies fc.Arbitrary<SimulatedCall>;
		const setups = fc.record({
			server: fc.oneof(ofMinutes, ofSeconds),
			aligned: fc.boolean(),
			headers: fc.constantFrom('all' as const, 'by-writes' as const, 'no-length' as const, 'none' as const),
			silentRefusals: fc.boolean(),
			laterLimit: fc.integer({ min: 1, max: 60 }),
			changesAt: fc.integer({ min: START, max: START + 60_000 }),
		});
		holds(fc.tuple(setups, runOf(any)), ([setup, run]) => {
			const { aligned, headers, silentRefusals, laterLimit, changesAt } = setup;
			const windowMs = Math.min(60_000, setup.server.windowMs);
			const simulated: SimulatedServer = { ...setup.server, windowMs, aligned, headers, silentRefusals };
			const result = simulate(simulated, run, (now, changing) => {
				if (now >= changesAt) changing.limit = laterLimit;
			});
			expect(result.doneAt.size).toBe(run.length);
			// When it is refused for the first time, and when the limit is lowered, all that are under way are.
			expect(worst(result, 2)).toBeLessThanOrEqual(2 * HANDFUL);
		});
	});

	/** Answers without rhyme or reason; times are in seconds from when they are made. */
	const answer = fc.record({
		statusCode: fc.constantFrom(200, 200, 401, 404, 429, 429, 503),
		remaining: fc.option(fc.integer({ min: -50, max: 200 })),
		limit: fc.integer({ min: 0, max: 200 }),
		/** Also in 1970, and beyond all dates. */
		reset: fc.oneof(fc.integer({ min: -10, max: 100 }), fc.constantFrom(-2e9, 1e13)),
		date: fc.constantFrom(0, 0, 0, -3600, 3600, 3),
		window: fc.constantFrom('', '0s', '1ms', '1s', '10s', '1m', '1h', '24h'),
		retryAfter: fc.option(fc.constantFrom(0, 0, 1, 100, 86_400)),
	});

	it('at most a thousand a minute are of an API that answers without rhyme or reason, and tells of windows of a second', () => {
		const latencyMs = 50;
		const answers = fc.array(answer, { minLength: 1, maxLength: 20, size: 'max' });
		holds(answers, (given) => {
			const queue = new RequestQueue();
			const underWay: Array<{ at: number; run: () => void }> = [];
			let [now, served, refused] = [START, 0, 0];
			const send = (waiter: Waiter) => {
				const { reservation } = waiter;
				const { statusCode, remaining, limit, reset, date, window, retryAfter } =
					given[served++ % given.length] ?? raise();
				const at = (seconds: number) => Math.floor(now / 1000) + seconds;
				const headers = {
					date: new Date(at(date) * 1000).toUTCString(),
					...(remaining !== null && {
						'x-ratelimit-remaining': String(remaining),
						'x-ratelimit-limit': String(limit),
						'x-ratelimit-reset': String(at(reset)),
						...(window !== '' && { 'x-ratelimit-window': window }),
					}),
					...(retryAfter !== null && { 'retry-after': String(retryAfter) }),
				};
				if (statusCode === 429) refused += 1;
				underWay.push({
					at: now + latencyMs,
					run: () => {
						waiter.reservation = undefined;
						const outcome: Outcome = { kind: 'answer', answer: { statusCode, headers, body: undefined } };
						queue.limiter.record(reservation ?? raise(), outcome, now);
						queue.enqueue(waiter, now);
					},
				});
			};
			for (let nth = 0; nth < 50; nth++) {
				const waiter: Waiter = {
					priority: 'workflow',
					onGrant: () => {
						send(waiter);
					},
				};
				queue.enqueue(waiter, now);
			}
			const end = START + 10 * 60_000;
			while (now < end && served < 5000) {
				queue.drain(now);
				const { opensAt } = queue.limiter.availability(now, 'workflow');
				now = Math.min(underWay[0]?.at ?? Infinity, Math.max(opensAt, now + 1), end);
				while (underWay[0] !== undefined && underWay[0].at <= now) underWay.shift()?.run();
			}
			expect(refused / Math.max(1, (now - START) / 60_000)).toBeLessThanOrEqual(1000);
		});
	});
});
