import { existsSync } from 'node:fs';
import { tail } from './processes.mts';

/** What the output of a failed installation means to the person in front of it; the first match counts. */
const CAUSES: Array<[RegExp, string]> = [
	[
		// 228 is what npm ends with when not even its output can be written any more.
		/ENOSPC|no space left|exit code 228/i,
		'The disk is full. The installation takes about 3 GB, and some more while it is made.',
	],
	[
		/EACCES|EPERM|EROFS|ENOTDIR/,
		'The cache folder cannot be written. N8N_NODES_WHITELABELCRO_CACHE may name another one.',
	],
	[
		/gyp ERR!|not found: make|find Python/i,
		"n8n's database driver could not be compiled. It needs Python 3, make and a C++ compiler.",
	],
	[
		/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|network/i,
		'The npm registry could not be reached. Is there a network connection, and does it need a proxy?',
	],
	[
		/E404|ETARGET|notarget/,
		'The npm registry does not have a package of this version. On a platform for which npm offers no Node of this version, install Node 24 (for n8n 2.8: Node 20) and start again.',
	],
];

/** A message for the user: the error, its likely cause as read from the log, and where the log is. */
export async function explainInstallFailure(error: unknown, log: string): Promise<string> {
	const reason = error instanceof Error ? error.message : String(error);
	const output = await tail(log, 60);
	const cause = CAUSES.find(([pattern]) => pattern.test(`${output}\n${reason}`))?.[1];
	return [
		`n8n could not be installed: ${reason}`,
		...(cause === undefined ? [] : [`Likely cause: ${cause}`]),
		...(existsSync(log) ? [`The whole output is in ${log}`] : []),
	].join('\n');
}
