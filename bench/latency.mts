// One run within the rate limit against a CRM that takes its time: this package's node beside n8n's HTTP Request node, in a
// real n8n. Within the quota only the calls under way at the same time decide how long a run takes.
import type { INode, INodeParameters } from 'n8n-workflow';
import { type Sandbox, startSandbox } from '../sandbox/server.mts';
import type { Credential } from '../scripts/real-n8n/rest.mts';
import { contenders, leads, ours } from './contenders.mts';
import { newKey } from './crm.mts';
import { type BenchN8n, execute, publish, startN8n, versionsLine } from './n8n.mts';
import { loadLine, machineLine, median, seconds, table } from './report.mts';

const CALL_MS = 250;
const COUNTS = ['50', '90'];
const ROUNDS = 3;
const TIMEOUT_MS = 120_000;
/** How often the calls under way are counted at the CRM. */
const LOOK_MS = 5;

/**
 * With ten items at once, a run takes at most so many times its floor: rounds of as many calls as may be under way,
 * and nothing else. With so many at once that there is one round, n8n's own time decides: there, HTTP Request is the measure.
 */
const OF_FLOOR = 1.25;
const FEW_AT_ONCE = 10;

interface Calls {
	perItem: number;
	/** To find out what the first run of a key has to know. */
	first: number;
	/** And the next one. */
	again: number;
}

interface Contender {
	name: string;
	worker: INode;
	/** What is promised of this package's node. */
	promise?: { itemsAtOnce: number; calls: Calls; ofHttpRequest: number };
}

interface Measured {
	/** The node's time in the first run with a key, which finds out its rate limit and the path of searches. */
	firstMs: number;
	/** And in the run after. */
	againMs: number;
	mostUnderWay: number;
	statuses: string[];
}

const LIMITS = { read: 1000, write: 1000, admin: 1000, windowSeconds: 60 };

/** Arguments: how many items, in one count or several (default 50 and 90); `once` for one round only. */
export async function run(args: string[]): Promise<void> {
	const given = args.filter((argument) => /^\d+$/.test(argument));
	const rounds = args.includes('once') ? 1 : ROUNDS;
	console.log(`${machineLine()}; ${CALL_MS} ms a call, the quota is not reached`);
	const sandbox = await startSandbox({ limits: LIMITS, logSize: 100_000 });
	const n8n = await startN8n();
	console.log(await versionsLine(n8n));
	const broken: string[] = [];
	try {
		for (const count of given.length > 0 ? given : COUNTS) {
			broken.push(...(await compare(sandbox, n8n, Number(count), rounds)));
		}
	} finally {
		await n8n.stop();
		await sandbox.close();
	}
	if (broken.length === 0) return;
	console.log(`\nBROKEN:\n${broken.join('\n')}`);
	process.exitCode = 1;
}

/** The rounds of every contender in turn. @returns the bounds that are broken */
async function compare(
	sandbox: Sandbox,
	n8n: BenchN8n,
	count: number,
	roundCount: number,
): Promise<string[]> {
	const names = contendersOf(sandbox, { id: '', name: '', type: '' }).map(({ name }) => name);
	const rounds = new Map<string, Measured[]>(names.map((name) => [name, []]));
	const promises = new Map<string, Contender['promise']>();
	for (let round = 0; round < roundCount; round++) {
		for (const [name, measured] of rounds) {
			const contender = await withNewKey(sandbox, n8n, name);
			promises.set(name, contender.promise);
			measured.push(await measure(sandbox, n8n, contender, count));
		}
	}
	const results = names.map((name) => resultOf(name, promises.get(name), rounds.get(name) ?? [], count));
	const [httpRequest] = results;
	console.log(
		`\n${count} items, the median of ${roundCount} round${roundCount === 1 ? '' : 's'}; ${loadLine()}:\n`,
	);
	console.log(
		table(
			[
				'By',
				'First run of a key',
				'Times its floor',
				'Next run',
				'Times its floor',
				'Times HTTP Request',
				'Most calls under way',
			],
			results.map(({ name, firstMs, firstOfFloor, againMs, againOfFloor, mostUnderWay }) => [
				name,
				seconds(firstMs),
				firstOfFloor?.toFixed(2) ?? '',
				seconds(againMs),
				againOfFloor?.toFixed(2) ?? '',
				(againMs / (httpRequest?.againMs ?? NaN)).toFixed(2),
				String(mostUnderWay),
			]),
		),
	);
	return results.flatMap(({ name, promise, firstOfFloor, againOfFloor, againMs, mostUnderWay, failed }) => {
		const { itemsAtOnce = Infinity, ofHttpRequest = Infinity } = promise ?? {};
		const ofFloor = itemsAtOnce === FEW_AT_ONCE ? OF_FLOOR : Infinity;
		const oneRound = count <= itemsAtOnce;
		return [
			failed.length > 0 && `${name}: executions ended as ${failed.join(', ')}`,
			Math.max(firstOfFloor ?? 0, againOfFloor ?? 0) > ofFloor &&
				`${name}: over ${ofFloor} x its floor with ${count} items`,
			oneRound &&
				againMs > ofHttpRequest * (httpRequest?.againMs ?? NaN) &&
				`${name}: over ${ofHttpRequest} x HTTP Request with ${count} items`,
			mostUnderWay > itemsAtOnce && `${name}: ${mostUnderWay} calls under way at once`,
		].filter((line) => line !== false);
	});
}

function resultOf(name: string, promise: Contender['promise'], rounds: Measured[], count: number) {
	const firstMs = median(rounds.map((round) => round.firstMs));
	const againMs = median(rounds.map((round) => round.againMs));
	const floorMs = ({ itemsAtOnce, calls }: NonNullable<typeof promise>, discovery: number) =>
		CALL_MS * (discovery + calls.perItem * Math.ceil(count / itemsAtOnce));
	return {
		name,
		promise,
		firstMs,
		againMs,
		firstOfFloor: promise && firstMs / floorMs(promise, promise.calls.first),
		againOfFloor: promise && againMs / floorMs(promise, promise.calls.again),
		mostUnderWay: Math.max(...rounds.map((round) => round.mostUnderWay)),
		failed: rounds.flatMap(({ statuses }) => statuses).filter((status) => status !== 'success'),
	};
}

/** The contender of this name with a key of its own: nothing is known of its rate limit. */
async function withNewKey(sandbox: Sandbox, n8n: BenchN8n, name: string): Promise<Contender> {
	const { credential } = await newKey(sandbox, n8n);
	const contender = contendersOf(sandbox, credential).find((one) => one.name === name);
	if (contender === undefined) throw new Error(`There is no contender called ${name}.`);
	return contender;
}

/** Two runs, one after the other, of as many new people. */
async function measure(
	sandbox: Sandbox,
	n8n: BenchN8n,
	{ worker }: Contender,
	count: number,
): Promise<Measured> {
	const bench = await publish(n8n, worker);
	sandbox.faults.inject({ route: '.', kind: 'latency', ms: CALL_MS });
	let mostUnderWay = 0;
	const timer = setInterval(() => {
		const underWay = sandbox.requests.slice(-100).filter(({ status }) => status === null).length;
		mostUnderWay = Math.max(mostUnderWay, underWay);
	}, LOOK_MS);
	const statuses: string[] = [];
	const nodeTime = async () => {
		const { id, status } = await execute(n8n, bench, leads(crypto.randomUUID(), count), TIMEOUT_MS);
		statuses.push(status);
		const { data } = await n8n.rest.execution(id);
		return data.resultData.runData[worker.name]?.[0]?.executionTime ?? NaN;
	};
	try {
		return { firstMs: await nodeTime(), againMs: await nodeTime(), mostUnderWay, statuses };
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
		[title: string, parameters: INodeParameters, promise: { calls: Calls; ofHttpRequest: number }]
	> = [
		[
			'Lead: Create',
			{ resource: 'lead', operation: 'create', ...person },
			// The write limit.
			{ calls: { perItem: 1, first: 1, again: 0 }, ofHttpRequest: 1 },
		],
		[
			'Client: Find',
			{ resource: 'client', operation: 'find', criteria: { email: '={{ $json.email }}' } },
			// The read limit, and each time whether "none" at the search's path means that there is no such path.
			{ calls: { perItem: 1, first: 2, again: 1 }, ofHttpRequest: 1.5 },
		],
		[
			'Lead: Create or Update',
			{ resource: 'lead', operation: 'createOrUpdate', ...person },
			{ calls: { perItem: 2, first: 3, again: 1 }, ofHttpRequest: 2 },
		],
	];
	return [
		{ name: httpRequest.name, worker: httpRequest },
		...operations.flatMap(([title, parameters, promise]) =>
			[FEW_AT_ONCE, 50].map((itemsAtOnce) => {
				const name = `${title}, ${itemsAtOnce} at once`;
				const worker = ours(name, { ...parameters, options: { itemsAtOnce } }, credential);
				return { name, worker, promise: { itemsAtOnce, ...promise } };
			}),
		),
	];
}
