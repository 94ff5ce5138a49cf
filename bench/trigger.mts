// `npm run bench -- trigger [rounds] [seconds]`: deliveries per second that a real n8n accepts through this package's trigger,
// beside an empty community trigger with a credential (the most that any which has one could reach), one without, n8n's
// Webhook node and GithubTrigger. One measurement of each makes a round, so that what slows down the machine slows down all.
import { versionsLine } from './n8n.mts';
import { machineLine, spread, table } from './report.mts';
import { drain, rate } from './trigger/load.mts';
import { startStage } from './trigger/stage.mts';
import { SUBJECTS, type Subject, publishSubjects } from './trigger/subjects.mts';

const ENGINES: Array<{ name: string; variables: NodeJS.ProcessEnv }> = [
	{ name: 'Default settings', variables: {} },
	{ name: 'N8N_EXPRESSION_ENGINE=legacy', variables: { N8N_EXPRESSION_ENGINE: 'legacy' } },
];
const [OURS, EMPTY, , , GITHUB] = SUBJECTS;
const OF_EMPTY = 0.97;

export async function run([rounds = '11', seconds = '4']: string[]): Promise<void> {
	console.log(`${machineLine()}; ${rounds} rounds of ${seconds} seconds each, at concurrency 10`);
	const problems: string[] = [];
	for (const { name, variables } of ENGINES) {
		const stage = await startStage(variables);
		try {
			const subjects = await publishSubjects(stage);
			const rates = await measure(subjects, stage.rest, Number(rounds), Number(seconds));
			console.log(`\n${name} (${await versionsLine(stage)}):\n\n${report(rates)}`);
			const ofEmpty = atMost(ratios(rates, OURS, EMPTY));
			const ofGithub = atMost(ratios(rates, OURS, GITHUB));
			if (ofEmpty < OF_EMPTY) problems.push(`${name}: ${ofEmpty.toFixed(2)} of the empty trigger at most.`);
			if (ofGithub < 1) problems.push(`${name}: ${ofGithub.toFixed(2)} of GithubTrigger at most.`);
		} finally {
			await stage.stop();
		}
	}
	for (const problem of problems) console.error(`Less than was to be: ${problem}`);
	if (problems.length > 0) process.exitCode = 1;
}

type Rates = Map<string, number[]>;

async function measure(
	subjects: Subject[],
	rest: Parameters<typeof drain>[0],
	rounds: number,
	seconds: number,
): Promise<Rates> {
	const rates: Rates = new Map(subjects.map(({ name }) => [name, []]));
	// The first round warms up. Each round begins with another subject.
	for (let round = 0; round <= rounds; round++) {
		for (let turn = 0; turn < subjects.length; turn++) {
			const subject = subjects[(round + turn) % subjects.length];
			if (subject === undefined) continue;
			const perSecond = await rate(subject, round === 0 ? 2 : seconds);
			await drain(rest, subject.workflow);
			if (round > 0) rates.get(subject.name)?.push(perSecond);
		}
	}
	return rates;
}

/** What one reached of the other, round by round. */
function ratios(rates: Rates, one: string, other: string): number[] {
	const others = rates.get(other) ?? [];
	return (rates.get(one) ?? []).map((value, round) => value / (others[round] ?? Number.NaN));
}

/**
 * The upper end of the median's 95 % confidence interval. The rounds differ by more than the triggers do, so a bound counts
 * as broken only if the median is below it beyond doubt.
 */
function atMost(values: number[]): number {
	const rank = Math.ceil((values.length + 1.96 * Math.sqrt(values.length)) / 2);
	return values.toSorted((a, b) => a - b)[Math.min(rank, values.length) - 1] ?? Number.NaN;
}

function report(rates: Rates): string {
	const rows = SUBJECTS.map((name) => {
		const own = rates.get(name) ?? [];
		const ofEmpty = ratios(rates, name, EMPTY);
		const ofGithub = ratios(rates, name, GITHUB);
		return [name, spread(own, 1), spread(ofEmpty, 2), spread(ofGithub, 2)];
	});
	return table(['Trigger', 'Deliveries per second', 'Of the empty trigger', 'Of GithubTrigger'], rows);
}
