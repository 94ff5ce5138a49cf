// `npm run bench -- load [rounds]`: how much of the processor's time n8n's own loader takes for this package, beside another
// community package and n8n's own nodes for another CRM. Each measurement has a fresh process on the Node and the n8n-core of
// a real n8n, in which only the package itself is not loaded yet. One measurement of each makes a round. What does not depend
// on the machine, the tarball's size and the number of modules, is what `npm run scan` bounds.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { N8N_VERSION, ensureN8n } from '../scripts/real-n8n/install.mts';
import { pack, unpack } from '../scripts/real-n8n/package.mts';
import { progressOn } from '../scripts/real-n8n/progress.mts';
import { machineLine, median, spread, table } from './report.mts';

const execute = promisify(execFile);

const ONCE = join(import.meta.dirname, 'loadOnce.mjs');
const FIRECRAWL = '@mendable/n8n-nodes-firecrawl@2.1.2';

interface Subject {
	name: string;
	folder: string;
	/** A text in the paths of the classes to load, where those are not all of the package's. */
	part?: string;
	/** The most that this package may take of its time: not slower than it was when its 90 modules took 1.35 and 0.72. */
	bound?: number;
}

interface Figures {
	ms: number;
	nodes: number;
	credentials: number;
	modules: number;
}

interface Measured extends Subject {
	figures: Figures[];
}

export async function run([rounds = '15']: string[]): Promise<void> {
	const { node, n8n } = await ensureN8n(progressOn(process.stderr));
	const n8nModules = join(n8n, '../../..');
	const folder = await mkdtemp(join(tmpdir(), 'bench-load-'));
	try {
		const tarball = await pack(process.cwd(), folder);
		const ours = { name: 'this package', folder: join(folder, 'ours') };
		await unpack(tarball, ours.folder);
		const firecrawl = { name: FIRECRAWL, folder: join(folder, 'firecrawl'), bound: 1.6 };
		await unpack(await pack(FIRECRAWL, await mkdtemp(join(folder, 'tarball-'))), firecrawl.folder);
		// Its node in both versions, its trigger and its four credentials. n8n itself takes the descriptions of its own nodes
		// from a file made at its build; here they are loaded as those of a community package are.
		const baseNodes = join(n8nModules, 'n8n-nodes-base');
		const hubspot = { name: "n8n's HubSpot", folder: baseNodes, part: '/Hubspot', bound: 0.85 };

		console.log(`${machineLine()}; n8n ${N8N_VERSION}; ${rounds} rounds\n`);
		const env = { ...process.env, NODE_PATH: n8nModules, N8N_USER_FOLDER: folder, N8N_LOG_LEVEL: 'silent' };
		const loadOnce = async ({ folder: of, part = '' }: Subject) => {
			const { stdout } = await execute(node, [ONCE, of, part], { env });
			return JSON.parse(stdout) as Figures;
		};
		const all = await measure([ours, firecrawl, hubspot], Number(rounds), loadOnce);
		console.log(report(all));
		const { size } = await stat(tarball);
		console.log(`\nThe tarball has ${(size / 1000).toFixed(1)} kB.`);

		const problems = all
			.map(({ name, bound = Infinity, figures }) => ({ name, bound, ratio: median(ratios(all, figures)) }))
			.filter(({ bound, ratio }) => ratio > bound)
			.map(({ name, bound, ratio }) => `${ratio.toFixed(2)} of the time of ${name}, not ${bound}`);
		for (const problem of problems) console.error(`More than was to be: ${problem}`);
		if (problems.length > 0) process.exitCode = 1;
	} finally {
		await rm(folder, { recursive: true });
	}
}

async function measure(
	subjects: Subject[],
	rounds: number,
	loadOnce: (subject: Subject) => Promise<Figures>,
): Promise<Measured[]> {
	const measured = subjects.map((subject): Measured => ({ ...subject, figures: [] }));
	// The first round brings the files into the system's cache. Each round begins with another subject.
	for (let round = 0; round <= rounds; round++) {
		for (let turn = 0; turn < subjects.length; turn++) {
			const subject = measured[(round + turn) % subjects.length];
			if (subject === undefined) continue;
			const figures = await loadOnce(subject);
			if (round > 0) subject.figures.push(figures);
		}
	}
	return measured;
}

/** What this package, the first, took of these, round by round. */
function ratios([ours]: Measured[], figures: Figures[]): number[] {
	return figures.map(({ ms }, round) => (ours?.figures[round]?.ms ?? Number.NaN) / ms);
}

function report(all: Measured[]): string {
	const rows = all.map(({ name, figures }) => {
		const { nodes = 0, credentials = 0, modules = 0 } = figures[0] ?? {};
		const times = spread(
			figures.map(({ ms }) => ms),
			1,
		);
		const types = `${nodes} and ${credentials}`;
		return [name, types, String(modules), times, spread(ratios(all, figures), 2)];
	});
	const head = ['Package', 'Nodes and credentials', 'Modules', 'Milliseconds', 'This package / it'];
	return table(head, rows);
}
