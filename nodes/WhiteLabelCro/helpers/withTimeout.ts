import { sleep } from 'n8n-workflow';

/** What work gives, or undefined if it takes longer, in milliseconds: it is not ended then. Rejects if the work does before. */
export async function withTimeout<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
	const timer = new AbortController();
	try {
		return await Promise.race([work, sleep(ms, timer.signal).then(() => undefined)]);
	} finally {
		timer.abort();
	}
}
