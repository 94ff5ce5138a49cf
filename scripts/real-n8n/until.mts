import { setTimeout as sleep } from 'node:timers/promises';
import { patience, slowness } from './patience.mts';

/** How often it asks at most on a quiet machine. */
const POLL_MS = 100;
/** What has taken long may take a fiftieth of that longer: asking takes the time of a core, too. */
const LONGER = 50;

/**
 * Asks until there is an answer, and returns it. Rejects, naming `what` it waited for, when patience is out with what takes
 * `quietMs` on a quiet machine.
 */
export async function until<T>(
	what: string,
	quietMs: number,
	ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
	const started = performance.now();
	for (;;) {
		const answer = await ask();
		if (answer !== undefined) return answer;
		const waited = performance.now() - started;
		if (waited > patience(quietMs))
			throw new Error(`Gave up waiting for ${what} after ${Math.round(waited / 1000)} seconds.`);
		await sleep(Math.max(POLL_MS * slowness(), waited / LONGER));
	}
}
