// Everything that can fail fails, in an n8n that logs all it can: no key and no signing secret shows anywhere.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import { N8N_VERSION, OLDEST, ensureN8n } from '../../scripts/real-n8n/install.mts';
import { freePorts } from '../../scripts/real-n8n/ports.mts';
import { progressOn } from '../../scripts/real-n8n/progress.mts';
import type { WorkflowDefinition } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { byId, byName, onlySubscriptionOf } from '../fixtures.mts';
import { mapConcurrent } from '../mapConcurrent.mts';
import { type BadHosts, startBadHosts } from './badHosts.mts';
import { REFUSED, post } from './delivery.mts';
import { columnsWith, filesWith } from './leaks.mts';
import { start, startedByRequest } from './runOnce.mts';
import { PACKAGE } from './owner.mts';
import { SET_UP_TIMEOUT_MS, type Stage, chain, node, setStage } from './stage.mts';

const UNKNOWN_KEY = 'wlcro_live_92_an-unknown_key-of_the-usual-form';
const ODD_KEY = 'Key/of+no.usual~form=0815';
/** Goes through n8n beside the secrets: where it is not found, a search that finds no secret proves nothing. */
const MARKER = 'Marker-4711-of-the-secrecy-test';
/** What the slowest of them takes, for which no answer comes within the node's 30 seconds. */
const FAILURE_MS = 40_000;
/** An n8n on a busy machine answers 500 to some of what comes at once, if that is much. */
const AT_ONCE = 4;

interface Values {
	apiKey?: string;
	baseUrl?: string;
}

interface Failure {
	name: string;
	parameters?: INode['parameters'];
	credential?: () => Values;
	/** Part of the error that the user sees, so that it is known to have failed in this very way. */
	says: string;
	/** The same where n8n shows only the description of an error. */
	advises?: string;
	slow?: boolean;
}

const noteOn = (id: string) => ({
	resource: 'note',
	operation: 'create',
	clientId: byId(id),
	text: MARKER,
});
const getMany = (resource: string) => ({ resource, operation: 'getMany' });

const runs: Failure[] = [
	{ name: 'an unknown key', credential: () => ({ apiKey: UNKNOWN_KEY }), says: 'Authorization failed' },
	{ name: 'a missing scope', credential: () => ({ apiKey: scopeless }), says: 'lacks the scope' },
	{ name: 'an unknown record', parameters: noteOn('999999'), says: 'no such record' },
	{
		name: 'a refused field',
		parameters: {
			resource: 'client',
			operation: 'updateStatus',
			clientId: byId('12345'),
			status: byName(MARKER),
		},
		says: 'WhiteLabelCRO refused',
	},
	{ name: 'HTTP status 500', parameters: getMany('employee'), says: 'internal problem (HTTP 500)' },
	{
		name: 'a connection cut after the write',
		parameters: noteOn('12346'),
		says: 'did not confirm this change',
	},
	{ name: 'a web page for an answer', parameters: getMany('affiliate'), says: 'with a web page' },
	{ name: 'no answer in time', parameters: noteOn('12347'), says: 'did not answer in time', slow: true },
	{ name: 'a website', credential: () => ({ baseUrl: hosts.website }), says: 'with a web page' },
	{
		name: 'a redirect',
		credential: () => ({ baseUrl: hosts.redirect }),
		says: 'is not the WhiteLabelCRO API',
	},
	{ name: 'no server', credential: () => ({ baseUrl: nowhere }), says: 'does not accept connections' },
	{
		name: 'an error that repeats the key',
		credential: () => ({ baseUrl: hosts.echo(422) }),
		says: 'refused a field',
	},
	{
		name: 'an error that repeats a key of another form',
		credential: () => ({ apiKey: ODD_KEY, baseUrl: hosts.echo(401) }),
		says: 'Authorization failed',
	},
];

const activations: Failure[] = [
	{
		name: 'an unknown key',
		credential: () => ({ apiKey: UNKNOWN_KEY }),
		says: 'Authorization failed',
		advises: 'create a new key, and paste all of it',
	},
	{ name: 'a missing scope', credential: () => ({ apiKey: scopeless }), says: 'webhooks:write' },
	{
		name: 'a website',
		credential: () => ({ baseUrl: hosts.website }),
		says: 'with a web page',
		advises: "Check the 'Base URL'",
	},
	{
		name: 'no server',
		credential: () => ({ baseUrl: nowhere }),
		says: 'does not accept connections',
		advises: '(ECONNREFUSED)',
	},
	{
		name: 'an error that repeats the key',
		credential: () => ({ apiKey: ODD_KEY, baseUrl: hosts.echo(500) }),
		says: 'HTTP 500',
		advises: 'Refused: [API key]',
	},
];

const connections: Failure[] = [
	{ name: 'an unknown key', credential: () => ({ apiKey: UNKNOWN_KEY }), says: 'did not accept the API key' },
	{ name: 'a website', credential: () => ({ baseUrl: hosts.website }), says: 'a web page' },
	{ name: 'no server', credential: () => ({ baseUrl: nowhere }), says: 'does not accept connections' },
	{
		name: 'an error that repeats the key',
		credential: () => ({ apiKey: ODD_KEY, baseUrl: hosts.echo(500) }),
		says: 'HTTP 500',
	},
];

let stage: Stage;
let hosts: BadHosts;
let nowhere: string;
let scopeless: string;
let signingSecret: string;
/** What the user sees of each failure: an execution as n8n's editor gets it, or the text of an error. */
const shown = new Map<Failure, string>();

async function credentialOf({ name, credential }: Failure) {
	const data = { apiKey: stage.sandbox.apiKey, baseUrl: stage.sandbox.url, ...credential?.() };
	return { data, stored: await stage.n8n.createCredential(name, 'whiteLabelCroApi', data) };
}

/** Fails twice, as an item on the error output and as the end of the execution; a slow one only in the end. */
async function failRun(failure: Failure): Promise<void> {
	const parameters = failure.parameters ?? noteOn('12345');
	const failing = (name: string, more: Partial<INode> = {}) =>
		node(name, `${PACKAGE}.whiteLabelCro`, parameters, more);
	const goesOn = failing('Goes on', { onError: 'continueRegularOutput' });
	const nodes = failure.slow ? [failing('Stops')] : [goesOn, failing('Stops')];
	const { workflow, path } = startedByRequest(failure.name, nodes);
	const published = await stage.publish(workflow, (await credentialOf(failure)).stored);
	await start(stage, path, [{ marker: MARKER }]);
	const id = await until(`the failure by ${failure.name}`, FAILURE_MS, async () => {
		const [execution] = await stage.n8n.executions(published.id);
		return execution?.status === 'error' ? execution.id : undefined;
	});
	shown.set(failure, await stage.n8n.text(`/rest/executions/${id}`));
}

const triggerOnly: WorkflowDefinition = chain('Trigger only', [
	node('When an event comes', `${PACKAGE}.whiteLabelCroTrigger`, {
		triggerOn: ['lead.created'],
		output: 'full',
	}),
]);

async function failActivation(failure: Failure): Promise<void> {
	const { n8n } = stage;
	const { stored } = await credentialOf(failure);
	const workflow = await stage.create(triggerOnly, stored);
	const refusal = await n8n.publish(workflow).then(() => '', String);
	if (n8n.answersWhenDone) {
		shown.set(failure, refusal);
		return;
	}
	const publication = await until(`the activation to fail by ${failure.name}`, FAILURE_MS, async () => {
		const now = await n8n.text(`/rest/workflows/${workflow.id}/publication-status`);
		return now.includes('"failed"') ? now : undefined;
	});
	shown.set(failure, publication);
}

async function failConnection(failure: Failure): Promise<void> {
	const { data, stored } = await credentialOf(failure);
	shown.set(failure, JSON.stringify(await stage.n8n.testCredential(stored, data)));
}

/** A trigger that works, refuses a forged delivery, and cannot be unsubscribed in the end. */
async function liveAndDieBadly(): Promise<void> {
	const workflow = await stage.publish(triggerOnly);
	const subscription = onlySubscriptionOf(stage.sandbox);
	signingSecret = subscription.secret;
	stage.sandbox.raise('lead.created', { first_name: MARKER });
	await stage.n8n.finishedExecutions(workflow.id, 1);
	expect(await post(subscription, '{}', { 'x-signature': MARKER })).toEqual(REFUSED);
	stage.sandbox.faults.inject({ route: 'DELETE .*/subscriptions', kind: 'reset-before' });
	await stage.n8n.unpublish(workflow);
}

beforeAll(async () => {
	stage = await setStage();
	hosts = await startBadHosts();
	const [port] = await freePorts(1);
	nowhere = `http://127.0.0.1:${port ?? ''}`;
	const { sandbox } = stage;
	sandbox.setDialect({ validationStatus: 422 });
	scopeless = sandbox.createKey(['admin']);
	sandbox.faults.inject({ route: 'GET .*/lookups/employees', kind: 'status-before', status: 500 });
	sandbox.faults.inject({ route: 'GET .*/lookups/affiliates', kind: 'html' });
	sandbox.faults.inject({ route: 'POST .*/12346/notes', kind: 'reset-after' });
	sandbox.faults.inject({ route: 'POST .*/12347/notes', kind: 'latency', ms: 35_000 });
	await stage.server.restart({ N8N_LOG_LEVEL: 'debug' });
	for (const failure of connections) await failConnection(failure);
	await liveAndDieBadly();
	// Those that wait come first: for a time-out, or for n8n to give up on an activation.
	const failures = [
		...runs.filter(({ slow }) => slow).map((failure) => () => failRun(failure)),
		...activations.map((failure) => () => failActivation(failure)),
		...runs.filter(({ slow }) => !slow).map((failure) => () => failRun(failure)),
	];
	await mapConcurrent(failures, AT_ONCE, (fail) => fail());
	await stage.server.stop();
}, SET_UP_TIMEOUT_MS);

afterAll(async () => {
	hosts.close();
	await stage.strike();
});

const secrets = (): string[] => [stage.sandbox.apiKey, UNKNOWN_KEY, ODD_KEY, scopeless, signingSecret];
const secretsIn = (text: string) => secrets().filter((secret) => text.includes(secret));

describe.each([
	['A run of the node', runs],
	['The activation of a trigger', activations],
	["The credential's connection test", connections],
])('%s', (_what, failures) => {
	test.each(failures)('fails by $name, and shows neither key nor secret', (failure) => {
		const text = shown.get(failure) ?? '';
		// Of an error at an activation, n8n 2.8 shows the description only.
		expect(text).toContain((N8N_VERSION === OLDEST && failure.advises) || failure.says);
		expect(secretsIn(text)).toEqual([]);
	});
});

describe('After all of these failures', () => {
	test("n8n's log at its most talkative holds neither key nor secret", async () => {
		const log = await readFile(stage.log, 'utf8');
		expect(log).toMatch(/\bdebug\b/i);
		expect(log).toContain('could not be deleted');
		expect(secretsIn(log)).toEqual([]);
	});

	test('no file of n8n holds a key: the database has them encrypted only', async () => {
		const folder = join(stage.home, '.n8n');
		// An n8n that was slow to end has left the newest pages in the database's journal.
		expect(await filesWith(MARKER, folder)).toContainEqual(expect.stringMatching(/^database\.sqlite/));
		for (const key of [stage.sandbox.apiKey, UNKNOWN_KEY, ODD_KEY, scopeless]) {
			expect(await filesWith(key, folder)).toEqual([]);
		}
	});

	test("the signing secret is in the workflow's static data and nowhere else", async () => {
		const installation = await ensureN8n(progressOn(process.stderr));
		expect(await columnsWith(MARKER, stage.home, installation)).toContain('execution_data.data');
		// n8n 2.8 keeps a copy of the workflow, its static data included, with every execution.
		const copies = N8N_VERSION === OLDEST ? ['execution_data.workflowData'] : [];
		expect(await columnsWith(signingSecret, stage.home, installation)).toEqual([
			...copies,
			'workflow_entity.staticData',
		]);
		const files = await filesWith(signingSecret, join(stage.home, '.n8n'));
		expect(files.filter((file) => !file.startsWith('database.sqlite'))).toEqual([]);
	});
});
