// Several things measured in turns, so that what disturbs the machine disturbs all of them alike.
import { median } from '../report.mts';

const ROUND_MS = 80;

export interface Subject {
	name: string;
	/** Does the thing once. Throws if it does not come out as it has to. */
	once: () => unknown;
	/** For a refusal: whether it has to keep within the bound. */
	bounded?: boolean;
}

export interface Rounds extends Subject {
	/** The median of one time. */
	microseconds: number;
	/** How many times the first subject of the same round. */
	ratios: { median: number; least: number; most: number };
}

/** Measures each subject in every round; the first is the one that the others are compared with. */
export async function compare(subjects: Subject[], rounds: number): Promise<Rounds[]> {
	const times = subjects.map((): number[] => []);
	// The first round warms up.
	for (let round = 0; round <= rounds; round++) {
		for (const [index, { once }] of subjects.entries()) {
			const microseconds = await timeOf(once);
			if (round > 0) times[index]?.push(microseconds);
		}
	}
	return subjects.map((subject, index) => {
		const own = times[index] ?? [];
		const ratios = own.map((time, round) => time / (times[0]?.[round] ?? Number.NaN));
		return {
			...subject,
			microseconds: median(own),
			ratios: { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) },
		};
	});
}

/** The microseconds of one time, over as many as fit into a round. */
async function timeOf(once: () => unknown): Promise<number> {
	const isAsync = once() instanceof Promise;
	const start = process.hrtime.bigint();
	const end = start + BigInt(ROUND_MS) * 1_000_000n;
	let count = 0;
	let now = start;
	while (now < end) {
		for (let i = 0; i < 50; i++) {
			if (isAsync) await once();
			else once();
		}
		count += 50;
		now = process.hrtime.bigint();
	}
	return Number(now - start) / 1000 / count;
}
