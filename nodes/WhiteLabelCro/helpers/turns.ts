/** For each key the end of the last one in line for it. */
const lines = new Map<string, Promise<void>>();

/**
 * Does work when all that asked for one of these keys before have ended theirs: first come, first served, in this process.
 * @param keys of what the work must not do at the same time as another
 * @param signal ends the wait for the turn, and with it the work; what has begun is not interrupted
 * @throws the signal's reason, or what the work throws
 */
export async function inTurn<T>(keys: string[], work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
	// All at once, so that two with several keys never wait for each other.
	const before = Promise.all(keys.map((key) => lines.get(key)));
	let end: () => void = () => undefined;
	const ended = new Promise<void>((resolve) => {
		end = resolve;
	});
	for (const key of keys) lines.set(key, ended);
	const leave = () => {
		for (const key of keys) if (lines.get(key) === ended) lines.delete(key);
		end();
	};
	const turn = unlessAborted(before, signal);
	// Those behind one that gave up still have to wait for those before it.
	void turn.catch(() => before.then(leave));
	await turn;
	try {
		return await work();
	} finally {
		leave();
	}
}

async function unlessAborted(wait: Promise<unknown>, signal?: AbortSignal): Promise<void> {
	signal?.throwIfAborted();
	let abort: () => void = () => undefined;
	const aborted = new Promise<never>((_resolve, reject) => {
		abort = () => {
			reject(signal?.reason as Error);
		};
	});
	signal?.addEventListener('abort', abort);
	try {
		await Promise.race([wait, aborted]);
	} finally {
		signal?.removeEventListener('abort', abort);
	}
}
