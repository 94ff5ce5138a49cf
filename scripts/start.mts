// `npm start`: a real n8n with this package in it, beside a sandbox of the CRM, and the proof that the two work together.
// With --once it ends after the proof, with exit code 0 if that succeeded.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSandbox } from '../sandbox/server.mts';
import { proveThatALeadGetsItsNote } from './proof.mts';
import { ensureN8n } from './real-n8n/install.mts';
import { build, installIntoHome, pack } from './real-n8n/package.mts';
import { progressOn } from './real-n8n/progress.mts';
import { N8nRest, type WorkflowDefinition } from './real-n8n/rest.mts';
import { N8nServer } from './real-n8n/server.mts';
import { withCredential } from './real-n8n/workflow.mts';

const PACKAGE = 'n8n-nodes-whitelabelcro';
const DEMO_WORKFLOW = 'examples/new-lead-welcome-note.json';

const root = fileURLToPath(new URL('..', import.meta.url));
const once = process.argv.includes('--once');
const progress = progressOn(process.stdout);

/** What has to be undone at the end, in reverse order. */
const cleanUps: Array<() => Promise<unknown>> = [];
const stop = new AbortController();
stop.signal.addEventListener('abort', () => {
	progress.line('\nStopping …');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	process.on(signal, () => {
		stop.abort();
	});
}
// A signal that ends npm does not come through the shell between npm and this process; that shell's end shows it.
const parent = process.ppid;
setInterval(() => {
	if (process.ppid !== parent) stop.abort();
}, 1000).unref();

process.exitCode = 1;
try {
	const { server, goodbye } = await demonstrate();
	process.exitCode = 0;
	if (!once) {
		progress.line(goodbye);
		await upUntilStopped(server);
	}
} catch (error) {
	if (!stop.signal.aborted) {
		process.exitCode = 1;
		progress.line(`\n${error instanceof Error ? error.message : String(error)}`);
	}
} finally {
	for (const cleanUp of cleanUps.reverse()) await cleanUp();
}

/** Starts everything and proves that it works. Returns what the user needs to know to go on from there. */
async function demonstrate() {
	const installation = await ensureN8n(progress, { signal: stop.signal });

	const home = await mkdtemp(join(tmpdir(), `${PACKAGE}-`));
	cleanUps.push(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
	await progress.during('Building this package and installing it into a fresh n8n', buildAndInstall(home));
	stop.signal.throwIfAborted();

	const sandbox = await startSandbox({ control: true });
	cleanUps.push(() => sandbox.close());
	// Outside the home, so that it can be read after a failure.
	const log = `${home}.log`;
	cleanUps.push(async () => {
		if (process.exitCode === 0 || stop.signal.aborted) await rm(log, { force: true });
	});
	const server = await N8nServer.create({ installation, home, log });
	cleanUps.push(() => server.stop());
	stop.signal.addEventListener('abort', () => void server.stop());
	await progress.during('Starting n8n', server.start());

	const login = { email: 'owner@example.com', password: `Demo1${randomBytes(6).toString('hex')}` };
	const n8n = new N8nRest(server.url);
	const workflow = await progress.during('Setting up the demo workflow', publishDemo(n8n, login, sandbox));

	progress.line('\nWhat happens when a lead comes in:');
	await proveThatALeadGetsItsNote(sandbox, n8n, workflow, (text) => {
		progress.line(`  ${text}`);
	});

	const goodbye = `
See for yourself:
  n8n editor   ${server.url}/workflow/${workflow.id}
  Email        ${login.email}
  Password     ${login.password}
  Sandbox CRM  ${sandbox.url} (open it in a browser: create leads, take payments, and watch the deliveries)
  API key      ${sandbox.apiKey}

Add another lead there, or from here, and watch it under "Executions" in the editor:
  curl -H 'X-Api-Key: ${sandbox.apiKey}' -H 'Content-Type: application/json' \\
    -d '{"first_name":"Sam","last_name":"Reed","email":"sam.reed@example.com"}' ${sandbox.url}/api/v1/integrations/leads

Press Ctrl+C to stop and remove everything.`;
	return { server, goodbye };
}

async function buildAndInstall(home: string): Promise<void> {
	await build(root);
	await installIntoHome(PACKAGE, await pack(root, home), home);
}

async function publishDemo(
	n8n: N8nRest,
	login: { email: string; password: string },
	crm: { url: string; apiKey: string },
) {
	await n8n.setUpOwner(login);
	const credential = await n8n.createCredential('WhiteLabelCRO sandbox', 'whiteLabelCroApi', {
		apiKey: crm.apiKey,
		baseUrl: crm.url,
	});
	const example = JSON.parse(await readFile(join(root, DEMO_WORKFLOW), 'utf8')) as WorkflowDefinition;
	const workflow = await n8n.createWorkflow(withCredential(example, PACKAGE, credential));
	await n8n.publish(workflow);
	return workflow;
}

async function upUntilStopped(server: N8nServer): Promise<void> {
	const lastWords = await server.ended();
	if (!stop.signal.aborted) throw new Error(`n8n has ended by itself. The end of its log:\n${lastWords}`);
}
