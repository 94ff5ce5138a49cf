// Looks for a text in everything that a stopped n8n has left on disk.
import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Installation } from '../../scripts/real-n8n/install.mts';

/** The files below a folder whose bytes hold the text, by their path in it. */
export async function filesWith(text: string, folder: string): Promise<string[]> {
	const entries = await readdir(folder, { recursive: true, withFileTypes: true });
	const found: string[] = [];
	for (const entry of entries.filter((candidate) => candidate.isFile())) {
		const file = join(entry.parentPath, entry.name);
		if ((await readFile(file)).includes(text)) found.push(relative(folder, file));
	}
	return found;
}

/** Run by the Node that runs n8n, with n8n's own driver; a text in a BLOB counts too. */
const SEARCH = `
	const { promisify } = require('node:util');
	const [driver, file, text] = process.argv.slice(1);
	const sqlite = require(driver);
	const database = new sqlite.Database(file, sqlite.OPEN_READONLY);
	const all = promisify(database.all.bind(database));
	const search = async () => {
		const found = new Set();
		for (const { name } of await all("SELECT name FROM sqlite_master WHERE type = 'table'"))
			for (const row of await all('SELECT * FROM "' + name + '"'))
				for (const [column, value] of Object.entries(row))
					if (value !== null && Buffer.from(typeof value === 'object' ? value : String(value)).includes(text))
						found.add(name + '.' + column);
		console.log(JSON.stringify([...found]));
	};
	search();`;

/** The columns of an SQLite database that hold the text, as "table.column". */
export async function columnsWith(
	text: string,
	database: string,
	{ node, n8n }: Installation,
): Promise<string[]> {
	const driver = createRequire(n8n).resolve('sqlite3');
	const { stdout } = await promisify(execFile)(node, ['-e', SEARCH, driver, database, text], {
		maxBuffer: 1024 * 1024,
	});
	return JSON.parse(stdout) as string[];
}
