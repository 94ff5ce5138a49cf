// Work on the database of a real n8n.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Installation } from './install.mts';

const GIVEN = `
	const [driver, file, value] = process.argv.slice(1);
	const sqlite = require(driver);`;

/**
 * Runs a script in a process of its own, by the Node that runs n8n, with n8n's own driver.
 * @param home n8n's user folder
 * @param script finds the driver as `sqlite`, the path of the database as `file`, and `value` as it was given
 */
export function sqliteScript({ node, n8n }: Installation, home: string, script: string, value = '') {
	const driver = createRequire(n8n).resolve('sqlite3');
	const file = join(home, '.n8n/database.sqlite');
	return promisify(execFile)(node, ['-e', GIVEN + script, driver, file, value]);
}
