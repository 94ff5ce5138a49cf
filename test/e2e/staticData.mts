// n8n's static data of a workflow: one column that everything in the workflow writes as a whole.
import { ensureN8n } from '../../scripts/real-n8n/install.mts';
import { progressOn } from '../../scripts/real-n8n/progress.mts';
import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { sqliteScript } from '../../scripts/real-n8n/sqliteScript.mts';

/** Reads it from the database of an n8n, which may run. */
export async function readStaticData(home: string, { id }: Workflow): Promise<string> {
	const script = `
		const database = new sqlite.Database(file);
		database.configure('busyTimeout', 10_000);
		database.get('SELECT staticData FROM workflow_entity WHERE id = ?', value, (error, row) => {
			if (error || row === undefined) throw error ?? new Error('There is no such workflow');
			process.stdout.write(row.staticData ?? '');
		});`;
	const { stdout } = await sqliteScript(await ensureN8n(progressOn(process.stderr)), home, script, id);
	return stdout;
}

/** Puts another text in the place of one in it, as whoever writes an older copy back. Rejects if it does not hold the text. */
export async function overwriteInStaticData(
	home: string,
	{ id }: Workflow,
	text: string,
	other: string,
): Promise<void> {
	const script = `
		const [id, text, other] = JSON.parse(value);
		const database = new sqlite.Database(file);
		database.configure('busyTimeout', 10_000);
		database.run(
			'UPDATE workflow_entity SET staticData = replace(staticData, ?, ?) WHERE id = ? AND instr(staticData, ?) > 0',
			[text, other, id, text],
			function (error) {
				if (error || this.changes !== 1) throw error ?? new Error('The static data does not hold it');
			},
		);`;
	const value = JSON.stringify([id, text, other]);
	await sqliteScript(await ensureN8n(progressOn(process.stderr)), home, script, value);
}
