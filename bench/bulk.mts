// Many creates in one run against a rate limit: this package's node beside n8n's HTTP Request node, in a real n8n.
import { type Sandbox, startSandbox } from '../sandbox/server.mts';
import { OURS, contenders, leads } from './contenders.mts';
import { measureMemory } from './memory.mts';
import { type BenchN8n, execute, publish, startN8n, versionsLine } from './n8n.mts';
import { WRITES_PER_WINDOW, WINDOW_MS, floorMs, intoWindow, startOtherClient } from './quota.mts';
import { loadLine, machineLine, seconds, table } from './report.mts';

const TIMEOUT_MS = 180_000;
/** How much longer than the limit's floor our node may take. */
const ALLOWED = 1.05;

interface Result {
	name: string;
	status: string;
	received: number;
	created: number;
	doubled: number;
	missing: number;
	elapsedMs: number;
	floorMs: number;
}

const head = [
	'By',
	'Execution',
	'Writes received',
	'Records created',
	'Items doubled',
	'Items missing',
	'Elapsed',
	'Floor',
	'Elapsed / floor',
];

/**
 * Arguments: how many rounds to run (default 1), each beginning elsewhere in a window; how many items (default 500, at least
 * 10); `limits` or `memory` for that part only.
 */
export async function run(args: string[]): Promise<void> {
	const rounds = Number(args.find((argument) => /^[1-9]$/.test(argument)) ?? 1);
	const count = Number(args.find((argument) => /^\d{2,}$/.test(argument)) ?? 500);
	console.log(`${machineLine()}; rate limit ${WRITES_PER_WINDOW} writes per ${WINDOW_MS / 1000} s`);
	if (!args.includes('memory')) await compareUnderLimits(rounds, count);
	if (!args.includes('limits')) console.log(`\nMemory of the n8n process:\n\n${await measureMemory()}`);
}

async function compareUnderLimits(rounds: number, count: number): Promise<void> {
	const sandbox = await startSandbox({
		limits: { write: WRITES_PER_WINDOW, windowSeconds: WINDOW_MS / 1000 },
		logSize: 100_000,
	});
	const n8n = await startN8n();
	console.log(await versionsLine(n8n));
	const ours: Result[] = [];
	try {
		for (const shared of [false, true]) {
			for (let round = 0; round < rounds; round++) {
				const offsetMs = Math.floor((round * WINDOW_MS) / rounds);
				const results = await compare(sandbox, n8n, shared, offsetMs, count);
				const whose = shared ? 'another client takes a fifth of the quota' : 'the quota is ours alone';
				console.log(`\n${count} items, begun ${seconds(offsetMs)} into a window, ${whose}; ${loadLine()}:\n`);
				console.log(table(head, results.map(row)));
				ours.push(...results.filter(({ name }) => name === OURS));
			}
		}
	} finally {
		await n8n.stop();
		await sandbox.close();
	}
	judge(ours);
}

/** One run of each contender, one after the other, each with a key and a quota of its own. */
async function compare(
	sandbox: Sandbox,
	n8n: BenchN8n,
	shared: boolean,
	offsetMs: number,
	count: number,
): Promise<Result[]> {
	const results: Result[] = [];
	const runners = contenders(sandbox.url, { id: '', name: '', type: '' }).length;
	for (let index = 0; index < runners; index++) {
		const apiKey = sandbox.createKey(['integrations:write', 'integrations:read']);
		const credential = await n8n.rest.createCredential('Bulk', 'whiteLabelCroApi', {
			apiKey,
			baseUrl: sandbox.url,
		});
		const worker = contenders(sandbox.url, credential)[index];
		if (worker === undefined) continue;
		const bench = await publish(n8n, worker);
		const items = leads(crypto.randomUUID(), count);
		const other = shared ? startOtherClient(sandbox, apiKey) : undefined;
		try {
			await intoWindow(offsetMs);
			const before = sandbox.requests.length;
			const timed = await execute(n8n, bench, items, TIMEOUT_MS);
			const received = sandbox.requests.slice(before).filter(({ method }) => method === 'POST').length;
			results.push({
				name: worker.name,
				status: timed.status,
				received,
				...countRecords(sandbox, items),
				elapsedMs: timed.elapsedMs,
				floorMs: floorMs(count, timed.startedAt, other?.taken ?? new Map()),
			});
		} finally {
			other?.stop();
			await n8n.rest.unpublish(bench.workflow);
		}
	}
	return results;
}

function countRecords(sandbox: Sandbox, items: Array<{ email: string }>) {
	const counts = new Map(items.map(({ email }) => [email, 0]));
	for (const { email } of sandbox.store.records.all()) {
		const count = counts.get(email);
		if (count !== undefined) counts.set(email, count + 1);
	}
	const all = [...counts.values()];
	return {
		created: all.reduce((sum, count) => sum + count, 0),
		doubled: all.filter((count) => count > 1).length,
		missing: all.filter((count) => count === 0).length,
	};
}

function row(result: Result): string[] {
	const { name, status, received, created, doubled, missing, elapsedMs, floorMs: floor } = result;
	const counts = [received, created, doubled, missing].map(String);
	// How quickly a run failed says nothing.
	const compared = isComplete(result) ? [seconds(floor), (elapsedMs / floor).toFixed(3)] : ['', ''];
	return [name, status, ...counts, seconds(elapsedMs), ...compared];
}

function isComplete({ status, missing }: Result): boolean {
	return status === 'success' && missing === 0;
}

function judge(results: Result[]): void {
	const broken = results.filter(
		(result) => !isComplete(result) || result.doubled > 0 || result.elapsedMs > ALLOWED * result.floorMs,
	);
	const ratios = results.map(({ elapsedMs, floorMs: floor }) => (elapsedMs / floor).toFixed(3)).join(', ');
	console.log(`\nOurs, elapsed / floor: ${ratios}; at most ${ALLOWED} is promised.`);
	if (broken.length === 0) return;
	console.log(
		`BROKEN: ${broken.length} of ${results.length} runs of our node failed, lost or doubled items, or took longer.`,
	);
	process.exitCode = 1;
}
