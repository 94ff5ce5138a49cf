// Looks for a text in everything that a stopped n8n has left on disk.
import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';

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

/** Run by Node 24, which can read SQLite by itself; a text in a BLOB counts too. */
const SEARCH = `
	const { DatabaseSync } = require('node:sqlite');
	const [file, text] = process.argv.slice(1);
	const database = new DatabaseSync(file, { readOnly: true });
	const found = new Set();
	for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all())
		for (const row of database.prepare('SELECT * FROM "' + name + '"').iterate())
			for (const [column, value] of Object.entries(row))
				if (value !== null && Buffer.from(typeof value === 'object' ? value : String(value)).includes(text))
					found.add(name + '.' + column);
	console.log(JSON.stringify([...found]));`;

/** The columns of an SQLite database that hold the text, as "table.column". @param node the Node that runs n8n */
export async function columnsWith(text: string, database: string, node: string): Promise<string[]> {
	const { stdout } = await promisify(execFile)(node, ['-e', SEARCH, database, text], {
		maxBuffer: 1024 * 1024,
	});
	return JSON.parse(stdout) as string[];
}
