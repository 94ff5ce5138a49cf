// `npm run sandbox`: the sandbox as a process of its own.
import { parseArgs } from 'node:util';

import { defaultDialect, type Dialect } from './dialect.mts';
import { startSandbox } from './server.mts';

const usage = `Usage: npm run sandbox -- [options]
  --port <n>              port on 127.0.0.1 (default 4092; 0 takes a free one)
  --control               answer the control endpoints under /__sandbox, and serve the web page at /
  --time-scale <x>        0.01 makes the deliveries' timeout and backoff a hundred times shorter
  --limit-read <n>        requests per window (default 60)
  --limit-write <n>       (default 100)
  --limit-admin <n>       (default 200)
  --window-seconds <n>    length of a window (default 60)
  --dialect <name=value>  a setting of sandbox/dialect.mts; may be given several times
  --help
`;

const text = { type: 'string' } as const;
const options = {
	port: { ...text, default: '4092' },
	control: { type: 'boolean', default: false },
	'time-scale': { ...text, default: '1' },
	'limit-read': { ...text, default: '60' },
	'limit-write': { ...text, default: '100' },
	'limit-admin': { ...text, default: '200' },
	'window-seconds': { ...text, default: '60' },
	dialect: { ...text, multiple: true, default: [] as string[] },
	help: { type: 'boolean', default: false },
} as const;

/** `name=value` pairs as a dialect: a setting that is text by default stays text, the others are numbers, true or false. */
function readDialect(pairs: readonly string[]): Partial<Dialect> {
	const defaults: Readonly<Record<string, unknown>> = defaultDialect();
	return Object.fromEntries(
		pairs.map((pair) => {
			const [name = '', value = ''] = pair.split('=');
			return [name, /^(number|boolean)$/.test(typeof defaults[name]) ? JSON.parse(value) : value];
		}),
	) as Partial<Dialect>;
}

async function main(): Promise<void> {
	const { values } = parseArgs({ options });
	if (values.help) {
		process.stdout.write(usage);
		return;
	}
	const sandbox = await startSandbox({
		port: Number(values.port),
		control: values.control,
		timeScale: Number(values['time-scale']),
		limits: {
			read: Number(values['limit-read']),
			write: Number(values['limit-write']),
			admin: Number(values['limit-admin']),
			windowSeconds: Number(values['window-seconds']),
		},
		dialect: readDialect(values.dialect),
	});
	const { url, apiKey } = sandbox;
	const page = values.control
		? ' (open it in a browser: create leads, take payments, and watch the deliveries)'
		: '';
	process.stdout.write(`The sandbox CRM answers on ${url}${page}

  API key, all scopes        ${apiKey}
  API key, read only         ${sandbox.createKey(['events:read', 'integrations:read'])}

Try:
  curl -H 'X-Api-Key: ${apiKey}' '${url}/api/v1/integrations/clients/search?email=jane.smith@example.com'
  curl -H 'X-Api-Key: ${apiKey}' '${url}/api/v1/events'
${values.control ? `  curl -X POST '${url}/__sandbox/leads'\n  curl '${url}/__sandbox/state'\n` : ''}
Press Ctrl+C to stop.
`);
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => {
			void sandbox.close();
		});
	}
}

try {
	await main();
} catch (error) {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
	process.exitCode = 1;
}
