// How much memory n8n needs for a run of 500 items and one of 5,000, with our node and without it.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INode } from 'n8n-workflow';
import { startSandbox } from '../sandbox/server.mts';
import { OURS, contenders, leads } from './contenders.mts';
import { liveBytes, probed } from './live.mts';
import { type Bench, type BenchN8n, execute, publish, startN8n } from './n8n.mts';
import { megabytes, table } from './report.mts';

/** How often each is looked at; the live memory seldom, since that stops n8n for a moment. */
const RESIDENT_MS = 100;
const LIVE_MS = 1000;
/** For what a run leaves behind: n8n writes the execution. */
const SETTLE_MS = 3000;
const TIMEOUT_MS = 180_000;
const COLLECTIONS = 3;
/** A run that loads what every run needs, so that the first one measured does not pay for it. */
const WARM_UP_ITEMS = 50;

const CONTROL = 'No Operation';
const runs = [
	{ count: 500, by: OURS },
	{ count: 500, by: CONTROL },
	{ count: 5000, by: OURS },
	{ count: 5000, by: CONTROL },
	// Little more than n8n itself needs: what grows without need has no room here.
	{ count: 5000, by: OURS, options: '--max-old-space-size=400' },
];

const head = [
	'Items',
	'By',
	'RSS before',
	'RSS peak',
	'Live before',
	'Live peak',
	'Live peak - before',
	'Live after',
];

/**
 * A table of the n8n process's memory: resident (of a run left to itself), and live, which is what is left after all
 * garbage was collected (of a second run, stopped for that every second). Each line has a fresh n8n. As a control, the same
 * items go through the same workflow with n8n's No Operation node in our node's place.
 */
export async function measureMemory(): Promise<string> {
	const sandbox = await startSandbox({ limits: { read: 1_000_000, write: 1_000_000 } });
	const folder = await mkdtemp(join(tmpdir(), 'bench-memory-'));
	const rows: string[][] = [];
	try {
		for (const { count, by, options = '' } of runs) {
			const file = join(folder, `${rows.length}`);
			const n8n = await startN8n(probed(file, options));
			try {
				const credential = await n8n.rest.createCredential('Memory', 'whiteLabelCroApi', {
					apiKey: sandbox.apiKey,
					baseUrl: sandbox.url,
				});
				const ours = contenders(sandbox.url, credential).find(({ name }) => name === OURS);
				if (ours === undefined) throw new Error('There is no node of ours.');
				const worker = by === OURS ? ours : noOperation(ours);
				const what = [by, options].filter(Boolean).join(', ');
				rows.push([String(count), what, ...(await measure(n8n, worker, count, file))]);
			} finally {
				await n8n.stop();
			}
		}
	} finally {
		await sandbox.close();
		await rm(folder, { recursive: true });
	}
	return table(head, rows);
}

function noOperation(node: INode): INode {
	return { ...node, name: CONTROL, type: 'n8n-nodes-base.noOp', parameters: {}, credentials: {} };
}

async function measure(n8n: BenchN8n, worker: INode, count: number, file: string): Promise<string[]> {
	const bench = await publish(n8n, worker);
	await runItems(n8n, bench, WARM_UP_ITEMS);

	const resident = () => residentBytes(n8n);
	const before = await resident();
	const peak = await highest(resident, RESIDENT_MS, () => runItems(n8n, bench, count));

	const live = () => liveBytes(n8n, file);
	// Some of what a first collection finds dead is only free after the next.
	for (let collection = 0; collection < COLLECTIONS; collection++) {
		await live();
		await sleep(SETTLE_MS);
	}
	const liveBefore = await live();
	const livePeak = await highest(live, LIVE_MS, () => runItems(n8n, bench, count));
	const figures = [before, peak, liveBefore, livePeak, livePeak - liveBefore, await live()];
	return figures.map(megabytes);
}

async function runItems(n8n: BenchN8n, bench: Bench, count: number): Promise<void> {
	const { status } = await execute(n8n, bench, leads(crypto.randomUUID(), count), TIMEOUT_MS);
	if (status !== 'success') throw new Error(`The run of ${count} items ended with "${status}".`);
	await sleep(SETTLE_MS);
}

/** The highest of the values that were seen from the beginning to the end of some work. */
async function highest(
	look: () => Promise<number>,
	everyMs: number,
	work: () => Promise<void>,
): Promise<number> {
	let peak = 0;
	const ended = new AbortController();
	const looking = (async () => {
		while (!ended.signal.aborted) {
			peak = Math.max(peak, await look());
			await sleep(everyMs);
		}
	})();
	try {
		await work();
	} finally {
		ended.abort();
		await looking;
	}
	return peak;
}

/** The resident set of the n8n process, in which executions run. Linux only. */
async function residentBytes({ server }: BenchN8n): Promise<number> {
	const status = await readFile(`/proc/${String(server.pid)}/status`, 'utf8');
	return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
