// The dispatcher of `npm run bench -- <name>`: each benchmark is a module of its own, loaded only when it is asked for.

interface Benchmark {
	/** Runs it with the arguments after its name, prints its figures, and sets the exit code to 1 if a promise is broken. */
	run(args: string[]): Promise<void>;
}

const benchmarks: Record<string, () => Promise<Benchmark>> = {
	bulk: () => import('./bulk.mts'),
	faults: () => import('./faults.mts'),
	latency: () => import('./latency.mts'),
	load: () => import('./load.mts'),
	trigger: () => import('./trigger.mts'),
	verify: () => import('./verify.mts'),
	watch: () => import('./watch.mts'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
if (load === undefined) {
	console.error(`Usage: npm run bench -- <${Object.keys(benchmarks).join(' | ')}>`);
	process.exitCode = 2;
} else {
	const benchmark = await load();
	await benchmark.run(args);
}
