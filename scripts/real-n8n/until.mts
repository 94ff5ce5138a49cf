import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/** Asks until there is an answer, and returns it. Rejects after `timeoutMs`, naming `what` it waited for. */
export async function until<T>(
	what: string,
	timeoutMs: number,
	ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
	const end = Date.now() + timeoutMs;
	for (;;) {
		const answer = await ask();
		if (answer !== undefined) return answer;
		if (Date.now() > end) throw new Error(`Gave up waiting for ${what} after ${timeoutMs / 1000} seconds.`);
		await sleep(POLL_MS);
	}
}
