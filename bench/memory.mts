// How much memory n8n needs for a run of 500 items and one of 5,000, with our node and without it.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INode } from 'n8n-workflow';
import { startSandbox } from '../sandbox/server.mts';
import { OURS, contenders, leads } from './contenders.mts';
import { type BenchN8n, execute, publish, startN8n } from './n8n.mts';
import { megabytes, seconds, table } from './report.mts';

const SAMPLE_MS = 100;
/** For what a run leaves behind: n8n writes the execution and collects garbage. */
const SETTLE_MS = 5000;
const TIMEOUT_MS = 180_000;
/** A run that loads what every run needs, so that the first one measured does not pay for it. */
const WARM_UP_ITEMS = 50;

const head = ['Items', 'By', 'Elapsed', 'RSS before', 'Peak', 'Peak - before', '5 s after'];

/**
 * A table of the n8n process's resident memory. Each run has a fresh n8n; as a control, the same items go through the
 * same workflow with n8n's No Operation node in our node's place.
 */
export async function measureMemory(): Promise<string> {
	const plenty = { read: 1_000_000, write: 1_000_000 };
	const sandbox = await startSandbox({ limits: plenty });
	const rows: string[][] = [];
	try {
		for (const count of [500, 5000]) {
			for (const withNode of [true, false]) {
				const n8n = await startN8n();
				try {
					const credential = await n8n.rest.createCredential('Memory', 'whiteLabelCroApi', {
						apiKey: sandbox.apiKey,
						baseUrl: sandbox.url,
					});
					const ours = contenders(sandbox.url, credential).find(({ name }) => name === OURS);
					if (ours === undefined) throw new Error('There is no node of ours.');
					rows.push(await measure(n8n, withNode ? ours : noOperation(ours), count));
				} finally {
					await n8n.stop();
				}
			}
		}
	} finally {
		await sandbox.close();
	}
	return table(head, rows);
}

function noOperation(node: INode): INode {
	return { ...node, name: 'No Operation', type: 'n8n-nodes-base.noOp', parameters: {}, credentials: {} };
}

async function measure(n8n: BenchN8n, worker: INode, count: number): Promise<string[]> {
	const bench = await publish(n8n, worker);
	await execute(n8n, bench, leads(crypto.randomUUID(), WARM_UP_ITEMS), TIMEOUT_MS);
	await sleep(SETTLE_MS);
	const before = await residentBytes(n8n);

	let peak = before;
	const sampling = new AbortController();
	const sampler = (async () => {
		while (!sampling.signal.aborted) {
			peak = Math.max(peak, await residentBytes(n8n));
			await sleep(SAMPLE_MS);
		}
	})();
	const { status, elapsedMs } = await execute(n8n, bench, leads(crypto.randomUUID(), count), TIMEOUT_MS);
	await sleep(SETTLE_MS);
	sampling.abort();
	await sampler;
	if (status !== 'success') throw new Error(`The run of ${count} items ended with "${status}".`);
	const after = await residentBytes(n8n);
	return [
		String(count),
		worker.name,
		seconds(elapsedMs),
		...[before, peak, peak - before, after].map(megabytes),
	];
}

/** The resident set of the n8n process, in which executions run. Linux only. */
async function residentBytes({ server }: BenchN8n): Promise<number> {
	const status = await readFile(`/proc/${String(server.pid)}/status`, 'utf8');
	return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
