/** How a long job tells the person at the keyboard (or a CI log) that it is alive. */
export interface Progress {
	/** Prints one line. */
	line(text: string): void;
	/** Shows the elapsed seconds of `what` until `work` settles, and passes its outcome on. */
	during<T>(what: string, work: Promise<T>): Promise<T>;
}

const LOG_FILE_INTERVAL_SECONDS = 20;

/**
 * A progress display on a stream: one line that counts the seconds on a terminal, a line every 20 seconds elsewhere.
 */
export function progressOn(stream: NodeJS.WriteStream): Progress {
	// The types promise a boolean; a stream that is no terminal has no such property at all.
	const isTerminal = Boolean(stream.isTTY);
	const line = (text: string) => {
		stream.write(`${text}\n`);
	};

	async function during<T>(what: string, work: Promise<T>): Promise<T> {
		const started = Date.now();
		const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
		const tick = () => {
			if (isTerminal) stream.write(`\r${what} … ${elapsed()} `);
			else line(`${what} … ${elapsed()}`);
		};
		if (isTerminal) tick();
		else line(`${what} …`);
		const timer = setInterval(tick, isTerminal ? 1000 : LOG_FILE_INTERVAL_SECONDS * 1000);
		try {
			const result = await work;
			line(`${isTerminal ? '\r' : ''}${what}: done in ${elapsed()} `);
			return result;
		} catch (error) {
			line(`${isTerminal ? '\r' : ''}${what}: failed after ${elapsed()} `);
			throw error;
		} finally {
			clearInterval(timer);
		}
	}

	return { line, during };
}
