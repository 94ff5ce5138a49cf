// Many creates in one run against a rate limit: this package's node beside n8n's HTTP Request node, in a real n8n.
import { type Sandbox, startSandbox } from '../sandbox/server.mts';
import { OURS, contenders, leads } from './contenders.mts';
import { newKey, recordsOf } from './crm.mts';
import { measureMemory } from './memory.mts';
import { type BenchN8n, execute, publish, startN8n, versionsLine } from './n8n.mts';
import { WRITES_PER_WINDOW, WINDOW_MS, floorMs, intoWindow, startOtherClient, windowOf } from './quota.mts';
import { loadLine, machineLine, seconds, table } from './report.mts';

const TIMEOUT_MS = 180_000;
/** How much longer than the limit's floor our node may take. */
const ALLOWED = 1.05;
/** How many executions share a key, with so many items each. */
const TOGETHER = 10;
const ITEMS_TOGETHER = 100;
/** How much longer than the mean the slowest of them may take. */
const OF_MEAN = 1.1;

interface Result {
	name: string;
	status: string;
	received: number;
	created: number;
	doubled: number;
	missing: number;
	refused: number;
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
	'Answers 429',
	'Elapsed',
	'Floor',
	'Elapsed / floor',
];

/**
 * Arguments: how many rounds to run (default 1), each beginning elsewhere in a window; how many items (default 500, at least
 * 10); `limits`, `together` or `memory` for that part only.
 */
export async function run(args: string[]): Promise<void> {
	const rounds = Number(args.find((argument) => /^[1-9]$/.test(argument)) ?? 1);
	const count = Number(args.find((argument) => /^\d{2,}$/.test(argument)) ?? 500);
	console.log(`${machineLine()}; rate limit ${WRITES_PER_WINDOW} writes per ${WINDOW_MS / 1000} s`);
	const named = ['limits', 'together', 'memory'].filter((part) => args.includes(part));
	const wanted = (part: string) => named.length === 0 || named.includes(part);
	const broken: string[] = [];
	if (wanted('limits')) {
		broken.push(...(await underLimits((sandbox, n8n) => compareInRounds(sandbox, n8n, rounds, count))));
	}
	if (wanted('together')) broken.push(...(await underLimits(runTogether)));
	if (wanted('memory')) console.log(`\nMemory of the n8n process:\n\n${await measureMemory()}`);
	if (broken.length === 0) return;
	console.log(`\nBROKEN:\n${broken.join('\n')}`);
	process.exitCode = 1;
}

/** Measures with a CRM and an n8n of its own. @returns the promises that are broken */
async function underLimits(
	measure: (sandbox: Sandbox, n8n: BenchN8n) => Promise<string[]>,
): Promise<string[]> {
	const sandbox = await startSandbox({
		limits: { write: WRITES_PER_WINDOW, windowSeconds: WINDOW_MS / 1000 },
		logSize: 100_000,
	});
	const n8n = await startN8n();
	try {
		console.log(await versionsLine(n8n));
		return await measure(sandbox, n8n);
	} finally {
		await n8n.stop();
		await sandbox.close();
	}
}

/** @returns the promises that are broken */
async function compareInRounds(
	sandbox: Sandbox,
	n8n: BenchN8n,
	rounds: number,
	count: number,
): Promise<string[]> {
	const ours: Result[] = [];
	const broken: string[] = [];
	for (const shared of [false, true]) {
		for (let round = 0; round < rounds; round++) {
			const offsetMs = Math.floor((round * WINDOW_MS) / rounds);
			const results = await compare(sandbox, n8n, shared, offsetMs, count);
			const whose = shared ? 'another client takes a fifth of the quota' : 'the quota is ours alone';
			console.log(`\n${count} items, begun ${seconds(offsetMs)} into a window, ${whose}; ${loadLine()}:\n`);
			console.log(table(head, results.map(row)));
			const [own] = results.filter(({ name }) => name === OURS);
			if (own === undefined) continue;
			ours.push(own);
			if (own.refused > 0 && !shared) broken.push(`Our node alone was refused ${own.refused} times.`);
		}
	}
	return [...broken, ...judge(ours)];
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
		const { apiKey, credential } = await newKey(sandbox, n8n);
		const worker = contenders(sandbox.url, credential)[index];
		if (worker === undefined) continue;
		const bench = await publish(n8n, worker);
		const items = leads(crypto.randomUUID(), count);
		const other = shared ? startOtherClient(sandbox, apiKey) : undefined;
		try {
			await intoWindow(offsetMs);
			const before = sandbox.requests.length;
			const timed = await execute(n8n, bench, items, TIMEOUT_MS);
			const writes = sandbox.requests.slice(before).filter(({ method }) => method === 'POST');
			results.push({
				name: worker.name,
				status: timed.status,
				received: writes.length,
				refused: writes.filter(({ status }) => status === 429).length,
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

/**
 * Executions of as many workflows that begin at once with one key. The window is used up when they do: else who is a moment
 * sooner is through before the others have begun. @returns the promises that are broken
 */
async function runTogether(sandbox: Sandbox, n8n: BenchN8n): Promise<string[]> {
	const { credential } = await newKey(sandbox, n8n);
	const [worker] = contenders(sandbox.url, credential);
	if (worker === undefined) return [];
	const benches = [];
	for (let index = 0; index < TOGETHER; index++) benches.push(await publish(n8n, worker));
	const [first] = benches;
	if (first === undefined) return [];
	await intoWindow(0);
	const usedUp = windowOf(Date.now());
	await execute(n8n, first, leads(crypto.randomUUID(), WRITES_PER_WINDOW), TIMEOUT_MS);
	const before = sandbox.requests.length;
	const startedAt = Date.now();
	const items = benches.map(() => leads(crypto.randomUUID(), ITEMS_TOGETHER));
	const all = await Promise.all(
		benches.map((bench, index) => execute(n8n, bench, items[index] ?? [], TIMEOUT_MS)),
	);
	for (const { workflow } of benches) await n8n.rest.unpublish(workflow);

	const times = all.map(({ elapsedMs }) => elapsedMs);
	const slowest = Math.max(...times);
	const ofMean = slowest / (times.reduce((sum, time) => sum + time, 0) / times.length);
	const ofFloor =
		slowest / floorMs(TOGETHER * ITEMS_TOGETHER, startedAt, new Map([[usedUp, WRITES_PER_WINDOW]]));
	const failed = all.filter(({ status }) => status !== 'success').length;
	const refused = sandbox.requests.slice(before).filter(({ status }) => status === 429).length;
	const { created, doubled, missing } = countRecords(sandbox, items.flat());
	console.log(`\n${TOGETHER} executions of ${ITEMS_TOGETHER} items at once with one key; ${loadLine()}:\n`);
	console.log(
		table(
			[
				'Executions failed',
				'Records created',
				'Items doubled',
				'Items missing',
				'Answers 429',
				'Slowest',
				'Slowest / floor',
				'Slowest / mean',
			],
			[
				[
					...[failed, created, doubled, missing, refused].map(String),
					seconds(slowest),
					ofFloor.toFixed(3),
					ofMean.toFixed(3),
				],
			],
		),
	);
	return [
		failed + doubled + missing > 0 && 'Executions at once failed, or lost or doubled items.',
		refused > 0 && `Executions at once were refused ${refused} times.`,
		ofFloor > ALLOWED && `The slowest of the executions at once took over ${ALLOWED} x the floor.`,
		ofMean > OF_MEAN && `The slowest of the executions at once took over ${OF_MEAN} x the mean.`,
	].filter((line) => line !== false);
}

function countRecords(sandbox: Sandbox, items: Array<{ email: string }>) {
	const all = [...recordsOf(sandbox, items).values()];
	return {
		created: all.reduce((sum, count) => sum + count, 0),
		doubled: all.filter((count) => count > 1).length,
		missing: all.filter((count) => count === 0).length,
	};
}

function row(result: Result): string[] {
	const { name, status, received, created, doubled, missing, refused, elapsedMs, floorMs: floor } = result;
	const counts = [received, created, doubled, missing, refused].map(String);
	// How quickly a run failed says nothing.
	const compared = isComplete(result) ? [seconds(floor), (elapsedMs / floor).toFixed(3)] : ['', ''];
	return [name, status, ...counts, seconds(elapsedMs), ...compared];
}

function isComplete({ status, missing }: Result): boolean {
	return status === 'success' && missing === 0;
}

/** @returns the promises that are broken */
function judge(results: Result[]): string[] {
	const ratios = results.map(({ elapsedMs, floorMs: floor }) => (elapsedMs / floor).toFixed(3)).join(', ');
	console.log(`\nOurs, elapsed / floor: ${ratios}; at most ${ALLOWED} is promised.`);
	return results.flatMap((result) =>
		[
			!isComplete(result) && 'A run of our node failed, or lost items.',
			result.doubled > 0 && `A run of our node doubled ${result.doubled} items.`,
			result.elapsedMs > ALLOWED * result.floorMs && `A run of our node took over ${ALLOWED} x the floor.`,
		].filter((line) => line !== false),
	);
}
