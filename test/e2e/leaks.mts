// Looks for a text in everything that a stopped n8n has left on disk.
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Installation } from '../../scripts/real-n8n/install.mts';
import { sqliteScript } from '../../scripts/real-n8n/sqliteScript.mts';

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

/** A text in a BLOB counts too. */
const SEARCH = `
	const { promisify } = require('node:util');
	const database = new sqlite.Database(file, sqlite.OPEN_READONLY);
	const all = promisify(database.all.bind(database));
	const search = async () => {
		const found = new Set();
		for (const { name } of await all("SELECT name FROM sqlite_master WHERE type = 'table'"))
			for (const row of await all('SELECT * FROM "' + name + '"'))
				for (const [column, cell] of Object.entries(row))
					if (cell !== null && Buffer.from(typeof cell === 'object' ? cell : String(cell)).includes(value))
						found.add(name + '.' + column);
		console.log(JSON.stringify([...found]));
	};
	search();`;

/** The columns of n8n's database that hold the text, as "table.column". */
export async function columnsWith(text: string, home: string, installation: Installation): Promise<string[]> {
	const { stdout } = await sqliteScript(installation, home, SEARCH, text);
	return JSON.parse(stdout) as string[];
}
