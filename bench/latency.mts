// One run within the rate limit against a CRM that takes its time: this package's node beside n8n's HTTP Request node, in a
// real n8n. Within the quota only the calls under way at the same time decide how long a run takes.
import type { INode, INodeParameters } from 'n8n-workflow';
import { type Sandbox, startSandbox } from '../sandbox/server.mts';
import type { Credential } from '../scripts/real-n8n/rest.mts';
import { contenders, leads, ours } from './contenders.mts';
import { type BenchN8n, execute, publish, startN8n, versionsLine } from './n8n.mts';
import { loadLine, machineLine, median, seconds, table } from './report.mts';

const CALL_MS = 250;
const COUNTS = [50, 90];
const ROUNDS = 3;
const TIMEOUT_MS = 120_000;
/** How often the calls under way are counted at the CRM. */
const LOOK_MS = 5;

/** What is measured, and how much longer than its bounds it may take. */
interface Contender {
	name: string;
	worker: INode;
	itemsAtOnce?: number;
	/** At most so many times its own floor: one call that finds out, then rounds of as many as may be under way. */
	ofFloor?: number;
	/** At most so many times the HTTP Request node. */
	ofHttpRequest?: number;
}

interface Result extends Contender {
	elapsedMs: number;
	mostUnderWay: number;
	status: string;
}

const LIMITS = { read: 1000, write: 1000, admin: 1000, windowSeconds: 60 };

/** Arguments: none. */
export async function run(): Promise<void> {
	console.log(`${machineLine()}; ${CALL_MS} ms a call, the quota is not reached`);
	const sandbox = await startSandbox({ limits: LIMITS, logSize: 100_000 });
	const n8n = await startN8n();
	console.log(await versionsLine(n8n));
	const broken: string[] = [];
	try {
		for (const count of COUNTS) broken.push(...(await compare(sandbox, n8n, count)));
	} finally {
		await n8n.stop();
		await sandbox.close();
	}
	if (broken.length === 0) return;
	console.log(`\nBROKEN:\n${broken.join('\n')}`);
	process.exitCode = 1;
}

/** The rounds of every contender in turn. @returns the bounds that are broken */
async function compare(sandbox: Sandbox, n8n: BenchN8n, count: number): Promise<string[]> {
	const rounds: Result[][] = [];
	for (let round = 0; round < ROUNDS; round++) rounds.push(await measureAll(sandbox, n8n, count));
	const results = (rounds[0] ?? []).map((first, index) => ({
		...first,
		elapsedMs: median(rounds.map((round) => round[index]?.elapsedMs ?? NaN)),
		mostUnderWay: Math.max(...rounds.map((round) => round[index]?.mostUnderWay ?? NaN)),
	}));
	const httpMs = results[0]?.elapsedMs ?? NaN;
	const rows = results.map((result) => ({ result, floorMs: floorMs(result, count) }));
	console.log(`\n${count} items, the median of ${ROUNDS} rounds; ${loadLine()}:\n`);
	console.log(
		table(
			['By', 'Node time', 'Times its floor', 'Times HTTP Request', 'Most calls under way', 'Execution'],
			rows.map(({ result, floorMs: floor }) => [
				result.name,
				seconds(result.elapsedMs),
				floor === undefined ? '' : (result.elapsedMs / floor).toFixed(2),
				(result.elapsedMs / httpMs).toFixed(2),
				String(result.mostUnderWay),
				result.status,
			]),
		),
	);
	return rows.flatMap(({ result, floorMs: floor }) => {
		const { name, elapsedMs, ofFloor = Infinity, ofHttpRequest = Infinity, itemsAtOnce = Infinity } = result;
		return [
			result.status !== 'success' && `${name}: the execution ended as ${result.status}`,
			elapsedMs > ofFloor * (floor ?? Infinity) && `${name}: over ${ofFloor} x its floor with ${count} items`,
			elapsedMs > ofHttpRequest * httpMs &&
				`${name}: over ${ofHttpRequest} x HTTP Request with ${count} items`,
			result.mostUnderWay > itemsAtOnce && `${name}: ${result.mostUnderWay} calls under way at once`,
		].filter((line) => line !== false);
	});
}

function floorMs({ itemsAtOnce, ofFloor }: Contender, count: number): number | undefined {
	if (itemsAtOnce === undefined || ofFloor === undefined) return undefined;
	return CALL_MS * (1 + Math.ceil((count - 1) / itemsAtOnce));
}

async function measureAll(sandbox: Sandbox, n8n: BenchN8n, count: number): Promise<Result[]> {
	const results: Result[] = [];
	const runners = contendersOf(sandbox, { id: '', name: '', type: '' }).length;
	for (let index = 0; index < runners; index++) {
		// A key of its own: nothing is known of its rate limit.
		const apiKey = sandbox.createKey(['integrations:write', 'integrations:read']);
		const credential = await n8n.rest.createCredential('Latency', 'whiteLabelCroApi', {
			apiKey,
			baseUrl: sandbox.url,
		});
		const contender = contendersOf(sandbox, credential)[index];
		if (contender !== undefined) results.push(await measure(sandbox, n8n, contender, count));
	}
	return results;
}

async function measure(
	sandbox: Sandbox,
	n8n: BenchN8n,
	contender: Contender,
	count: number,
): Promise<Result> {
	const bench = await publish(n8n, contender.worker);
	sandbox.faults.inject({ route: '.', kind: 'latency', ms: CALL_MS });
	let mostUnderWay = 0;
	const timer = setInterval(() => {
		const underWay = sandbox.requests.slice(-100).filter(({ status }) => status === null).length;
		mostUnderWay = Math.max(mostUnderWay, underWay);
	}, LOOK_MS);
	try {
		const { id, status } = await execute(n8n, bench, leads(crypto.randomUUID(), count), TIMEOUT_MS);
		const { data } = await n8n.rest.execution(id);
		const elapsedMs = data.resultData.runData[contender.worker.name]?.[0]?.executionTime ?? NaN;
		return { ...contender, status, elapsedMs, mostUnderWay };
	} finally {
		clearInterval(timer);
		sandbox.faults.clear();
		await n8n.rest.unpublish(bench.workflow);
	}
}

/** HTTP Request first: the others are compared with it. */
function contendersOf(sandbox: Sandbox, credential: Credential): Contender[] {
	const [, httpRequest] = contenders(sandbox.url, credential);
	if (httpRequest === undefined) throw new Error('There is no HTTP Request node to compare with.');
	const person = { firstName: 'Bulk', lastName: 'Lead', email: '={{ $json.email }}' };
	const operations: Array<
		[title: string, parameters: INodeParameters, factors: [number?, number?, number?]]
	> = [
		['Lead: Create', { resource: 'lead', operation: 'create', ...person }, [1.25, 2, 1]],
		[
			'Client: Find',
			{ resource: 'client', operation: 'find', criteria: { email: '={{ $json.email }}' } },
			[1.25, 2, 1],
		],
		[
			'Lead: Create or Update',
			{ resource: 'lead', operation: 'createOrUpdate', ...person },
			[undefined, 4, 2],
		],
	];
	return [
		{ name: httpRequest.name, worker: httpRequest },
		...operations.flatMap(([title, parameters, [ofFloor, ofTen, ofFifty]]) => {
			const named = (itemsAtOnce: number) => {
				const name = `${title}, ${itemsAtOnce} at once`;
				const worker = ours(name, { ...parameters, options: { itemsAtOnce } }, credential);
				return { name, worker, itemsAtOnce };
			};
			return [
				{ ...named(10), ofFloor, ofHttpRequest: ofTen },
				{ ...named(50), ofHttpRequest: ofFifty },
			];
		}),
	];
}
