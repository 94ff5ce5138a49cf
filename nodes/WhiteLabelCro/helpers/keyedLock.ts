/** A lock on some keys: first come, first served, in this process. */
export class KeyedLock {
	private readonly ends: Array<() => void> = [];

	/** Whether others still hold one of the keys. */
	isWaiting = false;

	/** @param last for each key the end of the last one that waits for it; it keeps no key that nobody waits for */
	constructor(private readonly last: Map<string, Promise<void>>) {}

	/**
	 * Waits until all that asked for one of these keys before have left.
	 * @param signal ends the wait
	 * @throws the signal's reason
	 */
	async acquire(keys: string[], signal: AbortSignal): Promise<void> {
		// All at once, so that two with several keys never wait for each other.
		const before = Promise.all(keys.map((key) => this.last.get(key)));
		const ended = new Promise<void>((resolve) => {
			// Those behind one that gave up still have to wait for those before it.
			this.ends.push(() => {
				void before.then(() => {
					resolve();
				});
			});
		});
		for (const key of keys) this.last.set(key, ended);
		void ended.then(() => {
			for (const key of keys) if (this.last.get(key) === ended) this.last.delete(key);
		});
		this.isWaiting = true;
		await unlessAborted(before, signal);
		this.isWaiting = false;
	}

	/** Lets the next begin. */
	release(): void {
		for (const end of this.ends.splice(0)) end();
	}
}

async function unlessAborted(wait: Promise<unknown>, signal: AbortSignal): Promise<void> {
	let abort: () => void = () => undefined;
	const aborted = new Promise<never>((_resolve, reject) => {
		abort = () => {
			reject(signal.reason as Error);
		};
	});
	// Its own, since Node warns of a leak when more than ten listen to one.
	const own = AbortSignal.any([signal]);
	own.addEventListener('abort', abort);
	try {
		await Promise.race([wait, aborted]);
		signal.throwIfAborted();
	} finally {
		own.removeEventListener('abort', abort);
	}
}
