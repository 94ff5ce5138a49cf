// Many creates in one run over a network that fails: what became of every item, counted in the CRM, in a real n8n.
import { randomUUID } from 'node:crypto';
import type { Fault } from '../sandbox/faults.mts';
import { type Sandbox, startSandbox } from '../sandbox/server.mts';
import { leads, ours } from './contenders.mts';
import { newKey, recordsOf } from './crm.mts';
import { type BenchN8n, execute, publish, startN8n, versionsLine } from './n8n.mts';
import { loadLine, machineLine, seconds, table } from './report.mts';

const COUNT = 2000;
const ITEMS_AT_ONCE = [10, 50];
const TIMEOUT_MS = 1_200_000;

/** A tenth of all creations meets one of these. */
const FAULTS: Array<Omit<Fault, 'route'>> = [
	{ kind: 'reset-before' },
	{ kind: 'reset-after' },
	{ kind: 'status-before', status: 502 },
	{ kind: 'status-after', status: 503 },
	{ kind: 'latency', ms: 2000 },
];
const PROBABILITY = 0.1 / FAULTS.length;

const LIMITS = { read: 1_000_000, write: 1_000_000, admin: 1000, windowSeconds: 60 };

/** Arguments: how many items (default 2,000). */
export async function run([count = String(COUNT)]: string[]): Promise<void> {
	console.log(`${machineLine()}; a tenth of all creations meets a fault`);
	// Nothing may rest on the server's help: whether it honors idempotency keys is an assumption.
	const dialect = { idempotency: 'ignored' as const };
	const sandbox = await startSandbox({ limits: LIMITS, dialect, logSize: 100_000 });
	const n8n = await startN8n();
	console.log(await versionsLine(n8n));
	const rows = [];
	try {
		for (const itemsAtOnce of ITEMS_AT_ONCE)
			rows.push(await measure(sandbox, n8n, Number(count), itemsAtOnce));
	} finally {
		await n8n.stop();
		await sandbox.close();
	}
	console.log(`\n${count} items in one run; ${loadLine()}:\n`);
	const head = [
		'Items at Once',
		'Execution',
		'Calls hit',
		'Records created',
		'Items doubled',
		'Items lost without a word',
		'Items with an error',
		'Elapsed',
	];
	console.log(
		table(
			head,
			rows.map(({ itemsAtOnce, status, hit, created, doubled, lost, failed, elapsedMs }) => [
				String(itemsAtOnce),
				status,
				...[hit, created, doubled, lost, failed].map(String),
				seconds(elapsedMs),
			]),
		),
	);
	if (rows.every(({ status, doubled, lost }) => status === 'success' && doubled + lost === 0)) return;
	console.log('\nBROKEN: an execution failed, or items were lost or doubled.');
	process.exitCode = 1;
}

async function measure(sandbox: Sandbox, n8n: BenchN8n, count: number, itemsAtOnce: number) {
	const { credential } = await newKey(sandbox, n8n);
	const parameters = {
		resource: 'lead',
		operation: 'create',
		firstName: 'Bulk',
		lastName: 'Lead',
		email: '={{ $json.email }}',
		options: { itemsAtOnce },
	};
	const worker = {
		...ours(`${itemsAtOnce} at once`, parameters, credential),
		onError: 'continueRegularOutput' as const,
	};
	const bench = await publish(n8n, worker);
	const items = leads(randomUUID(), count);
	FAULTS.forEach((fault, index) => {
		sandbox.faults.inject({ route: 'POST', probability: PROBABILITY, seed: index + 1, ...fault });
	});
	const { id, status, elapsedMs } = await execute(n8n, bench, items, TIMEOUT_MS);
	const hit = sandbox.faults.list().reduce((sum, { struck }) => sum + Number(struck), 0);
	sandbox.faults.clear();
	await n8n.rest.unpublish(bench.workflow);

	const { data } = await n8n.rest.execution(id);
	const output = data.resultData.runData[worker.name]?.[0]?.data?.main?.[0] ?? [];
	const failed = new Set(output.filter(({ json }) => 'error' in json).map(({ json }) => json.email));
	const counts = [...recordsOf(sandbox, items)].map(([email, made]) => ({ email, made }));
	return {
		itemsAtOnce,
		status,
		elapsedMs,
		hit,
		created: counts.reduce((sum, item) => sum + item.made, 0),
		doubled: counts.filter((item) => item.made > 1).length,
		lost: counts.filter((item) => item.made === 0 && !failed.has(item.email)).length,
		failed: failed.size,
	};
}
