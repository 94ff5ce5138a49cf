// `npm run bench -- verify [rounds] [deliveries]`: what checking a delivery's signature costs, beside the libraries of those who sign deliveries
// for a living; and that the memory of a trigger stays the same however many deliveries come.
import { machineLine, table } from './report.mts';
import { measureMemory } from './verify/memory.mts';
import { type Rounds, compare } from './verify/rounds.mts';
import { contenders, refusals } from './verify/subjects.mts';

/** The refusal of junk may cost this many times one HMAC of the same body. */
const REFUSAL_BOUND = 10;
const FLAT_WITHIN_MB = 8;

export async function run([rounds = '15', deliveries = '100000']: string[]): Promise<void> {
	console.log(`${machineLine()}, Node ${process.versions.node}`);
	const accepted = await compare(await contenders(), Number(rounds));
	console.log('\nAccepting a delivery with a body of 2 KB:\n');
	print(accepted);
	const refused = await compare(refusals(), Number(rounds));
	console.log('\nRefusing one:\n');
	print(refused);

	const problems: string[] = [];
	const [ours, stripes] = [medianOf(accepted, 'this package'), medianOf(accepted, 'stripe')];
	if (ours >= stripes)
		problems.push(`Accepting costs ${ours.toFixed(2)}, and Stripe's ${stripes.toFixed(2)}.`);
	for (const { name, bounded, ratios } of refused) {
		if (bounded === true && ratios.median > REFUSAL_BOUND) problems.push(`Refusing "${name}" is too dear.`);
	}

	const memory = await measureMemory(Number(deliveries));
	console.log(`\nDeliveries to one trigger, in one process:\n\n${memory.table}`);
	if (memory.growthMb > FLAT_WITHIN_MB) problems.push(`The memory grew by ${memory.growthMb.toFixed(1)} MB.`);
	for (const problem of problems) console.error(problem);
	if (problems.length > 0) process.exitCode = 1;
}

function medianOf(rounds: Rounds[], name: string): number {
	return rounds.find((one) => one.name === name)?.ratios.median ?? Number.NaN;
}

function print(rounds: Rounds[]): void {
	const rows = rounds.map(({ name, microseconds, ratios }) => [
		name,
		microseconds.toFixed(2),
		ratios.median.toFixed(2),
		`${ratios.least.toFixed(2)} to ${ratios.most.toFixed(2)}`,
	]);
	console.log(table(['What', 'Microseconds', 'Times one HMAC (median)', 'Least to most'], rows));
}
