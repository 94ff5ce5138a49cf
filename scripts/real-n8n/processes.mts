import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

interface StartOptions {
	cwd: string;
	env: NodeJS.ProcessEnv;
	/** Path of the file to which standard output and standard error are appended. */
	log: string;
}

interface RunOptions extends StartOptions {
	signal?: AbortSignal;
	timeoutMs?: number;
}

/**
 * Starts a command as the head of a process group of its own, so that what it starts can be ended together with it,
 * and so that Ctrl-C in the terminal reaches only this program, which then ends things in order.
 */
export function startProcess(command: string, args: string[], { cwd, env, log }: StartOptions): ChildProcess {
	const file = openSync(log, 'a');
	try {
		return spawn(command, args, {
			cwd,
			env,
			stdio: ['ignore', file, file],
			detached: process.platform !== 'win32',
			windowsHide: true,
		});
	} finally {
		closeSync(file);
	}
}

/** The exit code of a process, null after a signal; rejects if it could not be started. */
export function exitOf(child: ChildProcess): Promise<number | null> {
	return new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('exit', resolve);
	});
}

/**
 * Ends a process of `startProcess`: SIGTERM (or another signal) to it, and after `graceMs` (or when it is gone) SIGKILL to
 * what is left of its group; without a grace SIGKILL at once. Resolves when the process is gone.
 */
export async function endProcess(
	child: ChildProcess,
	graceMs: number,
	signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
	if (child.pid === undefined) return;
	const gone = new Promise((resolve) => child.once('exit', resolve));
	if (child.exitCode === null && child.signalCode === null) {
		if (graceMs > 0) child.kill(signal);
		else killGroup(child);
		const timer = setTimeout(() => {
			killGroup(child);
		}, graceMs);
		await gone;
		clearTimeout(timer);
	}
	killGroup(child);
}

function killGroup(child: ChildProcess) {
	if (child.pid === undefined) return;
	if (process.platform === 'win32') {
		child.kill('SIGKILL');
		return;
	}
	try {
		process.kill(-child.pid, 'SIGKILL');
	} catch (error) {
		// ESRCH: nobody is left in the group, which is what was wanted.
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
	}
}

/**
 * Runs a command to its end. Rejects when it fails, takes longer than `timeoutMs` or is aborted through `signal`; the
 * command and all that it started are ended then.
 */
export async function run(command: string, args: string[], options: RunOptions): Promise<void> {
	options.signal?.throwIfAborted();
	const child = startProcess(command, args, options);
	const end = () => void endProcess(child, 2000);
	const timer = options.timeoutMs === undefined ? undefined : setTimeout(end, options.timeoutMs);
	options.signal?.addEventListener('abort', end);
	try {
		const code = await exitOf(child);
		options.signal?.throwIfAborted();
		if (code !== 0) throw new Error(`"${[command, ...args].join(' ')}" ended with exit code ${String(code)}`);
	} finally {
		clearTimeout(timer);
		options.signal?.removeEventListener('abort', end);
	}
}

/** The last `count` lines of a log file, or an empty text if there is none. */
export async function tail(log: string, count: number): Promise<string> {
	const text = await readFile(log, 'utf8').catch(() => '');
	return text.trimEnd().split('\n').slice(-count).join('\n');
}
